"""Every export format, and what it keeps. The rest is baked into the pixels."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Flag, auto
from typing import Any

from limner.atlas.enlarging import enlarged
from limner.atlas.loops import check_timing
from limner.atlas.materials import Material, check_material
from limner.atlas.scene_checks import check_scene, check_tileset
from limner.atlas.scene_enlarging import enlarged_scene, enlarged_tileset
from limner.atlas.scenes import Scene
from limner.atlas.sprites import SpriteSet, check_sprites
from limner.atlas.tilesets import Tileset
from limner.exporters.apng import write_apng
from limner.exporters.aseprite import write_aseprite
from limner.exporters.css import write_css
from limner.exporters.dds import write_dds
from limner.exporters.files import ExportError, Files
from limner.exporters.gif import write_gif
from limner.exporters.gltf import write_gltf
from limner.exporters.godot import write_godot_atlas, write_godot_spriteframes
from limner.exporters.godot_scene import write_godot_scene
from limner.exporters.godot_tileset import write_godot_tileset
from limner.exporters.ktx2 import write_godot_ktx2, write_ktx2
from limner.exporters.ldtk import write_ldtk
from limner.exporters.libgdx import write_libgdx
from limner.exporters.maps import write_maps
from limner.exporters.material_godot import write_godot_material
from limner.exporters.material_unity import write_unity_material
from limner.exporters.options import ExportOptions
from limner.exporters.ora import write_ora
from limner.exporters.paper2d import write_paper2d
from limner.exporters.phaser import write_phaser
from limner.exporters.pixi import write_pixi
from limner.exporters.png import write_png
from limner.exporters.png_indexed import write_png_indexed
from limner.exporters.png_sequence import write_png_sequence
from limner.exporters.provenance import sidecar
from limner.exporters.scene_png import write_scene_png
from limner.exporters.sheet import write_sheet
from limner.exporters.starling import write_starling
from limner.exporters.texturepacker import write_texturepacker, write_texturepacker_array
from limner.exporters.tiled_json import write_tiled_json
from limner.exporters.tiled_tmx import write_tiled_tmx, write_tiled_tsx
from limner.exporters.unity import write_unity
from limner.exporters.unity_anim import write_unity_anim
from limner.exporters.unity_tilemap import write_unity_tilemap
from limner.exporters.video import write_mp4, write_webm
from limner.exporters.webp import write_webp

Art = SpriteSet | Material | Tileset | Scene


class Keeps(Flag):
    """What a format has room for."""

    NOTHING = 0
    PIXELS = auto()  # every pixel comes back as it was
    TRIM = auto()
    ROTATION = auto()
    PIVOT = auto()
    NINE_PATCH = auto()
    COLLISION = auto()
    DURATIONS = auto()
    FRAME_TAGS = auto()
    MAPS = auto()  # a material's
    MIPMAPS = auto()
    WANG_SETS = auto()
    LAYERS = auto()
    OBJECTS = auto()
    PROVENANCE = auto()  # inside the files; else in a sidecar


@dataclass(frozen=True, slots=True)
class Exporter:
    """A format: `write(art, stem, options)` gives the files by relative path; the caller writes them. `takes` is the kind of art."""

    title: str
    takes: type[Art]
    keeps: Keeps
    write: Callable[[Any, str, ExportOptions], Files]


EDITABLE = Keeps.LAYERS | Keeps.OBJECTS | Keeps.WANG_SETS | Keeps.PIXELS | Keeps.PROVENANCE
TILES = Keeps.WANG_SETS | Keeps.PIXELS | Keeps.PROVENANCE
SURFACE = Keeps.MAPS | Keeps.PROVENANCE
ANIMATED = Keeps.DURATIONS | Keeps.FRAME_TAGS | Keeps.PROVENANCE

PACKED = Keeps.PIXELS | Keeps.TRIM | Keeps.PIVOT
SAID = Keeps.NINE_PATCH | Keeps.COLLISION | Keeps.DURATIONS | Keeps.PROVENANCE


EXPORTERS = {
    "apng": Exporter("Animated PNG, one for each frame tag", SpriteSet, ANIMATED | Keeps.PIXELS, write_apng),
    "aseprite-json": Exporter(
        "Aseprite's sheet: one page, JSON with frame tags and slices",
        SpriteSet,
        PACKED | SAID | Keeps.FRAME_TAGS,
        write_aseprite,
    ),
    "css": Exporter("CSS sprites, a class each", SpriteSet, Keeps.PIXELS | Keeps.PROVENANCE, write_css),
    "dds": Exporter("DDS textures in BC formats", Material, Keeps.MAPS | Keeps.MIPMAPS, write_dds),
    "gif": Exporter("Animated GIF, one for each frame tag", SpriteSet, ANIMATED, write_gif),
    "gltf": Exporter("glTF 2.0: a GLB with the material on a plane or a ball", Material, SURFACE, write_gltf),
    "godot-atlas": Exporter(
        "Godot 4 AtlasTexture, a .tres for each sprite",
        SpriteSet,
        PACKED | Keeps.NINE_PATCH | Keeps.COLLISION | Keeps.PROVENANCE,
        write_godot_atlas,
    ),
    "godot-ktx2": Exporter("KTX2 textures as Godot 4 reads them", Material, SURFACE | Keeps.MIPMAPS, write_godot_ktx2),
    "godot-material": Exporter(
        "Godot 4 StandardMaterial3D (TRES) with its maps", Material, SURFACE | Keeps.PIXELS, write_godot_material
    ),
    "godot-scene": Exporter("Godot 4 scene (TSCN)", Scene, EDITABLE, write_godot_scene),
    "godot-spriteframes": Exporter(
        "Godot 4 SpriteFrames with packed pages",
        SpriteSet,
        Keeps.PIXELS | Keeps.TRIM | ANIMATED,
        write_godot_spriteframes,
    ),
    "godot-tileset": Exporter("Godot 4 TileSet (TRES)", Tileset, TILES, write_godot_tileset),
    "ktx2": Exporter("KTX2 textures: BC formats, ASTC, UASTC or ETC1S", Material, SURFACE | Keeps.MIPMAPS, write_ktx2),
    "ldtk": Exporter("LDtk project", Scene, Keeps.LAYERS | Keeps.OBJECTS | Keeps.PIXELS | Keeps.PROVENANCE, write_ldtk),
    "libgdx": Exporter(
        "libGDX and Spine .atlas", SpriteSet, PACKED | Keeps.ROTATION | Keeps.NINE_PATCH | Keeps.DURATIONS, write_libgdx
    ),
    "maps": Exporter("PNG maps, with ORM and Unity's mask map", Material, SURFACE | Keeps.PIXELS, write_maps),
    "mp4": Exporter("MP4 video (H.264) on a background", SpriteSet, ANIMATED, write_mp4),
    "ora": Exporter(
        "OpenRaster, in layers for painters", Scene, Keeps.LAYERS | Keeps.PIXELS | Keeps.PROVENANCE, write_ora
    ),
    "paper2d": Exporter("Unreal Paper2D sprites with packed pages", SpriteSet, PACKED | SAID, write_paper2d),
    "phaser-json": Exporter(
        "Phaser multi-atlas and animations", SpriteSet, PACKED | SAID | Keeps.FRAME_TAGS, write_phaser
    ),
    "pixi-json": Exporter(
        "PixiJS spritesheets with animations", SpriteSet, PACKED | SAID | Keeps.ROTATION | Keeps.FRAME_TAGS, write_pixi
    ),
    "png": Exporter("PNG, one file for each sprite", SpriteSet, Keeps.PIXELS | Keeps.PROVENANCE, write_png),
    "png-indexed": Exporter(
        "Indexed PNG, one file for each sprite, one palette for all", SpriteSet, Keeps.PROVENANCE, write_png_indexed
    ),
    "png-sequence": Exporter(
        "Numbered PNGs, a folder for each frame tag", SpriteSet, ANIMATED | Keeps.PIXELS, write_png_sequence
    ),
    "scene-png": Exporter("PNG of a whole scene, flattened", Scene, Keeps.PROVENANCE, write_scene_png),
    "sheet": Exporter(
        "Plain sheet: frames on a grid, and a JSON", SpriteSet, ANIMATED | Keeps.PIXELS | Keeps.PIVOT, write_sheet
    ),
    "starling-xml": Exporter("Starling and Sparrow XML", SpriteSet, PACKED | Keeps.ROTATION, write_starling),
    "texturepacker-json": Exporter(
        "TexturePacker JSON (hash) with packed pages", SpriteSet, PACKED | SAID | Keeps.ROTATION, write_texturepacker
    ),
    "texturepacker-json-array": Exporter(
        "TexturePacker JSON (array) with packed pages",
        SpriteSet,
        PACKED | SAID | Keeps.ROTATION,
        write_texturepacker_array,
    ),
    "tiled-json": Exporter("Tiled map (TMJ) with its tilesets", Scene, EDITABLE, write_tiled_json),
    "tiled-tmx": Exporter("Tiled map (TMX) with its tilesets (TSX)", Scene, EDITABLE, write_tiled_tmx),
    "tiled-tsx": Exporter("Tiled tileset (TSX)", Tileset, TILES, write_tiled_tsx),
    "unity": Exporter(
        "Unity sprites: packed pages with .png.meta",
        SpriteSet,
        PACKED | Keeps.NINE_PATCH | Keeps.COLLISION | Keeps.PROVENANCE,
        write_unity,
    ),
    "unity-anim": Exporter(
        "Unity animation clips of the sprites of `unity`",
        SpriteSet,
        Keeps.DURATIONS | Keeps.FRAME_TAGS,
        write_unity_anim,
    ),
    "unity-material": Exporter(
        "Unity material (Standard or URP) with its maps", Material, SURFACE | Keeps.PIXELS, write_unity_material
    ),
    "unity-tilemap": Exporter("JSON for Unity's tilemaps, with pictures", Scene, EDITABLE, write_unity_tilemap),
    "webm": Exporter("WebM video (VP9) with alpha", SpriteSet, ANIMATED, write_webm),
    "webp": Exporter("Animated WebP, lossless, one for each frame tag", SpriteSet, ANIMATED | Keeps.PIXELS, write_webp),
}


def export(name: str, art: Art, stem: str, options: ExportOptions | None = None) -> Files:
    """The files of format `name`.

    Raises ExportError for an unknown format and for art of a kind that it does not take, AtlasError for sprites that do not fit it.
    """
    if name not in EXPORTERS:
        raise ExportError(f"format {name!r} is unknown; use one of {', '.join(EXPORTERS)}")
    exporter = EXPORTERS[name]
    if not isinstance(art, exporter.takes):
        fitting = ", ".join(key for key, other in EXPORTERS.items() if isinstance(art, other.takes))
        raise ExportError(
            f"format {name!r} takes a {exporter.takes.__name__}, not a {type(art).__name__}; use {fitting}"
        )
    options = options or ExportOptions()
    if isinstance(art, SpriteSet):
        check_sprites(art.sprites)
        if Keeps.DURATIONS in exporter.keeps:
            check_timing(art.sprites, art.frame_tags)
        art = replace(art, sprites=tuple(enlarged(sprite, options.scale) for sprite in art.sprites))
    elif isinstance(art, Scene):
        check_scene(art)
        art = enlarged_scene(art, options.scale)
    elif isinstance(art, Tileset):
        check_tileset(art)
        art = enlarged_tileset(art, options.scale)
    else:
        check_material(art)
    files = exporter.write(art, stem, options)
    return files if Keeps.PROVENANCE in exporter.keeps else files | sidecar(stem, art.provenance)
