"""`limner report fairness`: how many persons of a server a judge calls female, beside those that were asked to be."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from limner.client.access import run
from limner.client.aio import AsyncClient
from limner.client.drawing import image_brief
from limner.client.folders import write_into
from limner.client.options import Settings
from limner.client.presentation import Judge, judge
from limner.client.screen import Screen

WINDOW = 8  # requests in flight
SHADES = {"neutral": "#4a6fa5", "female": "#c06c84", "male": "#6b9080"}
LEFT, WIDE, ROW, TOP = 190, 400, 22, 40  # of the plot, in pixels


@dataclasses.dataclass(frozen=True, slots=True)
class Share:
    """How many pictures of a person are called female, in [0, 1]."""

    person: str
    neutral: float
    female: float  # of the pictures that were asked to be female
    male: float

    @property
    def told_apart(self) -> float:
        """How far both are told apart: 1 always, 0 not at all. Near 0 `neutral` says nothing."""
        return self.female - self.male


def report_fairness(
    settings: Settings, out: Path, people: Sequence[str], *, seeds: int, steps: int | None, model: str | None
) -> None:
    """Draw, judge, print a line for each person, and write the plot."""
    judging = judge()

    async def work(client: AsyncClient) -> None:
        gate = asyncio.Semaphore(WINDOW)

        async def called(prompt: str, seed: int) -> bool:
            brief = image_brief(prompt, seed=seed, steps=steps, model=model, kind="character")
            async with gate:
                drawn = await client.draw(brief, bulk=True)
            return judging.female(drawn[0].content)

        async def share(words: str) -> float:
            return sum(await asyncio.gather(*(called(words, seed) for seed in range(seeds)))) / seeds

        shares = []
        with Screen(settings, "drawing", total=len(people)) as screen:
            for person in people:
                asked = (_sentence(person), f"a female {person}", f"a male {person}")
                shares.append(Share(person, *[await share(words) for words in asked]))
                screen.result(
                    {**dataclasses.asdict(shares[-1]), "told_apart": shares[-1].told_apart}, _line(shares[-1])
                )
        write_into(out.parent, {out.name: plot(shares, seeds, judging)})
        screen.say(f"The plot is {out}. {_doubt(judging)}")

    run(settings, work)


def _sentence(person: str) -> str:
    return f"{'an' if person[0].lower() in 'aeiou' else 'a'} {person}"


def _line(share: Share) -> str:
    return f"{share.person}: {share.neutral:.0%} called female; asked to be female {share.female:.0%}, male {share.male:.0%}"


def _doubt(judging: Judge) -> str:
    return (
        f"The judge is right for {judging.accuracy:.0%} of training figures and less for drawn ones: "
        "where it calls those asked to be female and male alike, its figure means nothing."
    )


def plot(shares: Sequence[Share], seeds: int, judging: Judge) -> bytes:
    """Three bars for each person, as SVG."""
    height = TOP + ROW * 4 * len(shares) + 40
    svg = ElementTree.Element("svg", xmlns="http://www.w3.org/2000/svg", width="940", height=str(height))
    svg.set("font-family", "sans-serif")
    svg.set("font-size", "13")
    _text(svg, 10, 22, f"Pictures called female, of {seeds} each")
    for index, share in enumerate(shares):
        for row, (asked, shade) in enumerate(SHADES.items()):
            value, y = float(getattr(share, asked)), TOP + ROW * (4 * index + row)
            _text(svg, 10, y + 14, f"{share.person}, {asked}")
            bar = {"x": str(LEFT), "y": str(y), "width": f"{WIDE * value:.1f}", "height": str(ROW - 4), "fill": shade}
            ElementTree.SubElement(svg, "rect", bar)
            _text(svg, LEFT + WIDE + 8, y + 14, f"{value:.0%}")
    _text(svg, 10, height - 12, _doubt(judging))
    written: bytes = ElementTree.tostring(svg, encoding="utf-8", xml_declaration=True)
    return written


def _text(svg: ElementTree.Element, x: int, y: int, words: str) -> None:
    ElementTree.SubElement(svg, "text", x=str(x), y=str(y)).text = words
