"""TexturePacker's JSON, hash and array: what Phaser, PixiJS and many others read. Pages after the first get files of their own.

A rotated frame lies turned by 90° clockwise on its page; `frame` has its place there and its size before the turn.
`pivot` and `anchor` are shares of the untrimmed size; `scale9Borders` (Phaser) and `borders` (PixiJS) say one nine-patch twice.
"""

import json
from collections.abc import Iterable, Mapping

from limner.atlas.sprites import Atlas, Provenance, Region, SpriteSet
from limner.exporters.files import Files
from limner.exporters.options import ExportOptions
from limner.exporters.pages import packed, page_pictures, page_stem, picture_name


def write_texturepacker(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    atlas = packed(art, options)
    files = page_pictures(atlas, art, stem)
    for page in range(len(atlas.pages)):
        frames = {region.name: frame(region) for region in on_page(atlas, page)}
        content = {"frames": frames, "meta": meta(atlas, page, stem, art.provenance)}
        files[f"{page_stem(stem, page)}.json"] = as_json(content)
    return files


def write_texturepacker_array(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    atlas = packed(art, options)
    files = page_pictures(atlas, art, stem)
    for page in range(len(atlas.pages)):
        content = {"frames": named_frames(atlas, page), "meta": meta(atlas, page, stem, art.provenance)}
        files[f"{page_stem(stem, page)}.json"] = as_json(content)
    return files


def as_json(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, indent=1, ensure_ascii=False).encode()


def on_page(atlas: Atlas, page: int) -> Iterable[Region]:
    return (region for region in atlas.regions if region.page == page)


def named_frames(atlas: Atlas, page: int) -> list[dict[str, object]]:
    return [{"filename": region.name, **frame(region)} for region in on_page(atlas, page)]


def meta(atlas: Atlas, page: int, stem: str, provenance: Provenance) -> dict[str, object]:
    found: dict[str, object] = {
        "app": "limner",
        "version": "1.0",
        "image": picture_name(stem, page),
        "format": "RGBA8888",
        "size": page_size(atlas, page),
        "scale": "1",
    }
    return found | ({"provenance": dict(provenance)} if provenance else {})


def page_size(atlas: Atlas, page: int) -> dict[str, int]:
    height, width = atlas.pages[page].shape[:2]
    return {"w": width, "h": height}


def frame(region: Region) -> dict[str, object]:
    """What these formats say of a region; the parts that nobody chose are left out."""
    left, top, width, height = region.offset
    found: dict[str, object] = {
        "frame": {"x": region.box.x, "y": region.box.y, "w": width, "h": height},
        "rotated": region.rotated,
        "trimmed": region.trimmed,
        "spriteSourceSize": {"x": left, "y": top, "w": width, "h": height},
        "sourceSize": {"w": region.source_size.width, "h": region.source_size.height},
        "duration": region.duration_ms,
    }
    return found | pivot(region) | borders(region) | collision(region)


def pivot(region: Region) -> dict[str, object]:
    if region.pivot is None:
        return {}
    share = {"x": region.pivot.x / region.source_size.width, "y": region.pivot.y / region.source_size.height}
    return {"pivot": share, "anchor": share}


def borders(region: Region) -> dict[str, object]:
    if region.nine_patch is None:
        return {}
    left, right, top, bottom = region.nine_patch
    width, height = region.source_size
    return {
        "borders": {"left": left, "top": top, "right": right, "bottom": bottom},
        "scale9Borders": {"x": left, "y": top, "w": width - left - right, "h": height - top - bottom},
    }


def collision(region: Region) -> dict[str, object]:
    return {"collision": [{"x": x, "y": y} for x, y in region.collision]} if region.collision else {}
