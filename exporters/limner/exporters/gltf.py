"""glTF 2.0, binary: a plane or a sphere that carries the material. Blender, Godot, Unreal and Unity read it.

Base colour, normal, emission and, in one picture, occlusion, roughness and metal; glTF has no place for a height.
Textures repeat along the axes on which the material tiles.
"""

import json
import struct
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from limner.atlas.channels import orm
from limner.atlas.materials import Material
from limner.exporters.files import Files
from limner.exporters.maps import has_surface, is_clear, picture
from limner.exporters.options import ExportOptions, MaterialOptions

FLOAT, UNSIGNED_SHORT = 5126, 5123  # accessor component types
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963
NEAREST, LINEAR, NEAREST_MIPMAPS, LINEAR_MIPMAPS = 9728, 9729, 9984, 9987
REPEAT, CLAMP = 10497, 33071
AROUND, DOWN = 48, 24  # the sphere's quads
JSON_CHUNK, BINARY_CHUNK = 0x4E4F534A, 0x004E4942


class Mesh(NamedTuple):
    """Corners (n, 3), normals (n, 3), texture places (n, 2) from the top left, tangents (n, 4), and triangles (m, 3)."""

    positions: NDArray[np.float32]
    normals: NDArray[np.float32]
    places: NDArray[np.float32]
    tangents: NDArray[np.float32]
    triangles: NDArray[np.uint16]


@dataclass(slots=True)
class _Binary:
    """The buffer as it grows, and its views."""

    content: bytearray = field(default_factory=bytearray)
    views: list[dict[str, int]] = field(default_factory=list)

    def added(self, part: bytes, target: int | None = None) -> int:
        """The number of the view that holds `part`."""
        self.content += b"\0" * (-len(self.content) % 4)
        view = {"buffer": 0, "byteOffset": len(self.content), "byteLength": len(part)}
        self.views.append(view if target is None else view | {"target": target})
        self.content += part
        return len(self.views) - 1


def write_gltf(material: Material, stem: str, options: ExportOptions) -> Files:
    """`<stem>.glb`."""
    binary = _Binary()
    mesh = sphere() if options.material.shape == "sphere" else plane()
    accessors = _accessors(binary, mesh)
    images, textures = _pictures(binary, material)
    extras = {"extras": {"provenance": dict(sorted(material.provenance.items()))}} if material.provenance else {}
    tree = {
        "asset": {"version": "2.0", "generator": "limner", **extras},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": material.name}],
        "meshes": [{"name": material.name, "primitives": [_primitive()]}],
        "materials": [_material(material, textures, options.material) | extras],
        "textures": [{"sampler": 0, "source": number} for number in range(len(images))],
        "images": images,
        "samplers": [_sampler(material, options.material)],
        "accessors": accessors,
        "bufferViews": binary.views,
        "buffers": [{"byteLength": len(binary.content)}],
    }
    return {f"{stem}.glb": _glb(tree, bytes(binary.content))}


def plane() -> Mesh:
    """One unit square that looks along +z, the picture upright."""
    corners = np.array([(-0.5, 0.5, 0), (0.5, 0.5, 0), (0.5, -0.5, 0), (-0.5, -0.5, 0)], np.float32)
    places = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32)
    normals = np.tile(np.array([0, 0, 1], np.float32), (4, 1))
    tangents = np.tile(np.array([1, 0, 0, 1], np.float32), (4, 1))
    return Mesh(corners, normals, places, tangents, np.array([(0, 3, 2), (0, 2, 1)], np.uint16))


def sphere() -> Mesh:
    """A ball of diameter 1 with the picture twice around and once from pole to pole."""
    u, v = np.meshgrid(np.linspace(0, 1, AROUND + 1), np.linspace(0, 1, DOWN + 1))
    turn, fall = u.ravel() * 2 * np.pi, v.ravel() * np.pi
    normals = np.stack([np.sin(fall) * np.sin(turn), np.cos(fall), np.sin(fall) * np.cos(turn)], axis=1)
    tangents = np.stack([np.cos(turn), np.zeros_like(turn), -np.sin(turn), np.ones_like(turn)], axis=1)
    places = np.stack([2 * u.ravel(), v.ravel()], axis=1)
    row, column = np.meshgrid(np.arange(DOWN), np.arange(AROUND), indexing="ij")
    first = (row * (AROUND + 1) + column).ravel()
    below = first + AROUND + 1
    triangles = np.concatenate([np.stack([first, below, below + 1], 1), np.stack([first, below + 1, first + 1], 1)])
    whole = np.array(
        [len(set(map(tuple, np.round(normals[corner], 6)))) == 3 for corner in triangles]
    )  # none at a pole
    parts = (normals * 0.5, normals, places, tangents)
    positions, directions, uv, along = (part.astype(np.float32) for part in parts)
    return Mesh(positions, directions, uv, along, triangles[whole].astype(np.uint16))


