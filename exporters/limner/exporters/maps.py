"""A material as plain PNG maps: each for itself, and packed as engines read them."""

import numpy as np
from numpy.typing import NDArray

from limner.atlas.channels import NEUTRAL, green_flipped, orm, unity_mask
from limner.atlas.materials import Material
from limner.exporters.files import Files
from limner.exporters.options import ExportOptions
from limner.exporters.png import encoded


def write_maps(material: Material, stem: str, options: ExportOptions) -> Files:
    """`<stem>-<map>.png` for each map, and where there is one of the three `<stem>-orm.png` and `<stem>-mask.png` (Unity's HDRP).

    A normal map has the green that the options ask for; one in DirectX's is `<stem>-normal-directx.png`.
    """
    found = {name.replace("_", "-"): pixels for name, pixels in material.maps.items()}
    if options.material.green == "directx" and "normal" in found:
        found["normal-directx"] = green_flipped(found.pop("normal"))
    if has_surface(material):
        found |= {"orm": orm(material), "mask": unity_mask(material)}
    return {f"{stem}-{name}.png": picture(pixels, material) for name, pixels in found.items()}


def has_surface(material: Material) -> bool:
    """Whether there is a map of ambient occlusion, roughness or metal."""
    return any(name in material.maps for name in NEUTRAL)


def is_clear(material: Material) -> bool:
    """Whether something of the albedo is not opaque."""
    return bool((material.maps["albedo"][..., 3] < 255).any())


def picture(pixels: NDArray[np.uint8], material: Material) -> bytes:
    """One map, (h, w), (h, w, 3) or (h, w, 4), as a grey, RGB or RGBA PNG."""
    return encoded(np.ascontiguousarray(pixels), material.provenance)
