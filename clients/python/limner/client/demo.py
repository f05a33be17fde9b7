"""`limner demo`: sentences in two languages become a folder of game art."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from limner.client.access import exits, run
from limner.client.aio import AsyncClient, Drawn
from limner.client.drawing import facts_of, image_brief
from limner.client.exporting import export_pictures
from limner.client.folders import made, write_into
from limner.client.options import Settings
from limner.client.screen import Screen
from limner.client.sheet import contact_sheet

SIZE = 64  # pixels on a side
CANDIDATES = 4  # drawn for each wish; the best one is shown
WINDOW = 4  # requests in flight: they share network calls, and the times stay those of a small studio


@dataclass(frozen=True, slots=True)
class Wish:
    """One picture of the demo."""

    name: str
    prompt: str
    kind: str
    seed: int
    english: str = ""  # what the prompt says, where it is not English

    @property
    def gloss(self) -> str:
        return self.english or self.prompt


WISHES = (
    Wish("warrior", "一位长发女战士，身穿盔甲", "character", 1, "a long-haired woman in armour"),
    Wish("wizard", "a wizard with a staff", "character", 2),
    Wish("archer", "a skeleton archer", "monster", 3),
    Wish("red-dragon", "红龙", "monster", 4, "a red dragon"),
    Wish("blue-dragon", "a blue dragon", "monster", 5),
    Wish("goblin", "绿色的哥布林", "monster", 6, "a green goblin"),
    Wish("potion", "一瓶绿色药水", "item", 7, "a bottle of green potion"),
    Wish("golden-sword", "一把金色的剑", "item", 8, "a golden sword"),
    Wish("shield", "a round wooden shield", "item", 9),
    Wish("chest", "宝箱", "item", 10, "a treasure chest"),
    Wish("ring", "a gold ring with a red gem", "item", 11),
    Wish("stone-wall", "石砖墙", "tile", 12, "a stone brick wall"),
    Wish("lava", "lava floor", "tile", 13),
    Wish("grass", "草地", "tile", 14, "grass"),
    Wish("brick-wall", "a stone brick wall", "tile", 15),
    Wish("tree", "a green tree", "object", 16),
)


def run_demo(settings: Settings, out: Path) -> None:
    """Draw every wish into `out`, then the sheet, an atlas and a GIF of all of them; say where they are."""
    start = time.monotonic()
    with exits():
        made(out)

    async def work(client: AsyncClient) -> None:
        with Screen(settings, "drawing", total=len(WISHES)) as screen:
            gate = asyncio.Semaphore(WINDOW)
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(fulfil(client, wish, gate, screen)) for wish in WISHES]
        drawn = [task.result() for task in tasks]
        paths = write_pictures(out, drawn)
        for (picture, seconds), path, wish in zip(drawn, paths, WISHES, strict=True):
            line = f"{seconds:5.1f} s  {path}  {wish.prompt}"
            screen.result({"prompt": wish.prompt, **facts_of(picture, path, seconds)}, line)
        for file_format in ("texturepacker-json", "gif"):
            export_pictures(paths, file_format, out / "export", stem="demo")
        screen.say(f"\n{len(paths)} pictures in {time.monotonic() - start:.1f} s. Look at {out / 'sheet.png'}")
        screen.say(
            f"The pictures are in {out}, an atlas and a GIF of them in {out / 'export'}, every prompt in {out / 'sheet.md'}."
        )

    run(settings, work)


async def fulfil(client: AsyncClient, wish: Wish, gate: asyncio.Semaphore, screen: Screen) -> tuple[Drawn, float]:
    """The best picture of several, and the seconds from asking for them to having it."""
    async with gate:
        start = time.monotonic()
        brief = image_brief(wish.prompt, kind=wish.kind, size=SIZE, seed=wish.seed, candidates=CANDIDATES)
        drawn = min(await client.draw(brief), key=lambda candidate: candidate.asset.rank)
    screen.advance()
    return drawn, time.monotonic() - start


def write_pictures(out: Path, drawn: list[tuple[Drawn, float]]) -> list[Path]:
    """The pictures, the sheet and its captions; the paths of the pictures."""
    pictures = [picture.content for picture, _ in drawn]
    files = {f"{wish.name}.png": png for wish, png in zip(WISHES, pictures, strict=True)}
    rows = [
        f"| {number} | {wish.prompt} | {wish.gloss} | {wish.kind} | {wish.seed} | {seconds:.1f} | {wish.name}.png |"
        for number, (wish, (_, seconds)) in enumerate(zip(WISHES, drawn, strict=True), 1)
    ]
    said = f"Each picture is the best of {CANDIDATES} candidates, as the server ranks them."
    captions = [
        said,
        "",
        "| number | prompt | in English | kind | seed | seconds | file |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *rows,
    ]
    prompts = [wish.prompt for wish in WISHES]
    sheet = contact_sheet(list(zip(prompts, pictures, strict=True)), [wish.gloss for wish in WISHES])
    write_into(out, {**files, "sheet.png": sheet, "sheet.md": ("\n".join(captions) + "\n").encode()})
    return [out / name for name in files]
