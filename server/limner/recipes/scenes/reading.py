"""From a prompt to what the scene is made of: every phrase against the catalogue, by nearest meaning.

A phrase is up to four words in a row, or up to four characters of Chinese. The phrases that fit best are taken first, and none that
overlaps one that was taken. Numbers and a "no" count where they stand before the phrase.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from limner.recipes.scenes.catalogue import Catalogue, Element, Group, catalogue, meanings

Encode = Callable[[Sequence[str]], NDArray[np.float32]]  # sentences → (n, 512), length 1
NEAR = 0.72  # a phrase this near to a word means it; from 0.68 to 0.80 all labelled prompts of the tests are read right
LONGEST = 4  # words or characters of a phrase
MOST_PHRASES = 400
TOKEN = re.compile(r"[A-Za-zÀ-ɏ]+(?:['-][A-Za-zÀ-ɏ]+)*|\d+|[^\W\d_]|[^\w\s]")
MOST_OF_ONE = 12  # of a landmark


class Phrase(NamedTuple):
    """A run of tokens of the prompt; `end` is the first one after it."""

    text: str
    start: int
    end: int


class Mention(NamedTuple):
    """An element that a prompt names."""

    element: Element
    phrase: Phrase
    number: int | None  # None where no number was said
    wanted: bool  # False after a "no"
    nearness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a scene is made of."""

    landforms: tuple[str, ...] = ()
    ground: str = "meadow"
    woods: str | None = None
    landmarks: tuple[tuple[str, int], ...] = ()  # id and how many, the largest first
    props: tuple[tuple[str, int | None], ...] = ()  # id and how many; None is as many as look right
    weather: str = "clear"
    time: str = "day"
    without: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()


def read(prompt: str, encode: Encode) -> Wish:
    """What the prompt asks for."""
    return wished(mentions(prompt, encode))


def mentions(prompt: str, encode: Encode, near: float = NEAR) -> list[Mention]:
    """The elements that a prompt names, in its order."""
    book = catalogue()
    tokens = TOKEN.findall(unicodedata.normalize("NFKC", prompt).lower())
    found = phrases(tokens, book)
    if not found:
        return []
    owners = [element for element in book.elements.values() for _ in element.words]
    nearness = encode([phrase.text for phrase in found]) @ meanings().T
    best, score = nearness.argmax(axis=1), nearness.max(axis=1)
    taken: list[tuple[Phrase, Element, float]] = []
    for index in sorted(range(len(found)), key=lambda row: (-round(float(score[row]), 3), -len(found[row].text))):
        phrase = found[index]
        if score[index] < near:
            break
        if all(phrase.end <= other.start or other.end <= phrase.start for other, _, _ in taken):
            taken.append((phrase, owners[best[index]], float(score[index])))
    taken.sort(key=lambda one: one[0].start)
    return _counted(tokens, taken, book)


def phrases(tokens: Sequence[str], book: Catalogue) -> list[Phrase]:
    """Every run of words that may name something, without those at its ends that mean nothing."""
    skipped = book.empty | set(book.none) | set(book.alternatives) | set(book.measures) | set(book.counts)
    words, found = frozenset(book.words), []
    for start in range(len(tokens)):
        for end in range(start + 1, min(len(tokens), start + LONGEST) + 1):
            run = tokens[start:end]
            if not all(token[0].isalpha() for token in run):
                break
            text = _text(run)
            if text in words or not (run[0] in skipped or run[-1] in skipped or text in book.empty):
                found.append(Phrase(text, start, end))
    return found[:MOST_PHRASES]


def _text(run: Sequence[str]) -> str:
    """Words with spaces, characters of Chinese without."""
    return ("" if all(ord(token[0]) > 0x2E80 for token in run) else " ").join(run)


