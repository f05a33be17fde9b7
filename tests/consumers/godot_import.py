"""What Godot's editor does with a project's pictures before a game is exported, for the template that has no editor.

The users' editor imports the PNG files by itself: it writes `x.png.import`, which says where the imported texture lies, and
that texture (`.ctex`). Both are made here as the editor's preset "VRAM uncompressed" makes them, so that `res://x.png` in an
exported resource means the same to the tests as to a game.
"""

import hashlib
import io
import struct
from collections.abc import Mapping

import numpy as np
from PIL import Image

RGBA8 = 5  # Image.FORMAT_RGBA8
RAW = 0  # CompressedTexture2D.DATA_FORMAT_IMAGE
REMAP = """[remap]

importer="texture"
type="CompressedTexture2D"
path="res://{path}"
metadata={{
"vram_texture": false
}}
"""


def imported(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a game: each PNG replaced by its `.import` and the texture that it points to, the rest as it was."""
    game: dict[str, bytes] = {}
    for path, content in files.items():
        if not path.endswith(".png"):
            game[path] = content
            continue
        name = path.rpartition("/")[2]
        texture = f".godot/imported/{name}-{hashlib.md5(f'res://{path}'.encode()).hexdigest()}.ctex"
        game[f"{path}.import"] = REMAP.format(path=texture.replace("\\", "\\\\").replace('"', '\\"')).encode()
        game[texture] = ctex(content)
    return game


def ctex(png: bytes) -> bytes:
    """A CompressedTexture2D without compression and without mipmaps."""
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))
    height, width = pixels.shape[:2]
    header = struct.pack("<4s4Ii3I", b"GST2", 1, width, height, 0, -1, 0, 0, 0)
    image = struct.pack("<I2H2I", RAW, width, height, 0, RGBA8)
    return header + image + pixels.tobytes()
