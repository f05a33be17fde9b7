"""Phaser's multi-atlas: one JSON for all pages (`load.multiatlas`), and one for the animations (`load.animation`).

The animations take their frames from the texture whose key is the stem. Nothing is rotated: Phaser 4.2 reads `rotated` and draws such
frames mirrored.
"""

from limner.atlas.loops import played
from limner.atlas.sprites import FrameTag, SpriteSet
from limner.exporters.files import Files
from limner.exporters.options import ExportOptions
from limner.exporters.pages import leaf, packed, page_pictures, picture_name
from limner.exporters.texturepacker import as_json, named_frames, page_size


def write_phaser(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    atlas = packed(art, options, rotation=False)
    textures = [
        {
            "image": picture_name(stem, page),
            "format": "RGBA8888",
            "size": page_size(atlas, page),
            "scale": 1,
            "frames": named_frames(atlas, page),
        }
        for page in range(len(atlas.pages))
    ]
    meta = {"app": "limner", "version": "1.0"} | ({"provenance": dict(art.provenance)} if art.provenance else {})
    files = page_pictures(atlas, art, stem) | {f"{stem}.json": as_json({"textures": textures, "meta": meta})}
    if art.frame_tags:
        animations = [_animation(art, tag, leaf(stem)) for tag in art.frame_tags]
        files[f"{stem}-animations.json"] = as_json({"anims": animations, "meta": meta})
    return files


def _animation(art: SpriteSet, tag: FrameTag, stem: str) -> dict[str, object]:
    """Ping-pong and reverse are unrolled: Phaser's `yoyo` shows the ends twice."""
    frames = [art.sprites[number] for number in played(tag)]
    return {
        "key": tag.name,
        "type": "frame",
        "frames": [{"key": stem, "frame": frame.name, "duration": frame.duration_ms} for frame in frames],
        "duration": sum(frame.duration_ms for frame in frames),
        "repeat": -1 if tag.loop else 0,
    }
