"""Unreal's Paper2D: `.paper2dsprites`, the JSON (hash) that TexturePacker writes for it, one for each page. Nothing is rotated.

The importer makes a sprite of each frame and a flipbook of names that end in numbers.
"""

from limner.atlas.sprites import Region, SpriteSet
from limner.exporters.files import Files
from limner.exporters.options import ExportOptions
from limner.exporters.pages import packed, page_pictures, page_stem
from limner.exporters.texturepacker import as_json, frame, meta, on_page, pivot

CENTRE = {"x": 0.5, "y": 0.5}


def write_paper2d(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    atlas = packed(art, options, rotation=False)
    files = page_pictures(atlas, art, stem)
    for page in range(len(atlas.pages)):
        content = {
            "frames": {region.name: _frame(region) for region in on_page(atlas, page)},
            "meta": meta(atlas, page, stem, art.provenance) | {"target": "paper2d"},
        }
        files[f"{page_stem(stem, page)}.paper2dsprites"] = as_json(content)
    return files


def _frame(region: Region) -> dict[str, object]:
    """The importer wants a pivot in every frame."""
    return frame(region) | {"pivot": pivot(region).get("pivot", CENTRE)}
