"""OpenRaster: a scene in layers for painters (Krita, GIMP, MyPaint and others open it).

Tile layers are one picture each; a prop layer is a stack of its props, so that each can be moved; pictures lie where they
are and show once; regions have nothing to see and stay out. Blending is in sRGB, as in the preview.
Source: https://www.openraster.org/baseline/ (0.0.6).
"""

import io
import zipfile
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import numpy as np
from PIL import Image

from limner.atlas.flattening import flattened, in_order, layer_pixels, pixel_size, placed, whole
from limner.atlas.scenes import Layer, PictureLayer, PropLayer, RegionLayer, Scene
from limner.atlas.sprites import Pixels
from limner.exporters.files import Files
from limner.exporters.options import ExportOptions
from limner.exporters.png import encoded
from limner.exporters.xml_text import legal

THUMBNAIL = 256  # pixels along a side, at most
OPENED = (1980, 1, 1, 0, 0, 0)  # the first time that a zip can state; the same scene gives the same bytes


@dataclass(slots=True)
class _Stack:
    """The pictures so far and where each lies; equal ones share a place."""

    paths: dict[bytes, str] = field(default_factory=dict)

    def add(self, parent: Element, name: str, pixels: Pixels, x: int, y: int, opacity: float = 1.0) -> None:
        content = encoded(pixels)
        path = self.paths.setdefault(content, f"data/layer{len(self.paths)}.png")
        place = {"name": legal(name), "src": path, "x": str(x), "y": str(y)}
        parent.append(Element("layer", {**place, **_look(opacity)}))


def write_ora(scene: Scene, stem: str, options: ExportOptions) -> Files:
    """`<stem>.ora`, with provenance in the flattened picture inside."""
    width, height = pixel_size(scene)
    stack = _Stack()
    root = Element("image", version="0.0.6", w=str(width), h=str(height), name=legal(scene.name))
    layers = SubElement(root, "stack")
    for layer in reversed(scene.layers):  # the first in the file lies on top
        _layer(stack, layers, scene, layer)
    if scene.background is not None:
        ground = np.full((height, width, 4), (*scene.background, 255), np.uint8)
        stack.add(layers, "background", ground, 0, 0)
    merged = flattened(scene)
    indent(root, " ")
    parts = {
        "mimetype": b"image/openraster",
        "stack.xml": tostring(root, encoding="utf-8", xml_declaration=True),
        **{path: content for content, path in stack.paths.items()},
        "mergedimage.png": encoded(merged, scene.provenance),
        "Thumbnails/thumbnail.png": encoded(_thumbnail(merged)),
    }
    return {f"{stem}.ora": _zipped(parts)}


def _layer(stack: _Stack, parent: Element, scene: Scene, layer: Layer) -> None:
    if isinstance(layer, RegionLayer):
        return
    if isinstance(layer, PropLayer):
        group = SubElement(parent, "stack", {"name": legal(layer.name), **_look(1.0)})
        sprites = {sprite.name: sprite for sprite in scene.sprites}
        for prop in reversed(in_order(layer)):
            sprite = sprites[prop.sprite]
            box = placed(prop, sprite)
            pixels = np.ascontiguousarray(sprite.pixels[:, ::-1]) if prop.flipped else sprite.pixels
            stack.add(group, prop.name, pixels, box.x, box.y, layer.opacity)
    elif isinstance(layer, PictureLayer) and not (layer.repeat_x or layer.repeat_y):
        stack.add(parent, layer.name, layer.pixels, whole(layer.offset.x), whole(layer.offset.y), layer.opacity)
    else:
        stack.add(parent, layer.name, layer_pixels(scene, layer), 0, 0, layer.opacity)


def _look(opacity: float) -> dict[str, str]:
    return {"opacity": f"{opacity:.6g}", "visibility": "visible", "composite-op": "svg:src-over"}


def _thumbnail(pixels: Pixels) -> Pixels:
    """The picture in at most 256 × 256 pixels; never enlarged."""
    picture = Image.fromarray(pixels)
    picture.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX)
    return np.asarray(picture)


def _zipped(parts: dict[str, bytes]) -> bytes:
    """A zip of the parts in their order, all stored: pictures are compressed already, and `mimetype` must not be."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for path, content in parts.items():
            entry = zipfile.ZipInfo(path, OPENED)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3  # the same on every system that writes it
            archive.writestr(entry, content)
    return out.getvalue()
