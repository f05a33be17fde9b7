"""DDS: DirectX's container of compressed textures. It has no room for provenance.

The old header where it says all; the extension of DirectX 10 for sRGB and BC7. Source: Microsoft's DDS programming guide.
"""

import struct

from limner.atlas.materials import Material
from limner.exporters.files import Files
from limner.exporters.gpu_formats import Texture
from limner.exporters.gpu_textures import block_textures
from limner.exporters.options import ExportOptions

HEADER_BYTES, PIXEL_FORMAT_BYTES = 124, 32
CAPS, HEIGHT, WIDTH, PIXEL_FORMAT, MIPMAP_COUNT, LINEAR_SIZE = (
    0x1,
    0x2,
    0x4,
    0x1000,
    0x20000,
    0x80000,
)  # fields that are set
FOUR_CC = 0x4
COMPLEX, TEXTURE, MIPMAP = 0x8, 0x1000, 0x400000
TEXTURE_2D, STRAIGHT, OPAQUE = 3, 1, 3


def write_dds(material: Material, stem: str, options: ExportOptions) -> Files:
    """`<stem>_<map>.dds` for albedo, normal, ORM, height and emission, as far as they are there."""
    return {f"{stem}_{name}.dds": packed(texture) for name, texture in block_textures(material, options).items()}


def packed(texture: Texture) -> bytes:
    """The file of one texture."""
    naming, count = texture.naming, len(texture.levels)
    extended = texture.srgb or not naming.four_cc
    flags = CAPS | HEIGHT | WIDTH | PIXEL_FORMAT | LINEAR_SIZE | (MIPMAP_COUNT if count > 1 else 0)
    pixel_format = struct.pack(
        "<II4s5I", PIXEL_FORMAT_BYTES, FOUR_CC, b"DX10" if extended else naming.four_cc, *[0] * 5
    )
    caps = TEXTURE | (COMPLEX | MIPMAP if count > 1 else 0)
    sizes = (texture.height, texture.width, len(texture.levels[0]), 0, count)
    header = (
        struct.pack("<4s7I44x", b"DDS ", HEADER_BYTES, flags, *sizes)
        + pixel_format
        + struct.pack("<5I", caps, 0, 0, 0, 0)
    )
    if extended:
        dxgi = naming.dxgi_srgb if texture.srgb else naming.dxgi
        header += struct.pack("<5I", dxgi, TEXTURE_2D, 0, 1, OPAQUE if texture.opaque else STRAIGHT)
    return header + b"".join(texture.levels)
