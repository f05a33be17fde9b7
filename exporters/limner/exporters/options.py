"""What a caller may choose about an export. Every choice has a default that suits most games."""

from dataclasses import dataclass, field
from typing import Literal

from limner.atlas.packing import PackOptions
from limner.atlas.relief import Green


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoOptions:
    """How WebM and MP4 are made."""

    background: tuple[int, int, int] = (0, 0, 0)  # sRGB; what MP4, which has no alpha, shows behind the pixels
    fps: float | None = None  # one rate for all frames, in (0, 240]; None keeps each frame's own duration
    quality: int = 12  # the encoder's constant rate factor, in [0, 51]: 0 is the best, each 6 about halves the file


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneOptions:
    """How scenes are written."""

    embed_tilesets: bool = True  # Tiled's JSON: inside the map (Phaser reads no others), or as `.tsj` files beside it


@dataclass(frozen=True, slots=True, kw_only=True)
class TextureOptions:
    """How DDS and KTX2 are compressed."""

    colour: Literal["bc1", "bc3", "bc7"] = "bc7"  # of albedo, emission and ORM; BC1 holds no alpha
    ktx2: Literal["bc", "uastc", "etc1s", "astc"] = "bc"  # UASTC and ETC1S need the program basisu, ASTC needs astcenc
    srgb: bool = (
        True  # say that colours are sRGB; engines that do not work in linear light (PixiJS) darken those that do
    )
    mipmaps: bool = True
    cutout: float | None = None  # alpha in (0, 1) below which the game draws nothing: mipmaps keep the share above it
    basisu: str = "basisu"  # name or path of the program
    astcenc: str = "astcenc"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialOptions:
    """How materials are written."""

    green: Green = (
        "opengl"  # of the normals in `maps`, `dds` and `ktx2`; each engine's own format has what the engine wants
    )
    pixelated: bool = False  # show pixels as squares, not smoothly
    mesh: Literal["plane", "sphere"] = (
        "plane"  # what carries the material in a GLB: a square of 1 m, or a ball 1 m wide
    )
    unity_pipeline: Literal["standard", "urp"] = "standard"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """Choices for all formats; each format takes those that concern it."""

    pack: PackOptions = field(default_factory=PackOptions)
    scale: int = 1  # whole-factor enlargement, in [1, 16]
    columns: int = 0  # of a plain sheet; 0 makes it about as wide as high
    colours: int = 256  # the most in an indexed PNG, transparency among them, in [2, 256]
    video: VideoOptions = field(default_factory=VideoOptions)
    scene: SceneOptions = field(default_factory=SceneOptions)
    texture: TextureOptions = field(default_factory=TextureOptions)
    material: MaterialOptions = field(default_factory=MaterialOptions)
