"""What a picture is called: the ways in which a user might ask for it, in English and in Chinese."""

import csv
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

GLOSSARY = Path(__file__).parent / "glossary.tsv"
NOISE = re.compile(r"\([^)]*\)|\b\d+\w*\b|\b(alt|tile top|sprite)\b")
HUES = {
    "red": 0,
    "orange": 30,
    "yellow": 55,
    "green": 120,
    "cyan": 180,
    "blue": 220,
    "purple": 275,
    "magenta": 305,
}


def tidied(caption: str) -> str:
    """Without brackets, numbers and doubled spaces."""
    text = re.sub(r"\s+", " ", NOISE.sub(" ", caption.lower()))
    return re.sub(r"\s+,", ",", text).strip(" ,")


def with_article(subject: str) -> str:
    return f"{'an' if subject[:1] in 'aeiou' else 'a'} {subject}"


def colour_words(caption: str) -> list[str]:
    return [word for word in re.findall(r"[a-z]+", caption) if word in HUES]


@cache
def glossary() -> Mapping[str, str]:
    """English word or phrase → Chinese."""
    if not GLOSSARY.exists():
        return {}
    with GLOSSARY.open(encoding="utf-8", newline="") as file:
        return {row["english"]: row["chinese"] for row in csv.DictReader(file, delimiter="\t")}


def translated(caption: str) -> str | None:
    """The caption in Chinese by the longest glossary entries, or None when more than a quarter of its words are not there."""
    clauses, missing, total = [], 0, 0
    for clause in caption.split(","):
        words = re.findall(r"[a-z]+", clause)
        chinese = []
        while words:
            phrase, count = _longest(words)
            chinese.append(phrase or "")
            missing += count if phrase is None else 0
            total += count
            words = words[count:]
        if text := "".join(chinese):
            clauses.append(text)
    return "，".join(clauses) if clauses and missing * 4 <= total else None


def _longest(words: Sequence[str]) -> tuple[str | None, int]:
    table = glossary()
    for count in range(min(4, len(words)), 0, -1):
        if chinese := table.get(" ".join(words[:count])):
            return chinese, count
    return None, 1


def variants(caption: str, subject: str) -> list[str]:
    """English and, where the glossary reaches, Chinese captions of one picture; the first is the fullest."""
    full, short = tidied(caption), tidied(subject)
    texts = [full, with_article(short) if short else full, short or full]
    texts += [chinese for text in (full, short) if text and (chinese := translated(text))]
    return texts
