"""A scene as one file: a zip of a Tiled map with its pictures, the same bytes for the same scene."""

import io
import posixpath
import warnings
import zipfile
import zlib

from PIL import Image, UnidentifiedImageError

from limner.atlas.scenes import Scene
from limner.exporters.files import ExportError
from limner.exporters.options import ExportOptions
from limner.exporters.registry import export
from limner.exporters.tiled_reading import read_tiled

CONTENT_TYPE = "application/zip"
MAP = "scene.tmj"
MOST_BYTES = 256 << 20  # of all files together: what is larger was packed to do harm
MOST_PIXELS = 4096 * 4096  # of a picture
EPOCH = (1980, 1, 1, 0, 0, 0)


def packed(scene: Scene) -> bytes:
    """The scene's files in a zip; pictures are compressed already."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, content in sorted(export("tiled-json", scene, posixpath.splitext(MAP)[0], ExportOptions()).items()):
            entry = zipfile.ZipInfo(path, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED if path.endswith("j") else zipfile.ZIP_STORED
            archive.writestr(entry, content)
    return out.getvalue()


def unpacked(content: bytes, name: str) -> Scene:
    """The scene in a zip that holds one map of Tiled. Raises ExportError."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
                raise ExportError(f"the scene unpacks to more than {MOST_BYTES >> 20} MiB; make it smaller")
            maps = [path for path in archive.namelist() if path.endswith((".tmj", ".tmx"))]
            if len(maps) != 1:
                raise ExportError(f"the zip has {len(maps)} maps of Tiled; put one in it, with its pictures")
            return read_tiled(maps[0], lambda path: _bearable(path, archive.read(path)), name)
    except ExportError:
        raise
    except (zipfile.BadZipFile, EOFError, KeyError, NotImplementedError, RuntimeError, ValueError, zlib.error) as error:
        raise ExportError(f"no zip of a map of Tiled with its pictures ({error}); pack it again") from error


def _bearable(path: str, content: bytes) -> bytes:
    """The file itself; a picture is only measured. Raises ExportError for one that would fill the memory."""
    if path.lower().endswith((".tmj", ".tmx", ".tsj", ".tsx", ".json", ".xml")):
        return content
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content)) as picture:
                width, height = picture.size
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError) as error:
        raise ExportError(f"{path} is no picture that can be read ({error}); save it again as PNG") from error
    if width * height > MOST_PIXELS:
        raise ExportError(f"{path} is {width} × {height} pixels; make it smaller than 4096 × 4096")
    return content
