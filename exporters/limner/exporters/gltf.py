"""glTF 2.0 as one GLB file: a plane or a ball with the material; Blender, Godot, Unreal and the web open it.

Source: the Khronos glTF 2.0 specification. Height has no place in it and is left out.
"""

import json
import struct
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from limner.atlas.channels import orm
from limner.atlas.materials import MapName, Material
from limner.exporters.files import Files
from limner.exporters.meshes import Mesh, plane, sphere
from limner.exporters.options import ExportOptions
from limner.exporters.png import encoded
from limner.exporters.transparency import transparency

MAGIC, VERSION, JSON_CHUNK, BINARY_CHUNK = b"glTF", 2, b"JSON", b"BIN\0"
FLOAT, UNSIGNED_SHORT = 5126, 5123
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963
NEAREST, NEAREST_MIPMAP_LINEAR, LINEAR, LINEAR_MIPMAP_LINEAR = 9728, 9986, 9729, 9987
REPEAT, CLAMP = 10497, 33071
PACKED = ("ambient_occlusion", "roughness", "metallic")


@dataclass(slots=True)
class _Binary:
    """The binary chunk as it grows, and the JSON that says what lies where."""

    content: bytearray = field(default_factory=bytearray)
    views: list[dict[str, object]] = field(default_factory=list)
    accessors: list[dict[str, object]] = field(default_factory=list)

    def view(self, content: bytes, **more: object) -> int:
        """The number of the view over these bytes; each starts at a multiple of four."""
        self.content += bytes(-len(self.content) % 4)
        self.views.append({"buffer": 0, "byteOffset": len(self.content), "byteLength": len(content), **more})
        self.content += content
        return len(self.views) - 1

    def accessor(self, values: NDArray[np.float32], bounded: bool = False) -> int:
        view = self.view(values.tobytes(), target=ARRAY_BUFFER)
        entry: dict[str, object] = {"bufferView": view, "componentType": FLOAT, "count": len(values)}
        entry["type"] = f"VEC{values.shape[1]}"
        if bounded:
            entry |= {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}
        self.accessors.append(entry)
        return len(self.accessors) - 1

    def indices(self, triangles: NDArray[np.uint16]) -> int:
        view = self.view(triangles.tobytes(), target=ELEMENT_ARRAY_BUFFER)
        entry = {"bufferView": view, "componentType": UNSIGNED_SHORT, "count": triangles.size, "type": "SCALAR"}
        self.accessors.append(entry)
        return len(self.accessors) - 1


def write_gltf(material: Material, stem: str, options: ExportOptions) -> Files:
    """`<stem>.glb`; pictures and mesh lie inside."""
    binary = _Binary()
    mesh = plane() if options.material.mesh == "plane" else sphere()
    primitive = _primitive(mesh, binary)
    pictures = _pictures(material)
    images = [
        {"name": f"{material.name} {name}", "bufferView": binary.view(encoded(pixels)), "mimeType": "image/png"}
        for name, pixels in pictures.items()
    ]
    asset: dict[str, object] = {"version": "2.0", "generator": "Limner"}
    if material.provenance:
        asset["extras"] = {"provenance": dict(sorted(material.provenance.items()))}
    document = {
        "asset": asset,
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"name": material.name, "mesh": 0}],
        "meshes": [{"name": options.material.mesh, "primitives": [primitive]}],
        "materials": [_material(material, list(pictures), options)],
        "textures": [{"sampler": 0, "source": number} for number in range(len(images))],
        "images": images,
        "samplers": [_sampler(material, options)],
        "accessors": binary.accessors,
        "bufferViews": binary.views,
        "buffers": [{"byteLength": len(binary.content)}],
    }
    return {f"{stem}.glb": _packed(document, binary.content)}


def _packed(document: object, binary: bytearray) -> bytes:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    binary += bytes(-len(binary) % 4)
    head = struct.pack("<4sII", MAGIC, VERSION, 28 + len(text) + len(binary))
    text_head, binary_head = struct.pack("<I4s", len(text), JSON_CHUNK), struct.pack("<I4s", len(binary), BINARY_CHUNK)
    return b"".join([head, text_head, text, binary_head, binary])


def _pictures(material: Material) -> dict[str, NDArray[np.uint8]]:
    names: tuple[MapName, ...] = ("albedo", "normal", "emission")
    found = {str(name): material.maps[name] for name in names if name in material.maps}
    return found | ({"orm": orm(material)} if material.maps.keys() & set(PACKED) else {})


def _primitive(mesh: Mesh, binary: _Binary) -> dict[str, object]:
    attributes = {
        "POSITION": binary.accessor(mesh.positions, bounded=True),
        "NORMAL": binary.accessor(mesh.normals),
        "TANGENT": binary.accessor(mesh.tangents),
        "TEXCOORD_0": binary.accessor(mesh.places),
    }
    return {"attributes": attributes, "indices": binary.indices(mesh.triangles), "material": 0}


def _material(material: Material, pictures: list[str], options: ExportOptions) -> dict[str, object]:
    """Missing maps are the factors' work: rough, and no metal."""

    def texture(name: str) -> dict[str, object]:
        return {"index": pictures.index(name)}

    surface: dict[str, object] = {"baseColorTexture": texture("albedo")}
    entry: dict[str, object] = {"name": material.name, "pbrMetallicRoughness": surface}
    if "orm" in pictures:
        surface["metallicRoughnessTexture"] = texture("orm")
        if "ambient_occlusion" in material.maps:
            entry["occlusionTexture"] = texture("orm")
    else:
        surface |= {"metallicFactor": 0.0, "roughnessFactor": 1.0}
    if "normal" in pictures:
        entry["normalTexture"] = texture("normal")
    if "emission" in pictures:
        entry |= {"emissiveTexture": texture("emission"), "emissiveFactor": [1.0, 1.0, 1.0]}
    kind = transparency(material)
    if kind != "opaque":
        entry["alphaMode"] = kind.upper()
    if options.material.mesh == "plane":
        entry["doubleSided"] = True
    return entry


def _sampler(material: Material, options: ExportOptions) -> dict[str, int]:
    pixelated = options.material.pixelated
    return {
        "magFilter": NEAREST if pixelated else LINEAR,
        "minFilter": NEAREST_MIPMAP_LINEAR if pixelated else LINEAR_MIPMAP_LINEAR,
        "wrapS": REPEAT if material.tile_x else CLAMP,
        "wrapT": REPEAT if material.tile_y else CLAMP,
    }
