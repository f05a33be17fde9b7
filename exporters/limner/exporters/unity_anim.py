"""Unity animation clips: `.anim` files, one for each frame tag, with their `.meta`.

They show the sprites of the format `unity` exported under the same stem into the same folder: a sprite is known by the guid of
its page's picture and by its own id, and both follow from names (`unity_ids`).
"""

from collections.abc import Mapping
from fractions import Fraction

from limner.atlas.loops import beat_ms
from limner.atlas.sprites import SpriteSet
from limner.exporters.animations import Animation, animations
from limner.exporters.files import Files
from limner.exporters.options import ExportOptions
from limner.exporters.pages import packed, page_stem
from limner.exporters.unity_ids import guid, internal_id
from limner.exporters.unity_yaml import NOTHING, Flow, asset, meta

ANIMATION_CLIP, CLIP_ID = 74, 7400000  # Unity's class, and the file id that its editor gives a clip
SPRITE_RENDERER, SPRITE_BINDING = 212, 23  # the component whose sprite changes, and how a clip is bound to it


def write_unity_anim(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    regions = packed(art, options, rotation=False).regions  # as `unity` packs them
    pages = {region.name: f"{page_stem(stem, region.page)}.png" for region in regions}
    files: Files = {}
    for one in animations(art, stem):
        files[f"{one.name}.anim"] = asset(ANIMATION_CLIP, CLIP_ID, "AnimationClip", _clip(one, pages))
        files[f"{one.name}.anim.meta"] = meta(_meta(f"{one.name}.anim"))
    return files


def _clip(animation: Animation, pages: Mapping[str, str]) -> dict[str, object]:
    beat, total = beat_ms(animation.durations_ms), sum(animation.durations_ms)
    sprites = [
        Flow({"fileID": internal_id(frame.name), "guid": guid(pages[frame.name]), "type": 3})
        for frame in animation.frames
    ]
    starts = [sum(animation.durations_ms[:index]) for index in range(len(sprites))]
    keys = [{"time": _seconds(start), "value": sprite} for start, sprite in zip(starts, sprites, strict=True)]
    if animation.durations_ms[-1] > beat:  # a clip ends one beat after its last key
        keys.append({"time": _seconds(total - beat), "value": sprites[-1]})
    return {
        "m_ObjectHideFlags": 0,
        "m_CorrespondingSourceObject": NOTHING,
        "m_PrefabInstance": NOTHING,
        "m_PrefabAsset": NOTHING,
        "m_Name": animation.base,
        "serializedVersion": 6,
        "m_Legacy": 0,
        "m_Compressed": 0,
        "m_UseHighQualityCurve": 1,
        "m_RotationCurves": [],
        "m_CompressedRotationCurves": [],
        "m_EulerCurves": [],
        "m_PositionCurves": [],
        "m_ScaleCurves": [],
        "m_FloatCurves": [],
        "m_PPtrCurves": [
            {"curve": keys, "attribute": "m_Sprite", "path": None, "classID": SPRITE_RENDERER, "script": NOTHING}
        ],
        "m_SampleRate": float(Fraction(1000, beat)),
        "m_WrapMode": 0,
        "m_Bounds": {"m_Center": _vector(), "m_Extent": _vector()},
        "m_ClipBindingConstant": {"genericBindings": [_BINDING], "pptrCurveMapping": [key["value"] for key in keys]},
        "m_AnimationClipSettings": _settings(total, animation.loop),
        "m_EditorCurves": [],
        "m_EulerEditorCurves": [],
        "m_HasGenericRootTransform": 0,
        "m_HasMotionFloatCurves": 0,
        "m_Events": [],
    }


_BINDING = {
    "serializedVersion": 2,
    "path": 0,
    "attribute": 0,
    "script": NOTHING,
    "typeID": SPRITE_RENDERER,
    "customType": SPRITE_BINDING,
    "isPPtrCurve": 1,
}


def _settings(total_ms: int, loop: bool) -> dict[str, object]:
    return {
        "serializedVersion": 2,
        "m_AdditiveReferencePoseClip": NOTHING,
        "m_AdditiveReferencePoseTime": 0,
        "m_StartTime": 0,
        "m_StopTime": _seconds(total_ms),
        "m_OrientationOffsetY": 0,
        "m_Level": 0,
        "m_CycleOffset": 0,
        "m_HasAdditiveReferencePose": 0,
        "m_LoopTime": int(loop),
        "m_LoopBlend": 0,
        "m_LoopBlendOrientation": 0,
        "m_LoopBlendPositionY": 0,
        "m_LoopBlendPositionXZ": 0,
        "m_KeepOriginalOrientation": 0,
        "m_KeepOriginalPositionY": 1,
        "m_KeepOriginalPositionXZ": 0,
        "m_HeightFromFeet": 0,
        "m_Mirror": 0,
    }


def _meta(path: str) -> dict[str, object]:
    return {
        "fileFormatVersion": 2,
        "guid": guid(path),
        "NativeFormatImporter": {
            "externalObjects": {},
            "mainObjectFileID": CLIP_ID,
            "userData": None,
            "assetBundleName": None,
            "assetBundleVariant": None,
        },
    }


def _vector() -> Flow:
    return Flow({"x": 0, "y": 0, "z": 0})


def _seconds(ms: int) -> float:
    return ms / 1000
