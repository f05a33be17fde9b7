"""Several maps in the channels of one picture, as engines want them."""

import numpy as np
from numpy.typing import NDArray

from limner.atlas.materials import Map, Material
from limner.atlas.sprites import Pixels


def orm(material: Material) -> NDArray[np.uint8]:
    """Red ambient occlusion, green roughness, blue metallic, (h, w, 3): glTF, Godot, Unreal. Linear."""
    return np.dstack([occlusion_of(material), roughness_of(material), metallic_of(material)])


def mask_map(material: Material, detail: Map | None = None) -> Pixels:
    """Red metallic, green ambient occlusion, blue the detail mask, alpha smoothness, (h, w, 4): Unity's HDRP. Linear.

    Without `detail` the blue is 0: no detail map shows anywhere.
    """
    mask = np.zeros_like(metallic_of(material)) if detail is None else detail
    return np.dstack([metallic_of(material), occlusion_of(material), mask, 255 - roughness_of(material)])


def metallic_smoothness(material: Material) -> Pixels:
    """Red, green and blue metallic, alpha smoothness, (h, w, 4): Unity's Standard and URP Lit. Linear."""
    metallic = metallic_of(material)
    return np.dstack([metallic, metallic, metallic, 255 - roughness_of(material)])


def occlusion_of(material: Material) -> Map:
    """White, nothing in the way, where the material has no map."""
    return _map(material, "ambient_occlusion", 255)


def roughness_of(material: Material) -> Map:
    """White, wholly rough, where the material has no map."""
    return _map(material, "roughness", 255)


def metallic_of(material: Material) -> Map:
    """Black, no metal, where the material has no map."""
    return _map(material, "metallic", 0)


def _map(material: Material, name: str, otherwise: int) -> Map:
    width, height = material.size
    found = {str(key): pixels for key, pixels in material.maps.items()}.get(name)
    return np.full((height, width), otherwise, np.uint8) if found is None else found
