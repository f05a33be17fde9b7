"""Unity: a `.mat` for the Universal pipeline's Lit shader or the built-in Standard one, and its maps with their `.meta`.

Metal and smoothness share one picture, metal in red and smoothness in alpha; occlusion, which both shaders read from green, has its own.
Ids follow from names (`unity_ids`), so a second export leaves every reference whole.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from limner.atlas.channels import plain_map, unity_mask
from limner.atlas.geometry import Size
from limner.atlas.materials import MapName, Material
from limner.exporters.files import Files
from limner.exporters.maps import is_clear, picture
from limner.exporters.options import ExportOptions, MaterialOptions
from limner.exporters.provenance import as_text
from limner.exporters.scene_pictures import inside, split
from limner.exporters.unity_ids import guid
from limner.exporters.unity_yaml import NOTHING, Flow, asset, meta

MATERIAL, MATERIAL_ID, TEXTURE_ID = 21, 2100000, 2800000  # Unity's class, and the file ids that its editor gives
PLAIN, NORMAL_MAP = 0, 1  # TextureImporterType
POINT, TRILINEAR = 0, 2  # FilterMode
REPEAT, CLAMP = 0, 1  # TextureWrapMode
SMALLEST_LIMIT, LARGEST_LIMIT = 2048, 16384  # of the importer: a larger picture is shrunk


@dataclass(frozen=True, slots=True)
class Shader:
    """What a shader calls its properties."""

    reference: Flow
    albedo: str
    colour: str
    smoothness: str
    metallic_keyword: str
    cutout: dict[str, float]  # properties of a material with a cutoff
    blend: dict[str, float]  # and of one that blends
    keywords: dict[str, str]  # which a map switches on, beside the one for metal


SHADERS = {
    "urp": Shader(
        Flow({"fileID": 4800000, "guid": "933532a4fcc9baf4fa0491de14d08ed7", "type": 3}),
        "_BaseMap",
        "_BaseColor",
        "_Smoothness",
        "_METALLICSPECGLOSSMAP",
        {"_AlphaClip": 1},
        {"_Surface": 1, "_SrcBlend": 5, "_DstBlend": 10, "_ZWrite": 0},
        {
            "normal": "_NORMALMAP",
            "ambient_occlusion": "_OCCLUSIONMAP",
            "height": "_PARALLAXMAP",
            "emission": "_EMISSION",
        },
    ),
    "standard": Shader(
        Flow({"fileID": 46, "guid": "0000000000000000f000000000000000", "type": 0}),
        "_MainTex",
        "_Color",
        "_GlossMapScale",
        "_METALLICGLOSSMAP",
        {"_Mode": 1},
        {"_Mode": 3, "_SrcBlend": 1, "_DstBlend": 10, "_ZWrite": 0},
        {"normal": "_NORMALMAP", "height": "_PARALLAXMAP", "emission": "_EMISSION"},
    ),
}
BLEND_KEYWORDS = {"urp": "_SURFACE_TYPE_TRANSPARENT", "standard": "_ALPHAPREMULTIPLY_ON"}
CUTOUT_QUEUE, BLEND_QUEUE, SHADER_QUEUE = 2450, 3000, -1


class _Slot(NamedTuple):
    """A map as Unity has it: the shader's name for it, the pixels and how the importer takes them."""

    property: str
    pixels: NDArray[np.uint8]
    kind: int = PLAIN
    srgb: bool = False


def write_unity_material(material: Material, stem: str, options: ExportOptions) -> Files:
    """`<stem>.mat`, `<stem>-albedo.png` and so on, each with its `.meta`."""
    folder, base = split(stem)
    shader = SHADERS[options.material.pipeline]
    slots = _slots(material, shader)
    guids = {name: guid(f"{stem}-{name}.png") for name in slots}
    files: Files = {
        f"{base}.mat": asset(MATERIAL, MATERIAL_ID, "Material", _body(material, slots, guids, options.material))
    }
    files[f"{base}.mat.meta"] = meta(_material_meta(f"{stem}.mat", material))
    for name, slot in slots.items():
        files[f"{base}-{name}.png"] = picture(slot.pixels, material)
        files[f"{base}-{name}.png.meta"] = meta(_texture_meta(guids[name], slot, material, options.material))
    return inside(folder, files)


def _slots(material: Material, shader: Shader) -> dict[str, _Slot]:
    maps = material.maps
    slots = {"albedo": _Slot(shader.albedo, maps["albedo"], srgb=True)}
    if "normal" in maps:
        slots["normal"] = _Slot("_BumpMap", maps["normal"], NORMAL_MAP)
    if "metallic" in maps or "roughness" in maps:
        slots["metallic-smoothness"] = _Slot("_MetallicGlossMap", _metallic_smoothness(material))
    loose: tuple[tuple[MapName, str, bool], ...] = (
        ("ambient_occlusion", "_OcclusionMap", False),
        ("height", "_ParallaxMap", False),
        ("emission", "_EmissionMap", True),
    )
    return slots | {
        name.replace("_", "-"): _Slot(place, maps[name], srgb=srgb) for name, place, srgb in loose if name in maps
    }


def _metallic_smoothness(material: Material) -> NDArray[np.uint8]:
    metallic = plain_map(material, "metallic")
    return np.dstack([metallic, metallic, metallic, unity_mask(material)[..., 3]])


