"""`limner scene`: a prompt to an editable scene in the format of an engine."""

from __future__ import annotations

import io
import re
import time
import zipfile
from pathlib import Path

from limner.atlas.scenes import Scene
from limner.client.access import UsageError, exits, run
from limner.client.aio import AsyncClient, Drawn
from limner.client.drawing import model_name
from limner.client.exporting import exported
from limner.client.folders import write_into
from limner.client.options import Settings
from limner.client.recipes import check_name, say_warnings
from limner.client.screen import Screen
from limner.client.tiled_art import scene_at
from limner.exporters import EXPORTERS
from limner.exporters.options import ExportOptions
from limner.v1.briefs_pb2 import VIEW_HIGH_TOP_DOWN, VIEW_SIDE, SceneBrief, TileBox

SHORT = {"tiled": "tiled-tmx", "godot": "godot-scene", "unity": "unity-tilemap", "png": "scene-png"}
VIEWS = {"topdown": VIEW_HIGH_TOP_DOWN, "side": VIEW_SIDE}
BOX = re.compile(r"\s*\d{1,6}\s*(,\s*\d{1,6}\s*){3}")
TILES = re.compile(r"(\d{1,6})\s*[xX×]\s*(\d{1,6})")


def scene_format(name: str) -> str:
    """The format of a name or a short one. Raises UsageError for what is no format for scenes."""
    found = SHORT.get(name, name)
    if found not in EXPORTERS or EXPORTERS[found].takes is not Scene:
        known = [*SHORT, *(key for key, exporter in EXPORTERS.items() if exporter.takes is Scene)]
        raise UsageError(f"--format {name}: is no format for scenes; use one of {', '.join(known)}")
    return found


def scene_brief(
    prompt: str,
    *,
    tiles: str | None = None,
    tile_size: int | None = None,
    view: str = "topdown",
    seed: int | None = None,
    layout_seed: int | None = None,
    like: Path | None = None,
    region: str | None = None,
    style: str | None = None,
    model: str | None = None,
) -> SceneBrief:
    """The brief for a scene; what is None stays with the server. Raises UsageError for what the wire cannot carry."""
    if view not in VIEWS:
        raise UsageError(f"--view {view}: use {' or '.join(VIEWS)}")
    size = TILES.fullmatch(tiles) if tiles else None
    if tiles and size is None:
        raise UsageError(f"--tiles {tiles}: write WIDTHxHEIGHT in tiles, such as 64x48")
    box = [int(side) for side in region.split(",")] if region and BOX.fullmatch(region) else None
    if region and box is None:
        raise UsageError(f"--region {region}: write X,Y,WIDTH,HEIGHT in tiles, such as 10,8,20,12")
    try:
        return SceneBrief(
            prompt=prompt,
            width_tiles=int(size[1]) if size else None,
            height_tiles=int(size[2]) if size else None,
            tile_size=tile_size,
            view=VIEWS[view],
            seed=seed,
            layout_seed=layout_seed,
            like_zip=packed_map(like) if like else b"",
            region=TileBox(**dict(zip(("x", "y", "width", "height"), box, strict=True))) if box else None,
            style=style,
            model=model_name(model) if model else None,
        )
    except (ValueError, TypeError) as error:
        raise UsageError(str(error)) from error


def packed_map(path: Path) -> bytes:
    """A map of Tiled with all that belongs to it, as the server reads it. Raises UsageError."""
    files = exported("tiled-json", scene_at(path, "tiled-json"), "scene", ExportOptions())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def draw_scene(settings: Settings, brief: SceneBrief, out: Path, *, name: str, file_format: str) -> None:
    """Make the scene and write it in a format, with a picture of the whole; a line for each file."""

    async def work(client: AsyncClient) -> None:
        start = time.monotonic()
        with Screen(settings, brief.prompt[:40]) as screen:
            drawn = await client.draw(brief, previews=screen.wants_previews, follow=screen.follow)
        say_warnings(settings, drawn[0])
        picture, scene = (role(drawn, wanted) for wanted in ("picture", "scene"))
        files = await client.export([scene.asset.name], file_format, stem=name)
        files |= {f"{name}-picture.png": picture.content}
        screen.picture(picture.content)
        seconds = time.monotonic() - start
        for path in write_into(out, files):
            facts = {
                "path": str(path),
                "format": file_format,
                "generation": scene.generation.name,
                "asset": scene.asset.name,
                "seed": scene.asset.seed,
                "digest": scene.asset.digest,
                "warnings": list(scene.generation.warnings),
                "time_s": round(seconds, 3),
            }
            screen.result(facts, f"{path}  {seconds:.1f} s")

    with exits():
        check_name(name)
    run(settings, work)


def role(drawn: list[Drawn], wanted: str) -> Drawn:
    """The asset of a role. Raises UsageError where the server is too old to make scenes."""
    for each in drawn:
        if each.asset.role == wanted:
            return each
    raise UsageError(f"the server made no {wanted}; update it")
