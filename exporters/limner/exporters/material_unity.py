"""Unity: a material (`.mat`) of the Standard shader or URP's Lit, its maps, and their `.meta` files.

The mask map serves both shaders: they read metallic from its red, smoothness from its alpha and occlusion from its green.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from limner.atlas.channels import unity_mask
from limner.atlas.materials import Material
from limner.exporters.files import Files
from limner.exporters.maps import map_files
from limner.exporters.options import ExportOptions
from limner.exporters.provenance import as_text
from limner.exporters.scene_pictures import split
from limner.exporters.transparency import Transparency, transparency
from limner.exporters.unity_ids import guid
from limner.exporters.unity_yaml import NOTHING, Flow, asset, meta

MATERIAL, MATERIAL_FILE, TEXTURE_FILE = 21, 2100000, 2800000  # Unity's class, and the ids of the main objects of files
DEFAULT_TEXTURE, NORMAL_MAP = 0, 1  # TextureImporterType
POINT, TRILINEAR, REPEAT, CLAMP = 0, 2, 0, 1
GEOMETRY, ALPHA_TEST, TRANSPARENT = 2000, 2450, 3000  # render queues
ONE, ZERO, SOURCE_ALPHA, ONE_MINUS_SOURCE_ALPHA = 1.0, 0.0, 5.0, 10.0  # BlendMode
STANDARD_MODES: Mapping[Transparency, float] = {
    "opaque": 0.0,
    "mask": 1.0,
    "blend": 2.0,
}  # blended as Fade, by alpha alone
PACKED = ("ambient_occlusion", "roughness", "metallic")


class Shader(NamedTuple):
    """Where a shader is, and what it calls its colours."""

    reference: Flow
    albedo: str
    tint: str
    smoothness: str


SHADERS = {
    "standard": Shader(
        Flow({"fileID": 46, "guid": "0000000000000000f000000000000000", "type": 0}), "_MainTex", "_Color", "_Glossiness"
    ),
    "urp": Shader(
        Flow({"fileID": 4800000, "guid": "933532a4fcc9baf4fa0491de14d08ed7", "type": 3}),
        "_BaseMap",
        "_BaseColor",
        "_Smoothness",
    ),
}


def write_unity_material(material: Material, stem: str, options: ExportOptions) -> Files:
    """`<stem>.mat`, the PNGs that it uses, and a `.meta` for each."""
    maps: dict[str, NDArray[np.uint8]] = {
        name: material.maps[name] for name in ("albedo", "normal", "height", "emission") if name in material.maps
    }
    if material.maps.keys() & set(PACKED):
        maps["mask"] = unity_mask(material)
    files = map_files(maps, material, stem)
    note = as_text(material.provenance) if material.provenance else None
    metas = {
        f"{stem}_{suffix}.png.meta": meta(_texture_meta(f"{stem}_{suffix}.png", suffix, material, options, note))
        for suffix in maps
    }
    path = f"{stem}.mat"
    body = _body(material, stem, set(maps), options)
    return (
        files
        | metas
        | {path: asset(MATERIAL, MATERIAL_FILE, "Material", body), f"{path}.meta": meta(_mat_meta(path, note))}
    )


def _body(material: Material, stem: str, maps: set[str], options: ExportOptions) -> dict[str, object]:
    pipeline = options.material.unity_pipeline
    shader, kind = SHADERS[pipeline], transparency(material)
    queue = {"opaque": -1, "mask": ALPHA_TEST, "blend": TRANSPARENT}[kind]
    tag = {"opaque": {}, "mask": {"RenderType": "TransparentCutout"}, "blend": {"RenderType": "Transparent"}}[kind]
    return {
        "serializedVersion": 8,
        "m_ObjectHideFlags": 0,
        "m_CorrespondingSourceObject": NOTHING,
        "m_PrefabInstance": NOTHING,
        "m_PrefabAsset": NOTHING,
        "m_Name": split(stem)[1],  # Unity wants the name of the file
        "m_Shader": shader.reference,
        "m_ValidKeywords": _keywords(maps, kind, pipeline),
        "m_InvalidKeywords": [],
        "m_LightmapFlags": 4 if "emission" not in maps else 2,
        "m_EnableInstancingVariants": 0,
        "m_DoubleSidedGI": 0,
        "m_CustomRenderQueue": queue,
        "stringTagMap": tag,
        "disabledShaderPasses": [],
        "m_SavedProperties": {
            "serializedVersion": 3,
            "m_TexEnvs": _textures(stem, maps, shader),
            "m_Ints": [],
            "m_Floats": [{name: value} for name, value in sorted(_floats(material, kind, shader, pipeline).items())],
            "m_Colors": [{shader.tint: _colour(1)}, {"_EmissionColor": _colour(int("emission" in maps))}],
        },
        "m_BuildTextureStacks": [],
    }


def _textures(stem: str, maps: set[str], shader: Shader) -> list[object]:
    slots = [
        (shader.albedo, "albedo"),
        ("_BumpMap", "normal"),
        ("_EmissionMap", "emission"),
        ("_MetallicGlossMap", "mask"),
        ("_OcclusionMap", "mask"),
        ("_ParallaxMap", "height"),
    ]
    return [{slot: _slot(f"{stem}_{suffix}.png")} for slot, suffix in sorted(slots) if suffix in maps]


def _slot(path: str) -> dict[str, object]:
    return {
        "m_Texture": Flow({"fileID": TEXTURE_FILE, "guid": guid(path), "type": 3}),
        "m_Scale": Flow({"x": 1, "y": 1}),
        "m_Offset": Flow({"x": 0, "y": 0}),
    }


def _floats(material: Material, kind: Transparency, shader: Shader, pipeline: str) -> dict[str, float]:
    """Standard scales the smoothness of the map by _GlossMapScale, URP by _Smoothness. Parallax is nearly off."""
    blended = kind == "blend"
    floats = {
        "_BumpScale": 1.0,
        "_Cutoff": 0.5,
        "_Metallic": 0.0,
        "_OcclusionStrength": 1.0,
        "_Parallax": 0.005,
        shader.smoothness: 1.0 if material.maps.keys() & set(PACKED) else 0.5,
        "_SrcBlend": SOURCE_ALPHA if blended else ONE,
        "_DstBlend": ONE_MINUS_SOURCE_ALPHA if blended else ZERO,
        "_ZWrite": ZERO if blended else ONE,
    }
    if pipeline == "standard":
        return floats | {"_GlossMapScale": 1.0, "_Mode": STANDARD_MODES[kind]}
    return floats | {"_AlphaClip": float(kind == "mask"), "_Surface": float(blended), "_WorkflowMode": 1.0}


def _keywords(maps: set[str], kind: Transparency, pipeline: str) -> Sequence[str]:
    """Unity compiles a shader without the maps that no keyword turns on."""
    words = {"normal": ["_NORMALMAP"], "emission": ["_EMISSION"], "height": ["_PARALLAXMAP"]}
    packed = ["_METALLICGLOSSMAP"] if pipeline == "standard" else ["_METALLICSPECGLOSSMAP", "_OCCLUSIONMAP"]
    found = [word for name, names in {**words, "mask": packed}.items() if name in maps for word in names]
    if kind == "mask":
        found.append("_ALPHATEST_ON")
    elif kind == "blend":
        found.append("_ALPHABLEND_ON" if pipeline == "standard" else "_SURFACE_TYPE_TRANSPARENT")
    return sorted(found)


def _colour(value: int) -> Flow:
    return Flow({"r": value, "g": value, "b": value, "a": 1})


def _mat_meta(path: str, note: str | None) -> dict[str, object]:
    importer = {"externalObjects": {}, "mainObjectFileID": MATERIAL_FILE, "userData": note, "assetBundleName": None}
    return {
        "fileFormatVersion": 2,
        "guid": guid(path),
        "NativeFormatImporter": {**importer, "assetBundleVariant": None},
    }


def _texture_meta(
    path: str, suffix: str, material: Material, options: ExportOptions, note: str | None
) -> dict[str, object]:
    coloured = suffix in ("albedo", "emission")
    pixelated = options.material.pixelated
    importer: dict[str, object] = {
        "internalIDToNameTable": [],
        "externalObjects": {},
        "serializedVersion": 12,
        "mipmaps": {"mipMapMode": 0, "enableMipMap": 1, "sRGBTexture": int(coloured), "linearTexture": 0},
        "isReadable": 0,
        "textureSettings": {
            "serializedVersion": 2,
            "filterMode": POINT if pixelated else TRILINEAR,
            "aniso": 1,
            "mipBias": 0,
            "wrapU": REPEAT if material.tile_x else CLAMP,
            "wrapV": REPEAT if material.tile_y else CLAMP,
            "wrapW": REPEAT,
        },
        "nPOTScale": 0,
        "alphaUsage": 1,
        "alphaIsTransparency": int(suffix == "albedo"),
        "textureType": NORMAL_MAP if suffix == "normal" else DEFAULT_TEXTURE,
        "textureShape": 1,
        "maxTextureSize": 16384,
        "platformSettings": [
            {
                "serializedVersion": 3,
                "buildTarget": "DefaultTexturePlatform",
                "maxTextureSize": 16384,
                "resizeAlgorithm": 0,
                "textureFormat": -1,
                "textureCompression": 0 if pixelated else 1,
                "compressionQuality": 50,
                "crunchedCompression": 0,
                "allowsAlphaSplitting": 0,
                "overridden": 0,
            }
        ],
        "userData": note,
        "assetBundleName": None,
        "assetBundleVariant": None,
    }
    return {"fileFormatVersion": 2, "guid": guid(path), "TextureImporter": importer}
