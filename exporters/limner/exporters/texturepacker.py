"""TexturePacker's JSON (hash): what Phaser, PixiJS and many others read. Pages after the first get files of their own."""

import json

from limner.atlas.packing import pack
from limner.atlas.sprites import Atlas, Region, SpriteSet
from limner.exporters.files import Files
from limner.exporters.options import ExportOptions
from limner.exporters.png import encoded


def write_texturepacker(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    atlas = pack(art.sprites, options.pack)
    files: Files = {}
    for page in range(len(atlas.pages)):
        name = stem if page == 0 else f"{stem}-{page}"
        files[f"{name}.png"] = encoded(atlas.pages[page])
        files[f"{name}.json"] = json.dumps(_page(atlas, page, f"{name}.png"), indent=1, ensure_ascii=False).encode()
    return files


def _page(atlas: Atlas, page: int, image: str) -> dict[str, object]:
    height, width = atlas.pages[page].shape[:2]
    return {
        "frames": {region.name: _frame(region) for region in atlas.regions if region.page == page},
        "meta": {
            "app": "limner",
            "version": "1.0",
            "image": image,
            "format": "RGBA8888",
            "scale": "1",
            "size": {"w": width, "h": height},
        },
    }


def _frame(region: Region) -> dict[str, object]:
    x, y, width, height = region.box
    left, top, _, _ = region.offset
    return {
        "frame": {"x": x, "y": y, "w": width, "h": height},
        "rotated": False,
        "trimmed": region.trimmed,
        "spriteSourceSize": {"x": left, "y": top, "w": width, "h": height},
        "sourceSize": {"w": region.source_size.width, "h": region.source_size.height},
        "duration": region.duration_ms,
    }
