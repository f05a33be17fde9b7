"""What a scene's prompt asks for, by the real text encoder."""

import numpy as np
import pytest

from limner.generators.text_encoder import TextEncoder
from limner.recipes.scenes.catalogue import catalogue, meanings
from limner.recipes.scenes.reading import Wish, read
from limner.recipes.scenes.scene import Encoder
from limner.server.catalogue import WEIGHTS

# The prompts that `NEAR` was chosen by: words of the catalogue, words that it lacks, and words that mean none of it.
PROMPTS = {
    "在一个有城堡和森林的小岛上": Wish(landforms=("island",), woods="forest", landmarks=(("castle", 1),)),
    "an island with a castle and a forest": Wish(landforms=("island",), woods="forest", landmarks=(("castle", 1),)),
    "a fortress in the woods, no houses or wells": Wish(
        woods="forest", landmarks=(("castle", 1),), without=frozenset({"house", "well"})
    ),
    "三座城堡": Wish(landmarks=(("castle", 3),)),
    "a snowy village by a lake with two towers at night": Wish(
        landforms=("lake",), ground="snow", landmarks=(("village", 1), ("tower", 2)), time="night"
    ),
    "沙漠里的金字塔和三棵仙人掌": Wish(ground="desert", landmarks=(("pyramid", 1),), props=(("cactus", 3),)),
    "several cottages around a pond": Wish(landforms=("lake",), landmarks=(("house", 3),)),
    "雨中的寺庙，旁边有一条小溪": Wish(landforms=("river",), landmarks=(("temple", 1),), weather="rain"),
    "没有树的雪原上有营地": Wish(ground="snow", landmarks=(("camp", 1),), without=frozenset({"forest"})),
    "秋天的树林里有一座小屋": Wish(ground="autumn", woods="forest", landmarks=(("house", 1),)),
    "a foggy swamp with ruins and mushrooms": Wish(
        ground="swamp", landmarks=(("ruins", 1),), props=(("mushrooms", None),), weather="fog"
    ),
    "三座塔围着一个湖": Wish(landforms=("lake",), landmarks=(("tower", 3),)),
    "中午的古迹": Wish(landmarks=(("ruins", 1),)),
    "a peaceful place": Wish(),
    "hero fighting a dragon": Wish(),
}


@pytest.fixture(scope="module")
def encode() -> Encoder:
    return Encoder(TextEncoder(WEIGHTS / "text"))


@pytest.mark.parametrize("prompt", PROMPTS)
def test_a_prompt_is_read_by_what_its_phrases_mean(prompt: str, encode: Encoder) -> None:
    assert read(prompt, encode) == PROMPTS[prompt]


@pytest.mark.parametrize("prompt", ["an island, no water", "没有水的小岛"])
def test_an_island_without_water_is_an_island_and_a_warning(prompt: str, encode: Encoder) -> None:
    wish = read(prompt, encode)
    assert wish.landforms == ("island",)
    (warning,) = wish.warnings
    assert "needs water" in warning


def test_a_no_ends_at_a_comma(encode: Encoder) -> None:
    wish = read("no water, a castle", encode)
    assert (wish.landmarks, wish.without) == ((("castle", 1),), frozenset({"water"}))


def test_two_grounds_are_one_and_a_warning(encode: Encoder) -> None:
    wish = read("a desert and a swamp", encode)
    assert wish.ground == "swamp"
    assert wish.warnings == ("the scene has one ground: of 'desert' and 'swamp' it is swamp",)


def test_a_prompt_without_words_asks_for_nothing(encode: Encoder) -> None:
    assert read("?!", encode) == Wish()


def test_the_meanings_in_the_package_are_those_of_the_words(encode: Encoder) -> None:
    words = catalogue().words
    some = list(range(0, len(words), 37))
    found = encode([words[index] for index in some])
    assert (np.einsum("nd,nd->n", found, meanings()[some]) > 0.999).all()


def test_every_element_can_be_drawn_or_is_made_of_some_that_can() -> None:
    elements = catalogue().elements
    for element in elements.values():
        if element.group in ("landmark", "prop"):
            assert element.art or element.pieces
        assert all(elements[piece].art for piece in element.pieces)
        assert set(element.needs) <= elements.keys()
    for ground in catalogue().grounds.values():
        assert all(elements[name].group == "prop" for name in ground.scatter)
