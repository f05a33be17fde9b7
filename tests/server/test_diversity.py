"""What the `diversity` setting makes of prompts, and that a request tells what it was drawn as."""

import pytest

from limner.server.diversity import varied

from .conftest import Opened


@pytest.mark.parametrize(
    ("prompt", "either"),
    [
        ("a warrior", {"a female warrior", "a male warrior"}),
        ("an old archer with a bow", {"an old female archer with a bow", "an old male archer with a bow"}),
        ("an archer", {"a female archer", "a male archer"}),
        ("Doctor, white coat", {"female Doctor, white coat", "male Doctor, white coat"}),
        ("一位战士", {"一位女战士", "一位男战士"}),
        ("长发圣骑士，身穿盔甲", {"长发女圣骑士，身穿盔甲", "长发男圣骑士，身穿盔甲"}),
    ],
)
def test_a_person_without_a_sex_gets_one_that_the_seed_decides(prompt: str, either: set[str]) -> None:
    assert {varied(prompt, seed) for seed in range(32)} == either
    assert varied(prompt, 7) == varied(prompt, 7)


@pytest.mark.parametrize(
    "prompt",
    ["a female warrior", "a man", "the witch doctor", "a warrior and her horse", "女战士", "国王和骑士", "a red dragon", "warriorless", "一瓶绿色药水", "a swordsman"],
)  # fmt: skip
def test_what_names_a_sex_or_no_person_stays_as_it_is(prompt: str) -> None:
    assert {varied(prompt, seed) for seed in range(32)} == {prompt}


def test_what_was_varied_is_not_varied_again() -> None:
    for prompt in ("a warrior", "一位战士"):
        assert all(varied(varied(prompt, seed), other) == varied(prompt, seed) for seed in range(8) for other in (1, 2))


def test_half_of_many_seeds_are_female() -> None:
    female = sum("female" in varied("a warrior", seed) for seed in range(1000))
    assert 450 < female < 550


async def test_a_request_tells_what_it_was_drawn_as_and_may_be_asked_again(opened: Opened) -> None:
    async with opened(diversity="sex") as client:
        first = await client.create("one", prompt="a warrior", seed=7)
        again = await client.create("one", prompt="a warrior", seed=7)
        plain = await client.create(prompt="a red dragon", seed=7)
        ended = await client.ended(first.name)
        same = await client.create(prompt=varied("a warrior", 7), seed=7)
    assert first.name == again.name
    assert ended.image.prompt == varied("a warrior", 7)
    assert plain.image.prompt == "a red dragon"
    assert same.cached
    async with opened() as client:
        assert (await client.create(prompt="a warrior", seed=7)).image.prompt == "a warrior"