def _counted(tokens: Sequence[str], taken: Sequence[tuple[Phrase, Element, float]], book: Catalogue) -> list[Mention]:
    """The numbers and the "no" in what lies between a phrase and the one before it."""
    found: list[Mention] = []
    for number, (phrase, element, nearness) in enumerate(taken):
        since = taken[number - 1][0].end if number else 0
        between = list(tokens[since : phrase.start])
        cut = max((at + 1 for at, token in enumerate(between) if not token[0].isalnum()), default=0)
        between = between[cut:]
        refused = _said(between, book.none) or (
            bool(found) and not found[-1].wanted and not cut and all(token in book.alternatives for token in between)
        )
        found.append(Mention(element, phrase, _number(between, book), not refused, nearness))
    return found


def _said(between: Sequence[str], words: Sequence[str]) -> bool:
    """Whether one of these words is there; Chinese words may be of several characters."""
    text = " ".join(between)
    return any(word in between or (ord(word[0]) > 0x2E80 and word in text.replace(" ", "")) for word in words)


def _number(between: Sequence[str], book: Catalogue) -> int | None:
    """The last number before a phrase."""
    words = [token for token in between if token not in book.measures]
    for at in range(len(words) - 1, -1, -1):
        if words[at].isdecimal():
            return max(1, min(int(words[at]), MOST_OF_ONE))
        for length in (3, 2, 1):
            run = words[max(0, at - length + 1) : at + 1]
            if (count := book.counts.get(_text(run))) is not None:
                return count
    return None


def wished(found: Sequence[Mention]) -> Wish:
    """What the mentions make together, with a warning for each that could not be had."""
    wanted = [mention for mention in found if mention.wanted]
    without = {mention.element.id for mention in found if not mention.wanted}
    warnings = [*_contradictions(wanted, without)]
    landmarks: dict[str, int] = {}
    for mention in _of(wanted, "landmark"):
        count = mention.number or (3 if _plural(mention) else 1)
        landmarks[mention.element.id] = min(MOST_OF_ONE, landmarks.get(mention.element.id, 0) + count)
    by_size = sorted(landmarks.items(), key=lambda item: -_area(item[0]))
    grounds, woods = _of(wanted, "ground"), _of(wanted, "woods")
    weather, time = _of(wanted, "weather"), _of(wanted, "time")
    for several, name in ((grounds, "ground"), (woods, "kind of woods"), (weather, "weather"), (time, "time of day")):
        if len({one.element.id for one in several}) > 1:
            words = " and ".join(repr(one.phrase.text) for one in several)
            warnings.append(f"the scene has one {name}: of {words} it is {several[-1].element.id}")
    return Wish(
        landforms=tuple(dict.fromkeys(one.element.id for one in _of(wanted, "landform"))),
        ground=grounds[-1].element.id if grounds else "meadow",
        woods=woods[-1].element.id if woods else None,
        landmarks=tuple(by_size),
        props=tuple({one.element.id: one.number for one in _of(wanted, "prop")}.items()),
        weather=weather[-1].element.id if weather else "clear",
        time=time[-1].element.id if time else "day",
        without=frozenset(without - {mention.element.id for mention in wanted}),
        warnings=tuple(warnings),
    )


def _plural(mention: Mention) -> bool:
    """Whether an English phrase without a number says that there are several."""
    text = mention.phrase.text
    return text.endswith("s") and not text.endswith("ss") and text not in mention.element.words


def _contradictions(wanted: Sequence[Mention], without: set[str]) -> list[str]:
    """A sentence for each thing that is both wanted and not, or that needs what is not."""
    said = []
    for mention in wanted:
        element = mention.element
        if element.id in without:
            said.append(f"{mention.phrase.text!r} is both wanted and not; it is there")
        said += [
            f"{mention.phrase.text!r} needs {need}, which the prompt does not want; there is {need}"
            for need in element.needs
            if need in without
        ]
    return said


def _of(wanted: Sequence[Mention], group: Group) -> list[Mention]:
    return [mention for mention in wanted if mention.element.group == group]


def _area(element_id: str) -> int:
    element = catalogue().elements[element_id]
    return 100 if element.pieces else element.size[0] * element.size[1]
