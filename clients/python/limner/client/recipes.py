"""`limner texture`: briefs whose results are several named assets."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import typer

from limner.client.access import UsageError, exits, run
from limner.client.aio import AsyncClient, Brief, Drawn
from limner.client.drawing import content_of, facts_of, image_brief
from limner.client.folders import write_into
from limner.client.options import Settings
from limner.client.screen import Screen
from limner.v1.asset_pb2 import Asset
from limner.v1.briefs_pb2 import AnimationBrief, CharacterBrief, Direction, TextureBrief

MAPS = ("normal", "height", "roughness", "ao", "metallic")
STEM = re.compile(r"[A-Za-z0-9_-]{1,64}")


def texture_brief(
    prompt: str,
    *,
    size: int | None = None,
    variants: int | None = None,
    maps: str | None = None,
    tile: str = "both",
    style: str | None = None,
    candidates: int | None = None,
    seed: int | None = None,
    model: str | None = None,
    palette: Path | None = None,
) -> TextureBrief:
    """The brief for a texture; what is None stays with the server. `maps` has commas between, or is `all`. Raises UsageError."""
    axes = {"x": "x", "y": "y", "both": "xy", "xy": "xy"}
    if tile not in axes:
        raise UsageError(f"--tile {tile}: write x, y or both")
    wanted = MAPS if maps == "all" else [part.strip() for part in (maps or "").split(",") if part.strip()]
    if odd := [part for part in wanted if part not in MAPS]:
        raise UsageError(f"--maps {odd[0]}: write some of {', '.join(MAPS)}, or all")
    image = image_brief(
        prompt,
        size=size,
        style=style,
        candidates=candidates,
        seed=seed,
        model=model,
        palette=palette,
        tile=axes[tile],
    )
    return TextureBrief(image=image, variants=variants, maps=wanted)


def animation_brief(
    prompt: str | None,
    *,
    action: str,
    reference: Path | None = None,
    frames: int | None = None,
    duration_ms: int | None = None,
    direction: str | None = None,
    mirror: bool = False,
    seed: int | None = None,
    model: str | None = None,
) -> AnimationBrief:
    """The brief for an animation; what is None stays with the server. Raises UsageError."""
    if prompt is None and reference is None:
        raise UsageError("say who moves, or give a picture with --reference")
    return AnimationBrief(
        prompt=prompt or "",
        reference_png=content_of(reference),
        action=action,
        frames=frames,
        duration_ms=duration_ms,
        direction=_direction(direction),
        mirrored=mirror,
        seed=seed,
        model=model,
    )


def _direction(name: str | None) -> Direction:
    """`south-east` as the wire says it. Raises UsageError."""
    if name is None:
        return Direction.DIRECTION_UNSPECIFIED
    values: dict[str, Any] = {  # the stubs know no way from a name to an enum's own type
        each.removeprefix("DIRECTION_").lower().replace("_", "-"): value for each, value in Direction.items() if value
    }
    if name not in values:
        raise UsageError(f"--direction {name}: write one of {', '.join(values)}")
    found: Direction = values[name]
    return found


def character_brief(
    prompt: str,
    *,
    candidates: int = 4,
    directions: int | None = None,
    animations: str | None = None,
    frames: int | None = None,
    size: int | None = None,
    seed: int | None = None,
    model: str | None = None,
) -> CharacterBrief:
    """The brief for a character; what is None stays with the server. `animations` has commas between. Raises UsageError."""
    actions = [part.strip() for part in (animations or "").split(",") if part.strip()]
    image = image_brief(prompt, size=size, candidates=candidates, seed=seed, model=model)
    return CharacterBrief(image=image, directions=directions, actions=actions, frames=frames)


def draw_character(settings: Settings, brief: CharacterBrief, out: Path, *, name: str, file_format: str) -> None:
    """Draw, write the figure at rest as `<name>-figure.png`, `<name>-figure-north.png` … and its animations in a format of the server; a line for each file."""

    async def work(client: AsyncClient) -> None:
        start = time.monotonic()
        with Screen(settings, brief.image.prompt[:40]) as screen:
            drawn = await client.draw(brief, previews=screen.wants_previews, follow=screen.follow)
        still, frames = drawn[0], [each for each in drawn if each.asset.role == "frame"]
        screen.picture(still.content)
        files = {_still_name(name, each.asset): each.content for each in drawn if each.asset.role == "reference"}
        if frames:
            files |= await client.export([each.asset.name for each in frames], file_format, stem=name)
        for path in write_into(out, files):
            facts = {"path": str(path), "generation": still.generation.name, "asset": still.asset.name}
            screen.result(facts, f"{path}  {time.monotonic() - start:.1f} s")

    with exits():
        check_name(name)
    run(settings, work)


def _still_name(name: str, asset: Asset) -> str:
    """`hero-figure.png` for the figure as it was drawn, `hero-figure-north.png` for what it was turned to; sheets are `hero.png`."""
    if asset.candidate == 0:
        return f"{name}-figure.png"
    return f"{name}-figure-{Direction.Name(asset.direction).removeprefix('DIRECTION_').lower().replace('_', '-')}.png"


def draw_assets(settings: Settings, brief: Brief, out: Path, *, name: str, file_format: str | None, title: str) -> None:
    """Draw, and write every asset as `<name>_<role>.png`, or all of them in a format of the server; a line for each file."""

    async def work(client: AsyncClient) -> None:
        start = time.monotonic()
        with Screen(settings, title) as screen:
            drawn = await client.draw(brief, previews=screen.wants_previews, follow=screen.follow)
        seconds = time.monotonic() - start
        say_warnings(settings, drawn[0])
        screen.picture(drawn[0].content)
        if file_format is None:
            write_assets(screen, drawn, out, name, seconds)
        else:
            names = [each.asset.name for each in drawn]
            for path in write_into(out, await client.export(names, file_format, stem=name)):
                facts = {"path": str(path), "format": file_format, "generation": drawn[0].generation.name}
                screen.result(facts, f"{path}  {seconds:.1f} s")

    with exits():
        check_name(name)
    run(settings, work)


def check_name(name: str) -> None:
    """Raise UsageError for a name that the server takes for no stem."""
    if not STEM.fullmatch(name):
        raise UsageError("--name: use 1 to 64 letters, digits, - and _")


def say_warnings(settings: Settings, drawn: Drawn) -> None:
    """On stderr, what was done otherwise than asked; nothing with --quiet."""
    for warning in () if settings.quiet else drawn.generation.warnings:
        typer.echo(f"limner: {warning}", err=True)


def write_assets(screen: Screen, drawn: list[Drawn], out: Path, name: str, seconds: float) -> None:
    """Each asset as a file of its own."""
    for each in drawn:
        (path,) = write_into(out, {file_name(name, each.asset): each.content})
        facts = facts_of(each, path, seconds) | {"role": each.asset.role}
        screen.result(facts, f"{path}  {each.asset.name}  {seconds:.1f} s")


def file_name(name: str, asset: Asset) -> str:
    """`wall_albedo.png`, and `wall-2_albedo.png` for the second variant."""
    number = f"-{asset.candidate + 1}" if asset.candidate else ""
    return f"{name}{number}_{asset.role}.png" if asset.role else f"{name}{number}.png"
