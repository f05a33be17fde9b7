"""Unity: pages with `.png.meta` files that cut them into sprites. Nothing is rotated: the importer knows no turned sprite.

Ids follow from names (`unity_ids`), so a second export leaves every reference whole. Rectangles count from the bottom left.
"""

import hashlib

from limner.atlas.geometry import Point
from limner.atlas.sprites import Atlas, Region, SpriteSet
from limner.exporters.files import Files
from limner.exporters.options import ExportOptions
from limner.exporters.pages import packed, page_pictures, page_stem
from limner.exporters.provenance import as_text
from limner.exporters.texturepacker import on_page
from limner.exporters.unity_ids import guid, internal_id
from limner.exporters.unity_yaml import Flow, meta

SPRITE = 213  # Unity's class
MULTIPLE, CUSTOM_PIVOT, SPRITE_TEXTURE, TIGHT_MESH = 2, 9, 8, 1  # words of Unity's enums
PIXELS_PER_UNIT = 100
SMALLEST_LIMIT, LARGEST_LIMIT = 2048, 16384  # of the importer: a larger picture is shrunk


def write_unity(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    atlas = packed(art, options, rotation=False)
    files = page_pictures(atlas, art, stem)
    for page in range(len(atlas.pages)):
        path = f"{page_stem(stem, page)}.png"
        files[f"{path}.meta"] = meta(_meta(atlas, page, path, as_text(art.provenance) if art.provenance else None))
    return files


def _meta(atlas: Atlas, page: int, path: str, note: str | None) -> dict[str, object]:
    height, width = atlas.pages[page].shape[:2]
    regions = list(on_page(atlas, page))
    table = [{"first": {SPRITE: internal_id(region.name)}, "second": region.name} for region in regions]
    importer: dict[str, object] = {
        "internalIDToNameTable": table,
        "externalObjects": {},
        "serializedVersion": 12,
        "mipmaps": {"mipMapMode": 0, "enableMipMap": 0, "sRGBTexture": 1, "linearTexture": 0},
        "isReadable": 0,
        "textureSettings": {"serializedVersion": 2, "filterMode": 0, "aniso": 1, "mipBias": 0, "wrapU": 1, "wrapV": 1},
        "nPOTScale": 0,
        "spriteMode": MULTIPLE,
        "spriteExtrude": 1,
        "spriteMeshType": TIGHT_MESH,
        "alignment": 0,
        "spritePivot": Flow({"x": 0.5, "y": 0.5}),
        "spritePixelsToUnits": PIXELS_PER_UNIT,
        "spriteBorder": Flow({"x": 0, "y": 0, "z": 0, "w": 0}),
        "spriteGenerateFallbackPhysicsShape": 1,
        "alphaUsage": 1,
        "alphaIsTransparency": 1,
        "textureType": SPRITE_TEXTURE,
        "textureShape": 1,
        "maxTextureSize": _limit(max(width, height)),
        "platformSettings": [_platform(max(width, height))],
        "spriteSheet": {
            "serializedVersion": 2,
            "sprites": [_sprite(region, height) for region in regions],
            "outline": [],
            "physicsShape": [],
            "bones": [],
            "spriteID": None,
            "internalID": 0,
            "vertices": [],
            "indices": None,
            "edges": [],
            "weights": [],
            "secondaryTextures": [],
            "nameFileIdTable": {region.name: internal_id(region.name) for region in regions},
        },
        "userData": note,
        "assetBundleName": None,
        "assetBundleVariant": None,
    }
    return {"fileFormatVersion": 2, "guid": guid(path), "TextureImporter": importer}


def _sprite(region: Region, page_height: int) -> dict[str, object]:
    pivot = _pivot(region)
    left, right, top, bottom = region.nine_patch or (0, 0, 0, 0)
    return {
        "serializedVersion": 2,
        "name": region.name,
        "rect": {
            "serializedVersion": 2,
            "x": region.box.x,
            "y": page_height - region.box.bottom,
            "width": region.box.width,
            "height": region.box.height,
        },
        "alignment": CUSTOM_PIVOT,
        "pivot": Flow({"x": pivot.x, "y": pivot.y}),
        "border": Flow({"x": left, "y": bottom, "z": right, "w": top}),
        "outline": [],
        "physicsShape": _shape(region),
        "tessellationDetail": -1,
        "bones": [],
        "spriteID": hashlib.md5(f"limner:{region.name}".encode(), usedforsecurity=False).hexdigest(),
        "internalID": internal_id(region.name),
        "vertices": [],
        "indices": None,
        "edges": [],
        "weights": [],
    }


def _pivot(region: Region) -> Point:
    """Shares of the trimmed rectangle from its bottom left, so that trimming moves nothing; beyond 0 and 1 lies outside.

    Without a pivot it is the middle of the untrimmed picture.
    """
    x, y = region.pivot or (region.source_size.width / 2, region.source_size.height / 2)
    return Point((x - region.offset.x) / region.offset.width, (region.offset.bottom - y) / region.offset.height)


def _shape(region: Region) -> list[object]:
    """The polygon around the middle of the trimmed rectangle, up is more."""
    if not region.collision:
        return []
    middle_x = region.offset.x + region.offset.width / 2
    middle_y = region.offset.y + region.offset.height / 2
    return [[Flow({"x": x - middle_x, "y": middle_y - y}) for x, y in region.collision]]


def _limit(side: int) -> int:
    return min(LARGEST_LIMIT, max(SMALLEST_LIMIT, 1 << (side - 1).bit_length()))


def _platform(side: int) -> dict[str, object]:
    """Uncompressed: block compression eats pixel art."""
    return {
        "serializedVersion": 3,
        "buildTarget": "DefaultTexturePlatform",
        "maxTextureSize": _limit(side),
        "resizeAlgorithm": 0,
        "textureFormat": -1,
        "textureCompression": 0,
        "compressionQuality": 50,
        "crunchedCompression": 0,
        "allowsAlphaSplitting": 0,
        "overridden": 0,
        "androidETC2FallbackOverride": 0,
        "forceMaximumCompressionQuality_BC6H_BC7": 0,
    }
