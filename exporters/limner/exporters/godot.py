"""Godot 4: an AtlasTexture for each sprite, or a SpriteFrames with the animations. Pages lie beside them; nothing is rotated."""

from pathlib import PurePosixPath

from limner.atlas.loops import played
from limner.atlas.sprites import Atlas, Region, SpriteSet
from limner.exporters.files import Files, distinct, file_name
from limner.exporters.godot_text import Ext, PackedVector2, Rect2, StringName, Sub, Vector2, resource, with_provenance
from limner.exporters.options import ExportOptions
from limner.exporters.pages import packed, page_pictures, picture_name

FPS = 10.0  # frames say how long they show in tenths of a second


def write_godot_atlas(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    """`<sprite>.tres` each. Pivot, borders and polygon are metadata, for `get_meta`."""
    atlas = packed(art, options, rotation=False)
    pages = _pages(atlas, stem)
    files = page_pictures(atlas, art, stem)
    for name, region in zip(distinct(file_name(region.name) for region in atlas.regions), atlas.regions, strict=True):
        page = pages[region.page]
        content = {"resource_name": region.name, **_texture(region, page), **_metadata(region)}
        files[str(PurePosixPath(stem).with_name(f"{name}.tres"))] = resource(
            "AtlasTexture", [page], [], with_provenance(content, art.provenance)
        )
    return files


def write_godot_spriteframes(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    """One animation for each frame tag; without tags one named `default`. Reverse and ping-pong are unrolled."""
    atlas = packed(art, options, rotation=False)
    pages = _pages(atlas, stem)
    parts = [
        Sub(f"AtlasTexture_{number}", "AtlasTexture", _texture(region, pages[region.page]))
        for number, region in enumerate(atlas.regions)
    ]
    every = tuple(range(len(parts)))
    shown = [(tag.name, played(tag), tag.loop) for tag in art.frame_tags] or [("default", every, True)]
    animations = [
        {
            "frames": [
                {"duration": atlas.regions[number].duration_ms * FPS / 1000, "texture": parts[number]}
                for number in numbers
            ],
            "loop": loop,
            "name": StringName(name),
            "speed": FPS,
        }
        for name, numbers, loop in shown
    ]
    content = with_provenance({"animations": animations}, art.provenance)
    return page_pictures(atlas, art, stem) | {f"{stem}.tres": resource("SpriteFrames", pages, parts, content)}


def _pages(atlas: Atlas, stem: str) -> list[Ext]:
    return [Ext(f"{page + 1}_page", "Texture2D", picture_name(stem, page)) for page in range(len(atlas.pages))]


def _texture(region: Region, page: Ext) -> dict[str, object]:
    """The margin is what was trimmed: where the rest lies, and how much larger the whole is."""
    found: dict[str, object] = {"atlas": page, "region": Rect2(*region.box)}
    if region.trimmed:
        width, height = region.source_size
        found["margin"] = Rect2(
            region.offset.x, region.offset.y, width - region.offset.width, height - region.offset.height
        )
    return found | {"filter_clip": True}


def _metadata(region: Region) -> dict[str, object]:
    found: dict[str, object] = {}
    if region.pivot is not None:
        found["metadata/pivot"] = Vector2(*region.pivot)
    if region.nine_patch is not None:
        found["metadata/nine_patch"] = region.nine_patch._asdict()
    if region.collision:
        found["metadata/collision"] = PackedVector2(region.collision)
    return found
