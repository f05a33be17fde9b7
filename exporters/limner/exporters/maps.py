"""Plain maps: a PNG each, and the packed ones that engines ask for."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from limner.atlas.channels import green_flipped, orm, unity_mask
from limner.atlas.materials import MapName, Material
from limner.exporters.files import Files
from limner.exporters.options import ExportOptions
from limner.exporters.png import encoded

SUFFIXES: Mapping[MapName, str] = {
    "albedo": "albedo",
    "normal": "normal",
    "roughness": "roughness",
    "ambient_occlusion": "ao",
    "metallic": "metallic",
    "height": "height",
    "emission": "emission",
}


def write_maps(material: Material, stem: str, options: ExportOptions) -> Files:
    """`<stem>_<map>.png` for every map, `<stem>_orm.png` and, for Unity, `<stem>_mask.png`."""
    maps: dict[str, NDArray[np.uint8]] = {SUFFIXES[name]: pixels for name, pixels in material.maps.items()}
    if options.material.green == "directx" and "normal" in maps:
        maps["normal"] = green_flipped(maps["normal"])
    maps |= {"orm": orm(material), "mask": unity_mask(material)}
    return map_files(maps, material, stem)


def map_files(maps: Mapping[str, NDArray[np.uint8]], material: Material, stem: str) -> Files:
    """`<stem>_<suffix>.png` each, with the material's provenance."""
    return {f"{stem}_{suffix}.png": encoded(pixels, material.provenance) for suffix, pixels in maps.items()}
