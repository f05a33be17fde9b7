"""The catalogue: found by cards, loaded at the first use, one broken model is nobody else's trouble."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from limner.generators.cards import ModelError, read_card
from limner.generators.imagen import Imagen
from limner.server.catalogue import WEIGHTS, Catalogue
from limner.server.errors import FailedPreconditionError, InvalidRequestError

from .conftest import write_world


def catalogue(folder: Path, device: str = "cpu") -> Catalogue:
    return Catalogue([folder], WEIGHTS, threads=1, max_batch=8, device=device)


def change_card(folder: Path, **changes: Any) -> Path:
    path = folder / "card.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return path


async def test_a_model_is_loaded_once_however_many_ask_for_it(tmp_path: Path) -> None:
    write_world(tmp_path / "world")
    models = catalogue(tmp_path)
    assert models.entry("world").model is None
    first, second = await asyncio.gather(models.loaded("world"), models.loaded("world"))
    assert first is second
    assert isinstance(first.imagen, Imagen)
    await models.close()


async def test_two_models_share_the_text_encoder(tmp_path: Path) -> None:
    write_world(tmp_path / "one")
    write_world(tmp_path / "two")
    models = catalogue(tmp_path)
    one, two = await asyncio.gather(models.loaded("one"), models.loaded("two"))
    assert one.imagen.text_encoder is two.imagen.text_encoder
    await models.close()


async def test_an_unknown_model_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    write_world(tmp_path / "world")
    with pytest.raises(InvalidRequestError, match="'nosuch' is unknown; this server has: world") as refused:
        catalogue(tmp_path).entry("models/nosuch", "image.model")
    assert [violation.field for violation in refused.value.violations] == ["image.model"]


async def test_a_corrupt_onnx_file_is_named_with_the_fix_and_the_other_models_go_on(tmp_path: Path) -> None:
    write_world(tmp_path / "good")
    write_world(tmp_path / "bad")
    path = tmp_path / "bad" / "unet.onnx"
    path.write_bytes(path.read_bytes()[:100])
    models = catalogue(tmp_path)
    with pytest.raises(FailedPreconditionError, match=r"bad/unet\.onnx: .*restore the model folder"):
        await models.loaded("bad")
    assert (await models.loaded("good")).imagen.card.id == "good"
    await models.close()


async def test_a_repaired_model_loads_without_a_restart(tmp_path: Path) -> None:
    write_world(tmp_path / "world")
    path = tmp_path / "world" / "unet.onnx"
    whole = path.read_bytes()
    path.write_bytes(b"")
    models = catalogue(tmp_path)
    with pytest.raises(FailedPreconditionError):
        await models.loaded("world")
    path.write_bytes(whole)
    assert (await models.loaded("world")).imagen.card.id == "world"
    await models.close()


async def test_a_device_that_is_not_there_is_an_error_and_not_a_slow_fallback(tmp_path: Path) -> None:
    write_world(tmp_path / "world")
    with pytest.raises(FailedPreconditionError, match="'cuda' is not available here"):
        await catalogue(tmp_path, device="cuda").loaded("world")


async def test_a_model_with_a_broken_card_is_left_out(tmp_path: Path) -> None:
    write_world(tmp_path / "good")
    write_world(tmp_path / "bad")
    (tmp_path / "bad" / "card.json").write_text("{")
    assert list(catalogue(tmp_path).entries) == ["good"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"colour": "red"}, "keys are not those of this version \\(colour\\)"),
        ({"sizes": "32"}, "sizes is '32'"),
        ({"sizes": [32.5]}, "sizes is \\[32.5\\]"),
        ({"sizes": []}, "at least one side"),
        ({"steps": True}, "steps is True"),
        ({"sigma_min": float("nan")}, "sigma_min is nan"),
        ({"sigma_min": 50}, "sigma_min < sigma_max"),
        ({"files": {}}, "does not name unet.onnx"),
    ],
    ids=str,
)
def test_a_card_that_is_not_one_says_what_is_wrong(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    write_world(tmp_path / "world")
    path = change_card(tmp_path / "world", **changes)
    with pytest.raises(ModelError, match=message):
        read_card(path)
