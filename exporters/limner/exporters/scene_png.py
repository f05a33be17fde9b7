"""A scene flattened to one PNG: a preview, nothing to edit."""

from limner.atlas.flattening import flattened
from limner.atlas.scenes import Scene
from limner.exporters.files import Files
from limner.exporters.options import ExportOptions
from limner.exporters.png import encoded


def write_scene_png(scene: Scene, stem: str, options: ExportOptions) -> Files:
    return {f"{stem}.png": encoded(flattened(scene), scene.provenance)}
