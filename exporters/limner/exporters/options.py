"""What a caller may choose about an export. Every choice has a default that suits most games."""

from dataclasses import dataclass, field

from limner.atlas.packing import PackOptions


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
class ExportOptions:
    """Choices for all formats; each format takes those that concern it."""

    pack: PackOptions = field(default_factory=PackOptions)
    scale: int = 1  # whole-factor enlargement, in [1, 16]
    columns: int = 0  # of a plain sheet; 0 makes it about as wide as high
    colours: int = 256  # the most in an indexed PNG, transparency among them, in [2, 256]
    video: VideoOptions = field(default_factory=VideoOptions)
    scene: SceneOptions = field(default_factory=SceneOptions)
