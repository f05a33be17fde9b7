"""Every exported file tells its story, a signed one shows each changed byte, and a picture is drawn again from its file."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from limner.atlas.sprites import SpriteSet
from limner.client import Client
from limner.client.cli import app
from limner.client.origins import KINDS, credential_of, origin_of
from limner.exporters.registry import EXPORTERS
from limner.server import embedded
from limner.v1 import briefs_pb2
from tests.server.conftest import WORLD, write_world

PROMPT = 'a red dragon with a mrs. o\'hara "quoted" & <b>'


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("models")
    write_world(folder / WORLD)
    return {"model_dirs": [str(folder)]}


@pytest.fixture(scope="module")
def exported(world: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A picture in every format of sprites, from a server that tells no prompts; and that server's address."""
    folder = tmp_path_factory.mktemp("exported")
    with embedded.start({**world, "data_dir": str(folder / "data")}) as server, Client(server.address) as client:
        brief = briefs_pb2.ImageBrief(prompt=PROMPT, model=f"models/{WORLD}", seed=7, candidates=2)
        brief.sampling.steps = 4
        drawn = client.draw(brief)[0]
        for name, exporter in EXPORTERS.items():
            if exporter.takes is SpriteSet:
                client.export_to(folder / name, [drawn.asset.name], name, stem="hero")
        yield folder, server.address


@pytest.mark.parametrize("name", [name for name, exporter in EXPORTERS.items() if exporter.takes is SpriteSet])
def test_a_file_of_every_format_tells_model_seed_and_the_hash_of_the_words(
    exported: tuple[Path, str], name: str
) -> None:
    paths = [path for path in (exported[0] / name).rglob("*") if path.is_file()]
    told = [origin for path in paths if (origin := origin_of(path))]
    assert told
    for origin in told:
        assert (origin["model"], origin["seed"], origin["recipe"]) == (WORLD, "7", "image")
        assert len(origin["words_sha256"]) == 64
    assert not [path for path in paths if b"red dragon" in path.read_bytes()]


@pytest.mark.parametrize("name", [name for name, exporter in EXPORTERS.items() if exporter.takes is SpriteSet])
def test_every_picture_is_signed_and_one_flipped_bit_shows(
    exported: tuple[Path, str], name: str, tmp_path: Path
) -> None:
    authority = exported[0] / "data/credentials/authority.pem"
    for path in (each for each in (exported[0] / name).rglob("*") if each.suffix in KINDS):
        found = credential_of(path, authority)
        assert found is not None
        assert (found.state, found.signer, found.faults) == ("Trusted", "Limner content signer", ())
        assert found.record["seed"] == "7"
        stranger = credential_of(path)
        assert stranger is not None
        assert stranger.state == "Valid"
        content = bytearray(path.read_bytes())
        content[-20] ^= 1
        changed = tmp_path / path.name
        changed.write_bytes(content)
        broken = credential_of(changed, authority)
        assert broken is not None
        assert broken.state == "Invalid"


def limner(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_inspect_tells_the_story_and_exits_with_1_for_a_changed_file(
    exported: tuple[Path, str], tmp_path: Path
) -> None:
    path = exported[0] / "png/hero-1.png"
    authority = exported[0] / "data/credentials/authority.pem"
    ran = limner("inspect", path, "--authority", authority, "--json")
    assert ran.exit_code == 0
    told = json.loads(ran.stdout)
    assert (told["origin"]["seed"], told["credentials"]["state"]) == ("7", "Trusted")
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    (tmp_path / "changed.png").write_bytes(content)
    assert limner("inspect", tmp_path / "changed.png", "--authority", authority).exit_code == 1
    (tmp_path / "plain.txt").write_text("nothing")
    assert limner("inspect", tmp_path / "plain.txt").exit_code == 2


def test_another_server_draws_a_file_again_byte_for_byte_for_who_knows_its_words(
    exported: tuple[Path, str], world: dict[str, Any], tmp_path: Path
) -> None:
    path, out = exported[0] / "png/hero-1.png", tmp_path / "again.png"
    with embedded.start({**world, "data_dir": str(tmp_path / "other")}) as other:
        again = limner("reproduce", path, "--prompt", PROMPT, "--out", out, "--server", other.address, "--json")
        wrong = limner("reproduce", path, "--prompt", "a red dragon", "--server", other.address)
        none = limner("reproduce", path, "--server", other.address)
    assert again.exit_code == 0, again.stderr
    facts = json.loads(again.stdout)
    assert (facts["cached"], facts["asset_digest"]) == (False, origin_of(path)["asset_digest"])
    assert out.stat().st_size > 0
    assert (wrong.exit_code, none.exit_code) == (2, 2)
    assert "not the words" in wrong.stderr
    assert "--prompt" in none.stderr


def test_the_server_that_drew_it_knows_the_words(exported: tuple[Path, str]) -> None:
    ran = limner("reproduce", exported[0] / "png/hero-1.png", "--server", exported[1])
    assert ran.exit_code == 0, ran.stderr


def test_a_server_that_may_tell_prompts_writes_what_anybody_can_draw_again(
    world: dict[str, Any], tmp_path: Path
) -> None:
    settings = {**world, "data_dir": str(tmp_path / "a"), "provenance_prompts": True, "content_credentials": "sidecar"}
    with embedded.start(settings) as server, Client(server.address) as client:
        brief = briefs_pb2.ImageBrief(prompt=PROMPT, negative_prompt="fog", model=f"models/{WORLD}", seed=3)
        brief.sampling.steps = 2
        drawn = client.draw(brief)[0]
        client.export_to(tmp_path, [drawn.asset.name], "png", stem="hero")
    path = tmp_path / "hero-1.png"
    assert "red dragon" in origin_of(path)["request"]
    signed = credential_of(path, tmp_path / "a/credentials/authority.pem")
    assert signed is not None
    assert signed.state == "Trusted"
    with embedded.start({**world, "data_dir": str(tmp_path / "b")}) as other:
        assert limner("reproduce", path, "--server", other.address).exit_code == 0


def test_without_the_package_that_checks_signatures_the_story_is_told_all_the_same(
    exported: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "c2pa", None)
    ran = limner("inspect", exported[0] / "png/hero-1.png", "--json")
    assert (ran.exit_code, json.loads(ran.stdout)["credentials"]) == (0, None)
    assert "limner[credentials]" in ran.stderr
