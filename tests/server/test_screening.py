"""The prompt screen: both rates on prompts that it was not made from, tricks of spelling, and what a refusal says."""

import io
import json
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import grpc
import pytest
from PIL import Image

from limner.server.bundles import unpacked
from limner.server.catalogue import WEIGHTS, Catalogue
from limner.server.config import ServerConfig
from limner.server.errors import ConfigError
from limner.server.screening import PACKAGED, Policy, Screen
from limner.server.service import running
from limner.v1 import briefs_pb2, generation_pb2
from limner.v1 import generation_service_pb2 as wire

from .conftest import Client, Opened, asked

SCREENED = tomllib.loads(Path(__file__).with_name("screened.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def screen() -> Screen:
    return Screen(Policy.read(None), Catalogue([], WEIGHTS, 1, 1).sentences)


async def test_ordinary_prompts_of_games_pass(screen: Screen) -> None:
    refused = {prompt: str(found) for prompt in SCREENED["pass"] if (found := await screen.finding(prompt))}
    assert refused == {}
    assert len(SCREENED["pass"]) >= 160


async def test_of_what_the_policy_is_about_at_least_19_of_20_are_refused(screen: Screen) -> None:
    missed = [prompt for prompt in SCREENED["refuse"] if await screen.finding(prompt) is None]
    assert len(missed) / len(SCREENED["refuse"]) <= 0.05, missed


async def test_each_category_finds_its_own_examples_and_terms(screen: Screen) -> None:
    for category in Policy.read(None).categories:
        for example in category.examples:
            found = await screen.finding(example)
            assert found is not None, example


@pytest.mark.parametrize(
    "trick",
    [
        "HENTAI",
        "h\u200bentai",
        "hént\u00e1i",
        "ｈｅｎｔａｉ",
        "hent4i",
        "h3ntai girl",
        "a hentai\ngirl",
        "he\u00adntai",
    ],
    ids=ascii,
)
def test_tricks_of_spelling_do_not_help(screen: Screen, trick: str) -> None:
    found = screen.listed(trick)
    assert found is not None
    assert found.category.name == "explicit"


@pytest.mark.parametrize("word", ["grapes", "drape", "rapeseed", "peninsula", "analysis", "therapist", "Scunthorpe"])
def test_words_inside_other_words_are_not_found(screen: Screen, word: str) -> None:
    assert screen.listed(word) is None


async def test_a_refusal_names_the_field_the_reason_and_a_way_out_and_stays_out_of_the_log(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    for field, fields in {
        "image.prompt": {"prompt": "hentai girl"},
        "image.negative_prompt": {"negative_prompt": "a woman being raped by soldiers"},
    }.items():
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await client.generations.CreateGeneration(asked(**fields))
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        said = str(refused.value.details())
        assert said.startswith(f"{field}: refused by the content policy as ")
        assert "drawn" in said or "draws" in said
    assert "hentai" not in caplog.text


async def test_an_operator_may_switch_it_off_and_the_log_says_so(
    opened: Opened, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(PACKAGED.read_text(encoding="utf-8").replace('screen = "on"', 'screen = "off"'), encoding="utf-8")
    async with opened(content_policy=str(policy)) as client:
        await client.create(prompt="hentai girl")
    assert f"prompts are not screened: {policy} says so" in caplog.text


@pytest.mark.parametrize(
    "text",
    ["", "screen = true\nthreshold = 1\nmargin = 1", 'screen = "on"', "screen = 'on'\nthreshold=1\nmargin=1\nx=1", "{"],
)
async def test_a_policy_that_is_none_stops_the_start(settings: dict[str, Any], tmp_path: Path, text: str) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(text)
    with pytest.raises(ConfigError, match="content_policy"):
        async with running(ServerConfig.of({**settings, "content_policy": policy})):
            pass


async def test_names_that_come_inside_a_map_are_screened_as_prompts_are(client: Client) -> None:
    picture = io.BytesIO()
    Image.new("RGBA", (32, 32), (90, 160, 70, 255)).save(picture, "PNG")
    tile = {"id": 0, "image": "hentai_girl.png", "imagewidth": 32, "imageheight": 32, "type": ""}
    props = {
        "name": "props", "tilewidth": 32, "tileheight": 32, "tilecount": 1, "columns": 0, "firstgid": 1, "tiles": [tile]
    }  # fmt: skip
    thing = {
        "id": 1, "name": "a prop", "type": "", "gid": 1, "x": 0, "y": 64, "width": 32, "height": 32, "rotation": 0, "visible": True
    }  # fmt: skip
    layer = {
        "id": 1, "name": "things", "type": "objectgroup", "objects": [thing], "x": 0, "y": 0, "opacity": 1, "visible": True, "draworder": "topdown"
    }  # fmt: skip
    whole = {
        "type": "map", "version": "1.10", "tiledversion": "1.10.2", "orientation": "orthogonal", "renderorder": "right-down", "infinite": False,
        "width": 8, "height": 8, "tilewidth": 32, "tileheight": 32, "nextlayerid": 2, "nextobjectid": 2, "layers": [layer], "tilesets": [props],
    }  # fmt: skip
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("map.tmj", json.dumps(whole))
        archive.writestr("hentai_girl.png", picture.getvalue())
    names = [sprite.name for sprite in unpacked(packed.getvalue(), "scene").sprites]
    scene = briefs_pb2.SceneBrief(prompt="an island", like_zip=packed.getvalue())
    request = wire.CreateGenerationRequest(generation=generation_pb2.Generation(scene=scene))
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await client.generations.CreateGeneration(request)
    assert "scene.like_zip.names[0]: refused by the content policy" in str(refused.value.details()), names
