"""The prompt screen: what a policy file refuses, by list and by meaning. It says what it found and why.

By list, text is compared in a plain form: case, accents and invisible letters are dropped, and digits that stand for letters
are read as those. By meaning, the frozen text encoder compares the prompt with examples, in any of its 16 languages.
"""

import asyncio
import hashlib
import logging
import re
import tomllib
import unicodedata
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limner.server.audit import Audit
from limner.server.errors import ConfigError, FieldViolation, InvalidRequestError

log = logging.getLogger("limner.server")
PACKAGED = Path(str(files("limner.server"))) / "policies" / "prompts.toml"
KEYS = {"title", "explanation", "terms", "allowed", "examples"}
MOST = 4000  # letters that are read; longer prompts are refused for their length
REMEMBERED = 4096  # verdicts
BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # letters by category that nobody sees
ALIKE = str.maketrans("аеорсхуіјѕһԁԛԝαοενρτικ", "aeopcxyijshdqwaoevptik")  # of Cyrillic and Greek, what looks Latin
WORD, LATIN, OTHER = re.compile(r"\w+"), re.compile(r"[a-z]"), re.compile(r"[\u0370-\u052f]")
DIGITS = str.maketrans("013457@$!", "oieastasi")
Embed = Callable[[Sequence[str]], NDArray[np.float32]]  # n sentences to (n, 512), each of length 1


@dataclass(frozen=True, slots=True)
class Category:
    """One thing that is refused."""

    name: str
    title: str
    explanation: str
    terms: "re.Pattern[str] | None"
    allowed: "re.Pattern[str] | None"
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """What a policy file says."""

    on: bool
    threshold: float
    margin: float
    harmless: tuple[str, ...]
    categories: tuple[Category, ...]
    path: Path

    @classmethod
    def read(cls, path: Path | None) -> "Policy":
        """The policy of a file, or the packaged one. Raises ConfigError for anything that is not understood."""
        path = path or PACKAGED
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
            return cls._of(values, path)
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
            raise ConfigError(f"content_policy: {path} is no policy ({error}); start from {PACKAGED}") from error

    @classmethod
    def _of(cls, values: Mapping[str, Any], path: Path) -> "Policy":
        if unknown := values.keys() - {"screen", "threshold", "margin", "harmless", "categories"}:
            raise ValueError(f"unknown {', '.join(sorted(unknown))}")
        if values["screen"] not in ("on", "off"):
            raise ValueError('screen must be "on" or "off"')
        found = tuple(_category(name, each) for name, each in values.get("categories", {}).items())
        threshold, margin = float(values["threshold"]), float(values["margin"])
        return cls(values["screen"] == "on", threshold, margin, tuple(values.get("harmless", ())), found, path)


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a prompt is refused."""

    category: Category
    found: str  # the term, or the example that it is like
    by_list: bool

    def __str__(self) -> str:
        how = f"it says {self.found!r}" if self.by_list else f"it means much the same as {self.found!r}"
        return f"refused by the content policy as {self.category.title} ({how}): {self.category.explanation}"


class Screen:
    """Compares words with a policy."""

    def __init__(self, policy: Policy, embed: Callable[[], Awaitable[Embed]], audit: Audit | None = None) -> None:
        """`embed` gives the sentence encoder once it is loaded; it is asked for with the first prompt."""
        self._policy, self._embed, self._audit = policy, embed, audit
        self._examples = [(each, example) for each in policy.categories for example in each.examples]
        self._vectors: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None
        self._known: OrderedDict[bytes, Finding | None] = OrderedDict()
        if not policy.on:
            log.warning("prompts are not screened: %s says so", policy.path)

    async def check(self, words: Mapping[str, str]) -> None:
        """Raise InvalidRequestError for words, by field, that the policy refuses. Never silent: the audit log has the category."""
        if not self._policy.on:
            return
        wrong = []
        for field, words_there in words.items():
            text = words_there[:MOST]
            if text.strip() and (finding := await self.finding(text)) is not None:
                wrong.append(FieldViolation(field, str(finding)))
                if self._audit is not None:
                    await self._audit.append("content.refuse", category=finding.category.name, by_list=finding.by_list)
        if wrong:
            raise InvalidRequestError(*wrong)

    async def finding(self, text: str) -> Finding | None:
        """What is wrong with a text; None for nothing."""
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        if digest in self._known:
            self._known.move_to_end(digest)
            return self._known[digest]
        found = self.listed(text) or await self._meant(text)
        self._known[digest] = found
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return found

    def listed(self, text: str) -> Finding | None:
        """A term of the policy's lists in the text."""
        for plain in dict.fromkeys((plain_form(text), plain_form(text).translate(DIGITS))):
            for category in self._policy.categories:
                left = category.allowed.sub(" ", plain) if category.allowed else plain
                if category.terms and (match := category.terms.search(left)):
                    return Finding(category, match[0].strip(), by_list=True)
        return None

    async def _meant(self, text: str) -> Finding | None:
        if not self._examples:
            return None
        embed = await self._embed()
        return await asyncio.to_thread(self._compared, embed, text)

    def _compared(self, embed: Embed, text: str) -> Finding | None:
        if self._vectors is None:
            bad = embed([example for _, example in self._examples])
            good = embed(self._policy.harmless) if self._policy.harmless else np.zeros((1, bad.shape[1]), np.float32)
            self._vectors = bad, good
        bad, good = self._vectors
        vector = embed([text])[0]
        nearness = bad @ vector
        nearest = int(nearness.argmax())
        limit = max(self._policy.threshold, float((good @ vector).max()) + self._policy.margin)
        if nearness[nearest] < limit:
            return None
        category, example = self._examples[nearest]
        return Finding(category, example, by_list=False)


def plain_form(text: str) -> str:
    """Lower case without accents and invisible letters, one space between words; no word in two scripts."""
    wide = unicodedata.normalize("NFKD", text).casefold()
    seen = "".join(
        letter
        for letter in wide
        if (unicodedata.category(letter) not in ("Mn", "Me", "Cf", "Cc") and letter not in BLANK) or letter in "\n\t"
    )
    seen = WORD.sub(lambda word: _unmixed(word[0]), seen)
    return re.sub(r"[\s_]+", " ", unicodedata.normalize("NFC", seen))


def _unmixed(word: str) -> str:
    """A word that has Latin letters and others that look like them, in Latin alone."""
    return word.translate(ALIKE) if LATIN.search(word) and OTHER.search(word) else word


def _category(name: str, values: Mapping[str, Any]) -> Category:
    if unknown := values.keys() - KEYS:
        raise ValueError(f"categories.{name}: unknown {', '.join(sorted(unknown))}")
    return Category(
        name,
        str(values["title"]),
        str(values["explanation"]),
        _pattern(values.get("terms", ())),
        _pattern(values.get("allowed", ())),
        tuple(str(example) for example in values.get("examples", ())),
    )


def _pattern(terms: Iterable[str]) -> "re.Pattern[str] | None":
    """Finds any of the terms: whole words, or anywhere in scripts that have no spaces."""
    parts = []
    for term in terms:
        plain = plain_form(term)
        body = re.escape(plain).replace(r"\*", r"\w*")
        parts.append(body if _spaceless(plain) else rf"(?<!\w){body}(?!\w)")
    return re.compile("|".join(parts)) if parts else None


def _spaceless(text: str) -> bool:
    return any("\u3040" <= letter <= "\u30ff" or "\u4e00" <= letter <= "\u9fff" or letter == "卐" for letter in text)
