"""What DDS and KTX2 call the block formats of GPUs, and the levels of one texture.

Sources: Vulkan's `VkFormat`, Direct3D's `DXGI_FORMAT`, the Khronos Data Format Specification 1.3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

BlockFormat = Literal["bc1", "bc3", "bc4", "bc5", "bc7", "astc"]
SIDE = 4  # pixels along a block


class Sample(NamedTuple):
    """One part of a block: which channel it holds, and its bits."""

    channel: int  # 0 is colour, data or red; 1 green; 15 alpha
    offset: int
    bits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """The numbers of a format; sRGB ones are 0 where there is no such format."""

    block_bytes: int
    vulkan: int
    vulkan_srgb: int
    model: int  # of colour, in a data format descriptor
    samples: tuple[Sample, ...]
    dxgi: int = 0
    dxgi_srgb: int = 0
    four_cc: bytes = b""  # of DDS before DirectX 10, for linear values alone


NAMINGS: Mapping[BlockFormat, Naming] = {
    "bc1": Naming(
        block_bytes=8,
        vulkan=131,
        vulkan_srgb=132,
        model=128,
        samples=(Sample(0, 0, 64),),
        dxgi=71,
        dxgi_srgb=72,
        four_cc=b"DXT1",
    ),
    "bc3": Naming(
        block_bytes=16,
        vulkan=137,
        vulkan_srgb=138,
        model=130,
        samples=(Sample(15, 0, 64), Sample(0, 64, 64)),
        dxgi=77,
        dxgi_srgb=78,
        four_cc=b"DXT5",
    ),
    "bc4": Naming(
        block_bytes=8, vulkan=139, vulkan_srgb=0, model=131, samples=(Sample(0, 0, 64),), dxgi=80, four_cc=b"BC4U"
    ),
    "bc5": Naming(
        block_bytes=16,
        vulkan=141,
        vulkan_srgb=0,
        model=132,
        samples=(Sample(0, 0, 64), Sample(1, 64, 64)),
        dxgi=83,
        four_cc=b"BC5U",
    ),
    "bc7": Naming(
        block_bytes=16, vulkan=145, vulkan_srgb=146, model=134, samples=(Sample(0, 0, 128),), dxgi=98, dxgi_srgb=99
    ),
    "astc": Naming(block_bytes=16, vulkan=157, vulkan_srgb=158, model=162, samples=(Sample(0, 0, 128),)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Texture:
    """One picture in blocks, the largest level first, each half the one before (rounded down)."""

    format: BlockFormat
    srgb: bool
    opaque: bool
    width: int
    height: int
    levels: Sequence[bytes]

    @property
    def naming(self) -> Naming:
        return NAMINGS[self.format]
