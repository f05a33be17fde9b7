"""The textures of a material for a GPU: which map becomes which format, with its mipmaps."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from limner.atlas.channels import green_flipped, orm
from limner.atlas.materials import Material
from limner.atlas.mipmaps import Encoding, mip_chain
from limner.exporters.block_codecs import compressed, compressed_astc
from limner.exporters.files import ExportError
from limner.exporters.gpu_formats import BlockFormat, Texture
from limner.exporters.options import ExportOptions


class Picture(NamedTuple):
    """One texture before compression."""

    name: str
    pixels: NDArray[np.uint8]
    encoding: Encoding


def pictures(material: Material, options: ExportOptions) -> Iterator[Picture]:
    """Albedo; normal with the green of the options; ORM where one of its three maps is there; height; emission."""
    maps = material.maps
    yield Picture("albedo", maps["albedo"], "srgb")
    if "normal" in maps:
        flip = options.material.green == "directx"
        yield Picture("normal", green_flipped(maps["normal"]) if flip else maps["normal"], "normal")
    if maps.keys() & {"ambient_occlusion", "roughness", "metallic"}:
        yield Picture("orm", orm(material), "linear")
    if "height" in maps:
        yield Picture("height", maps["height"], "linear")
    if "emission" in maps:
        yield Picture("emission", maps["emission"], "srgb")


def block_textures(material: Material, options: ExportOptions) -> dict[str, Texture]:
    """Each picture in the BC format that suits it: colours as chosen, normals BC5 (x and y), height BC4."""
    return {
        picture.name: _texture(picture, _bc_format(picture, options), options)
        for picture in pictures(material, options)
    }


def astc_textures(material: Material, options: ExportOptions) -> dict[str, Texture]:
    """Each picture in ASTC of 4 × 4."""
    return {picture.name: _texture(picture, "astc", options) for picture in pictures(material, options)}


def levels(picture: Picture, options: ExportOptions) -> tuple[NDArray[np.uint8], ...]:
    """The picture and its mipmaps, or it alone."""
    if not options.texture.mipmaps:
        return (picture.pixels,)
    return mip_chain(picture.pixels, picture.encoding, options.texture.cutout if picture.name == "albedo" else None)


def opaque(picture: Picture) -> bool:
    return picture.pixels.shape[2:] != (4,) or bool((picture.pixels[..., 3] == 255).all())


def _bc_format(picture: Picture, options: ExportOptions) -> BlockFormat:
    if picture.name in ("normal", "height"):
        return "bc5" if picture.name == "normal" else "bc4"
    if options.texture.colour == "bc1" and not opaque(picture):
        raise ExportError(f"map {picture.name!r} has transparent pixels, which BC1 cannot hold; choose bc3 or bc7")
    return options.texture.colour


def _texture(picture: Picture, block_format: BlockFormat, options: ExportOptions) -> Texture:
    height, width = picture.pixels.shape[:2]
    srgb = picture.encoding == "srgb" and options.texture.srgb

    def blocks(level: NDArray[np.uint8]) -> bytes:
        if block_format == "astc":
            return compressed_astc(level, srgb, options.texture.astcenc)
        return compressed(level, block_format, perceptual=srgb and opaque(picture))

    return Texture(
        format=block_format,
        srgb=srgb,
        opaque=opaque(picture),
        width=width,
        height=height,
        levels=[blocks(level) for level in levels(picture, options)],
    )