def _body(
    material: Material, slots: dict[str, _Slot], guids: dict[str, str], options: MaterialOptions
) -> dict[str, object]:
    shader = SHADERS[options.pipeline]
    cutout, blend = options.alpha_cutoff is not None, options.alpha_cutoff is None and is_clear(material)
    floats: dict[str, float] = {"_Metallic": 0, shader.smoothness: 1 if "metallic-smoothness" in slots else 0}
    floats |= {"_BumpScale": 1, "_OcclusionStrength": 1, "_Parallax": 0.02, "_Cutoff": options.alpha_cutoff or 0.5}
    floats |= shader.cutout if cutout else shader.blend if blend else {}
    white, black = Flow({"r": 1, "g": 1, "b": 1, "a": 1}), Flow({"r": 0, "g": 0, "b": 0, "a": 1})
    colours = {shader.colour: white, "_EmissionColor": white if "emission" in slots else black}
    return {
        "serializedVersion": 8,
        "m_ObjectHideFlags": 0,
        "m_CorrespondingSourceObject": NOTHING,
        "m_PrefabInstance": NOTHING,
        "m_PrefabAsset": NOTHING,
        "m_Name": material.name,
        "m_Shader": shader.reference,
        "m_Parent": NOTHING,
        "m_ModifiedSerializedProperties": 0,
        "m_ValidKeywords": _keywords(slots, options, cutout, blend),
        "m_InvalidKeywords": [],
        "m_LightmapFlags": 2 if "emission" in slots else 4,  # baked emission; black emission
        "m_EnableInstancingVariants": 0,
        "m_DoubleSidedGI": 0,
        "m_CustomRenderQueue": CUTOUT_QUEUE if cutout else BLEND_QUEUE if blend else SHADER_QUEUE,
        "stringTagMap": {"RenderType": "TransparentCutout"}
        if cutout
        else {"RenderType": "Transparent"}
        if blend
        else {},
        "disabledShaderPasses": [],
        "m_LockedProperties": None,
        "m_SavedProperties": {
            "serializedVersion": 3,
            "m_TexEnvs": sorted(({slot.property: _texture(guids[name])} for name, slot in slots.items()), key=list),
            "m_Ints": [],
            "m_Floats": [{name: value} for name, value in sorted(floats.items())],
            "m_Colors": [{name: value} for name, value in sorted(colours.items())],
        },
        "m_BuildTextureStacks": [],
    }


def _keywords(slots: dict[str, _Slot], options: MaterialOptions, cutout: bool, blend: bool) -> list[str]:
    shader = SHADERS[options.pipeline]
    found = {shader.keywords.get(name.replace("-", "_")) for name in slots}
    if not options.parallax:
        found.discard("_PARALLAXMAP")
    if "metallic-smoothness" in slots:
        found.add(shader.metallic_keyword)
    if cutout:
        found.add("_ALPHATEST_ON")
    if blend:
        found.add(BLEND_KEYWORDS[options.pipeline])
    return sorted(name for name in found if name)


def _texture(texture_guid: str) -> dict[str, Flow]:
    return {
        "m_Texture": Flow({"fileID": TEXTURE_ID, "guid": texture_guid, "type": 3}),
        "m_Scale": Flow({"x": 1, "y": 1}),
        "m_Offset": Flow({"x": 0, "y": 0}),
    }


def _material_meta(path: str, material: Material) -> dict[str, object]:
    importer = {
        "externalObjects": {},
        "mainObjectFileID": MATERIAL_ID,
        "userData": as_text(material.provenance) if material.provenance else None,
        "assetBundleName": None,
        "assetBundleVariant": None,
    }
    return {"fileFormatVersion": 2, "guid": guid(path), "NativeFormatImporter": importer}


def _texture_meta(texture_guid: str, slot: _Slot, material: Material, options: MaterialOptions) -> dict[str, object]:
    settings = {
        "serializedVersion": 2,
        "filterMode": POINT if options.pixelated else TRILINEAR,
        "aniso": 1,
        "mipBias": 0,
        "wrapU": REPEAT if material.tile_x else CLAMP,
        "wrapV": REPEAT if material.tile_y else CLAMP,
        "wrapW": REPEAT,
    }
    importer: dict[str, object] = {
        "externalObjects": {},
        "serializedVersion": 12,
        "mipmaps": {"mipMapMode": 0, "enableMipMap": 1, "sRGBTexture": int(slot.srgb), "linearTexture": 0},
        "bumpmap": {"convertToNormalMap": 0, "externalNormalMap": 0},
        "isReadable": 0,
        "textureSettings": settings,
        "nPOTScale": 0,
        "alphaUsage": 1,
        "alphaIsTransparency": int(slot.property in ("_BaseMap", "_MainTex") and is_clear(material)),
        "textureType": slot.kind,
        "textureShape": 1,
        "maxTextureSize": _limit(material.size),
        "userData": as_text(material.provenance) if material.provenance else None,
        "assetBundleName": None,
        "assetBundleVariant": None,
    }
    return {"fileFormatVersion": 2, "guid": texture_guid, "TextureImporter": importer}


def _limit(size: Size) -> int:
    return min(LARGEST_LIMIT, max(SMALLEST_LIMIT, 1 << (max(size) - 1).bit_length()))
