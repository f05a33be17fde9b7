"""What a surface is made of, by the real text encoder."""

import pytest

from limner.generators.text_encoder import TextEncoder
from limner.recipes.surfaces import Surfaces
from limner.server.catalogue import WEIGHTS


@pytest.fixture(scope="module")
def table() -> Surfaces:
    return Surfaces(TextEncoder(WEIGHTS / "text"))


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("a rusty steel door", "metal"),
        ("生锈的铁门", "metal"),
        ("oak planks", "wood"),
        ("a red brick facade", "brick"),
        ("tropical sea", "water"),
        ("绿色的草坪", "plants"),
        ("fresh snow", "snow"),
        ("hot magma", "lava"),
    ],
)
def test_words_find_what_they_are_made_of(table: Surfaces, prompt: str, name: str) -> None:
    assert table.nearest(prompt).name == name
