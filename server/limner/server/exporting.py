"""Assets as the art that a format takes: sprites from pictures, a material from the maps of a texture."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from PIL import Image

from limner.atlas.materials import CHANNELS, MapName, Material
from limner.atlas.scenes import Scene
from limner.atlas.sprites import FrameTag, Provenance, Sprite, SpriteSet
from limner.atlas.tilesets import Tileset
from limner.exporters.files import ExportError
from limner.exporters.registry import EXPORTERS, Art
from limner.recipes.texture import MAPS
from limner.server import bundles
from limner.server.jobs import StoredAsset


class Named(NamedTuple):
    """A piece of art and the stem of its files."""

    stem: str
    art: Art


def art_of(
    file_format: str, stem: str, stored: Sequence[StoredAsset], contents: Sequence[bytes], said: Provenance
) -> Iterator[Named]:
    """The art that these assets make for a format. Raises ExportError for assets that are of another kind."""
    takes = EXPORTERS[file_format].takes
    if takes is Material:
        yield from _materials(stem, stored, contents, said)
    elif takes is Scene or takes is Tileset:
        yield from _scenes(stem, stored, contents, of_tilesets=takes is Tileset)
    else:
        if any(asset.facts.get("role") == "scene" for asset in stored):
            raise ExportError(f"format {file_format!r} takes pictures; leave the asset out whose role is scene")
        yield Named(stem, _sprites(stem, stored, contents, said))


def _sprites(stem: str, stored: Sequence[StoredAsset], contents: Sequence[bytes], said: Provenance) -> SpriteSet:
    """Pictures side by side; frames of animations with their durations, a tag for each."""
    sprites: list[Sprite] = []
    tags: list[tuple[FrameTag, StoredAsset]] = []
    for number, (asset, content) in enumerate(zip(stored, contents, strict=True)):
        duration = asset.facts.get("duration_ms", 100)
        sprites.append(Sprite(name=f"{stem}-{number + 1}", pixels=_pixels(content), duration_ms=duration))
        if asset.facts.get("role") != "frame":
            continue
        if tags and _goes_on(tags[-1], asset, number):
            tags[-1] = (replace(tags[-1][0], last=number), asset)
        else:
            name, taken = _tag_name(asset), {tag.name for tag, _ in tags}
            unique = name if name not in taken else f"{name}-{len(tags) + 1}"
            tags.append((FrameTag(name=unique, first=number, last=number, loop=bool(asset.facts["loops"])), asset))
    return SpriteSet(sprites=tuple(sprites), frame_tags=tuple(tag for tag, _ in tags), provenance=said)


def _tag_name(asset: StoredAsset) -> str:
    """`walk`, or `walk-south-east` for a figure that was turned there."""
    action, direction = str(asset.facts["action"]), str(asset.facts.get("direction", "unspecified"))
    return action if direction == "unspecified" else f"{action}-{direction}"


def _goes_on(tagged: tuple[FrameTag, StoredAsset], asset: StoredAsset, number: int) -> bool:
    """The frame `number` belongs to the same animation as the one before it."""
    tag, before = tagged
    same = (before.generation, _tag_name(before)) == (asset.generation, _tag_name(asset))
    return same and tag.last == number - 1


def _scenes(stem: str, stored: Sequence[StoredAsset], contents: Sequence[bytes], of_tilesets: bool) -> Iterator[Named]:
    """Each scene, or each of its tilesets; those after the first scene are numbered."""
    if any(asset.facts.get("role") != "scene" for asset in stored):
        raise ExportError(
            "the format takes a Scene or its tilesets; name the asset of a scene brief whose role is scene"
        )
    for number, content in enumerate(contents, 1):
        own = stem if number == 1 else f"{stem}-{number}"
        scene = bundles.unpacked(content, own)
        if of_tilesets:
            yield from (Named(f"{own}-{tileset.name}", tileset) for tileset in scene.tilesets)
        else:
            yield Named(own, scene)


def _materials(
    stem: str, stored: Sequence[StoredAsset], contents: Sequence[bytes], said: Provenance
) -> Iterator[Named]:
    """A material for each variant of a texture, in their order; those after the first are numbered."""
    variants: dict[tuple[str, int], dict[MapName, np.ndarray]] = {}
    tiles: dict[tuple[str, int], tuple[bool, bool]] = {}
    for asset, content in zip(stored, contents, strict=True):
        name: MapName | None = (
            "albedo" if asset.facts.get("role") == "albedo" else MAPS.get(asset.facts.get("role", ""))
        )
        if name is None:
            raise ExportError(
                "a material is made of a texture's maps; name assets with the role albedo, normal and so on"
            )
        key = (asset.generation, asset.facts["candidate"])
        variants.setdefault(key, {})[name] = _map(name, content)
        tiles[key] = (asset.facts["tile_x"], asset.facts["tile_y"])
    for number, (key, maps) in enumerate(variants.items(), 1):
        own = stem if number == 1 else f"{stem}-{number}"
        tile_x, tile_y = tiles[key]
        yield Named(own, Material(name=own, maps=maps, tile_x=tile_x, tile_y=tile_y, provenance=said))


def _map(name: MapName, content: bytes) -> np.ndarray:
    pixels = _pixels(content)
    channels = CHANNELS.get(name)
    return np.ascontiguousarray(pixels[..., :channels] if channels else pixels[..., 0])


def _pixels(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content)) as picture:
        return np.asarray(picture.convert("RGBA"))
