"""Several maps in the channels of one picture, as engines read them."""

import numpy as np
from numpy.typing import NDArray

from limner.atlas.materials import MapName, Material

NEUTRAL: dict[MapName, int] = {
    "ambient_occlusion": 255,
    "roughness": 255,
    "metallic": 0,
}  # what a missing map stands for


def orm(material: Material) -> NDArray[np.uint8]:
    """(h, w, 3): ambient occlusion, roughness, metallic; glTF, Unreal and Godot read it. A missing map is open, rough, no metal."""
    return np.stack([plain_map(material, name) for name in ("ambient_occlusion", "roughness", "metallic")], axis=-1)


def unity_mask(material: Material) -> NDArray[np.uint8]:
    """(h, w, 4): metallic, ambient occlusion, detail mask, smoothness. Nothing is masked: detail is 255."""
    metallic, occlusion = plain_map(material, "metallic"), plain_map(material, "ambient_occlusion")
    smoothness = 255 - plain_map(material, "roughness")
    return np.stack([metallic, occlusion, np.full_like(metallic, 255), smoothness], axis=-1)


def plain_map(material: Material, name: MapName) -> NDArray[np.uint8]:
    """The map of one channel (h, w), or its neutral value everywhere."""
    if name in material.maps:
        return material.maps[name]
    return np.full((material.size.height, material.size.width), NEUTRAL[name], np.uint8)


def green_flipped(normal: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The normals with y the other way round: OpenGL's from DirectX's and back. 128 stays 128; 0 would be 256 and becomes 255."""
    out = normal.copy()
    out[..., 1] = np.minimum(256 - normal[..., 1].astype(np.int16), 255)
    return out