def _accessors(binary: _Binary, mesh: Mesh) -> list[dict[str, Any]]:
    kinds = {"positions": "VEC3", "normals": "VEC3", "places": "VEC2", "tangents": "VEC4"}
    found: list[dict[str, Any]] = []
    for name, kind in kinds.items():
        values = getattr(mesh, name)
        view = binary.added(values.astype("<f4").tobytes(), ARRAY_BUFFER)
        found.append({"bufferView": view, "componentType": FLOAT, "count": len(values), "type": kind})
    found[0] |= {"min": mesh.positions.min(axis=0).tolist(), "max": mesh.positions.max(axis=0).tolist()}
    view = binary.added(mesh.triangles.astype("<u2").tobytes(), ELEMENT_ARRAY_BUFFER)
    count = mesh.triangles.size
    return [*found, {"bufferView": view, "componentType": UNSIGNED_SHORT, "count": count, "type": "SCALAR"}]


def _primitive() -> dict[str, Any]:
    """The accessors in the order in which `_accessors` gives them."""
    attributes = {"POSITION": 0, "NORMAL": 1, "TEXCOORD_0": 2, "TANGENT": 3}
    return {"attributes": attributes, "indices": 4, "material": 0, "mode": 4}


def _pictures(binary: _Binary, material: Material) -> tuple[list[dict[str, Any]], dict[str, dict[str, int]]]:
    """The images, and a reference to each by its name."""
    pictures = {str(name): material.maps[name] for name in ("albedo", "normal", "emission") if name in material.maps}
    if has_surface(material):
        pictures["orm"] = orm(material)
    images = [
        {
            "bufferView": binary.added(picture(pixels, material)),
            "mimeType": "image/png",
            "name": f"{material.name} {name}",
        }
        for name, pixels in pictures.items()
    ]
    return images, {name: {"index": number} for number, name in enumerate(pictures)}


def _material(material: Material, textures: dict[str, dict[str, int]], options: MaterialOptions) -> dict[str, Any]:
    surface: dict[str, Any] = {"baseColorTexture": textures["albedo"]}
    surface |= {"metallicRoughnessTexture": textures["orm"]} if "orm" in textures else {"metallicFactor": 0}
    found: dict[str, Any] = {"name": material.name, "pbrMetallicRoughness": surface}
    if "normal" in textures:
        found["normalTexture"] = textures["normal"]
    if "ambient_occlusion" in material.maps:
        found["occlusionTexture"] = textures["orm"]
    if "emission" in textures:
        found |= {"emissiveTexture": textures["emission"], "emissiveFactor": [1, 1, 1]}
    if options.alpha_cutoff is not None:
        found |= {"alphaMode": "MASK", "alphaCutoff": options.alpha_cutoff}
    elif is_clear(material):
        found["alphaMode"] = "BLEND"
    return found


def _sampler(material: Material, options: MaterialOptions) -> dict[str, int]:
    return {
        "magFilter": NEAREST if options.pixelated else LINEAR,
        "minFilter": NEAREST_MIPMAPS if options.pixelated else LINEAR_MIPMAPS,
        "wrapS": REPEAT if material.tile_x else CLAMP,
        "wrapT": REPEAT if material.tile_y else CLAMP,
    }


def _glb(tree: dict[str, Any], binary: bytes) -> bytes:
    text = json.dumps(tree, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    chunks = b"".join(
        struct.pack("<II", len(part), kind) + part for part, kind in ((text, JSON_CHUNK), (binary, BINARY_CHUNK))
    )
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks
