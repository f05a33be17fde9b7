"""What letters can do to hide a word from the prompt screen, and what the screen must not do to an honest one."""

import time

import pytest

from limner.server.screening import Policy, Screen, plain_form

WORD = "hentai"  # listed in the packaged policy
TRICKS = {
    "zero width": "\u200b", "soft hyphen": "\u00ad", "joiner": "\u034f", "variation": "\ufe0f", "tag": "\U000e0020", "nul": "\x00",
    "Hangul filler": "\u3164", "half filler": "\uffa0", "empty braille": "\u2800", "enclosing circle": "\u20dd", "Mongolian": "\u180e",
}  # fmt: skip


@pytest.fixture(scope="module")
def screen() -> Screen:
    async def never() -> object:
        raise AssertionError("the lists are enough")

    return Screen(Policy.read(None), never)  # type: ignore[arg-type]


@pytest.mark.parametrize("trick", TRICKS)
def test_an_invisible_letter_hides_nothing(screen: Screen, trick: str) -> None:
    assert screen.listed(f"a {TRICKS[trick].join(WORD)} sprite") is not None


@pytest.mark.parametrize(
    "word", ["hеntаi", "ｈｅｎｔａｉ", "HENTAI", "\u202eh\u202centai", "hεntαi", "h3nta1", "héntái"]
)
def test_letters_that_look_alike_are_read_as_what_they_look_like(screen: Screen, word: str) -> None:
    assert screen.listed(f"a {word} sprite") is not None


@pytest.mark.parametrize(
    "text", ["красный дракон у моря", "ένας κόκκινος δράκος", "η ασπίδα του ιππότη", "рыцарь с мечом"]
)
def test_a_word_in_one_script_stays_as_it_is(screen: Screen, text: str) -> None:
    assert screen.listed(text) is None
    assert not set(plain_form(text)) & set("abcdefghijklmnopqrstuvwxyz")


def test_a_text_that_was_made_to_be_slow_is_read_at_once(screen: Screen) -> None:
    began = time.process_time()
    for text in ("a" * 4000, "aе" * 2000, "а" * 4000, "\u0301" * 4000, "h\u200b" * 2000):
        assert screen.listed(text) is None
    assert time.process_time() - began < 2.0
