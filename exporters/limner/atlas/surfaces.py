"""A material from a picture of its surface: what can be told from colours alone, and what follows from it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limner.atlas.colour import Floats, luminance, to_bytes
from limner.atlas.materials import MapName, Material
from limner.atlas.relief import ambient_occlusion, normals_of, roughness_of, slopes, usual_depth
from limner.atlas.sprites import AtlasError, Pixels, Provenance
from limner.atlas.wrapping import gaussian_blurred

LARGE = 1 / 16  # where large forms end and detail begins, as a share of the shorter side


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceOptions:
    """How a surface is read."""

    depth: float | None = (
        None  # how many pixels its highest point lies above its lowest; None: 1/24 of the shorter side
    )
    detail: float = 0.6  # how much of the height is detail, in [0, 1]; the rest is large forms
    inverted: bool = False  # dark is high
    roughness: float = 0.6  # of an even part, in [0, 1]
    metallic: bool = False  # look for metal in the colours; most surfaces have none


def material_from(
    albedo: Pixels,
    name: str,
    options: SurfaceOptions | None = None,
    tile_x: bool = True,
    tile_y: bool = True,
    provenance: Provenance | None = None,
) -> Material:
    """The maps of a surface from its colours: height, normal, roughness, ambient occlusion and metallic. They tile where it does."""
    chosen = options or SurfaceOptions()
    height = height_from(albedo, chosen.detail, chosen.inverted, tile_x, tile_y)
    depth = usual_depth(height.shape) if chosen.depth is None else chosen.depth
    right, down = slopes(height, depth, tile_x, tile_y)
    maps: dict[MapName, NDArray[np.uint8]] = {
        "albedo": albedo,
        "normal": normals_of(right, down),
        "roughness": roughness_of(right, down, tile_x, tile_y, chosen.roughness),
        "ambient_occlusion": ambient_occlusion(height, depth, tile_x, tile_y),
        "metallic": metallic_from(albedo) if chosen.metallic else np.zeros(height.shape, np.uint8),
        "height": to_bytes(height),
    }
    return Material(name=name, maps=maps, tile_x=tile_x, tile_y=tile_y, provenance=provenance or {})


def height_from(
    albedo: Pixels, detail: float = 0.6, inverted: bool = False, tile_x: bool = True, tile_y: bool = True
) -> Floats:
    """A height in [0, 1], (h, w): bright is high, clear is lowest.

    Large forms and detail are told apart by a Gaussian, each is brought to the same spread, and they are added in the share
    `detail`; so a slow change of light does not drown the grain. An even picture is 0.5 everywhere. Raises AtlasError for no pixels.
    """
    if 0 in albedo.shape[:2]:
        raise AtlasError(f"the albedo is {albedo.shape[1]} × {albedo.shape[0]}; give it pixels")
    bright = np.cbrt(luminance(albedo)) * (albedo[..., 3] * np.float32(1 / 255))  # about as the eye sees steps of light
    large = gaussian_blurred(bright, max(1.0, min(bright.shape) * LARGE), tile_x, tile_y)
    height = np.float32(1 - detail) * _spread(large) + np.float32(detail) * _spread(bright - large)
    low, high = np.percentile(height, (0.5, 99.5))
    if high - low < 1e-4:
        return np.full(height.shape, 0.5, np.float32)
    height = np.clip((height - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.float32(1) - height if inverted else height


def metallic_from(albedo: Pixels) -> NDArray[np.uint8]:
    """Where the colours could be bare metal, (h, w): grey or golden, and bright.

    A guess from colour alone: bare metals reflect at least about half of the light (Hoffman, SIGGRAPH physically based shading
    notes), grey for iron, silver and aluminium, reddish yellow for copper, gold and brass. Bright stone passes as well.
    """
    rgb = albedo[..., :3].astype(np.float32) / 255
    high, low = rgb.max(axis=-1), rgb.min(axis=-1)
    saturation = (high - low) / np.maximum(high, 1e-6)
    warm = (rgb[..., 0] >= rgb[..., 1]) & (rgb[..., 1] > rgb[..., 2])
    grey = np.clip(1 - saturation / 0.15, 0, 1)
    golden = np.where(warm & (rgb[..., 1] > 0.45 * rgb[..., 0]), np.clip((saturation - 0.25) / 0.15, 0, 1), 0)
    bright = np.clip((luminance(albedo) - 0.25) / 0.25, 0, 1)
    return to_bytes((np.maximum(grey, golden) * bright * (albedo[..., 3] > 0)).astype(np.float32))


def _spread(values: Floats) -> Floats:
    """Mean 0 and deviation 1; even values become 0."""
    deviation = float(values.std())
    centred = values - values.mean()
    return centred / np.float32(deviation) if deviation > 1e-5 else np.zeros_like(values)
