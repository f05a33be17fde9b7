"""Tiled's JSON: a map (`.tmj`), with its tilesets inside or as files of their own (`.tsj`)."""

import json

from limner.atlas.scenes import Scene
from limner.exporters.files import Files
from limner.exporters.options import ExportOptions
from limner.exporters.scene_pictures import inside, split
from limner.exporters.tiled_map import tiled_map
from limner.exporters.tiled_tileset import Tree


def write_tiled_json(scene: Scene, stem: str, options: ExportOptions) -> Files:
    """`<stem>.tmj` and the pictures. Phaser reads tilesets only inside the map: so they are unless the options say otherwise."""
    folder, base = split(stem)
    made = tiled_map(scene, base)
    files, tilesets = dict(made.files), []
    for name, tileset in made.tilesets.items():
        if options.scene.embed_tilesets:
            tilesets.append({"firstgid": made.first[name], **tileset})
        else:
            tilesets.append({"firstgid": made.first[name], "source": f"{name}.tsj"})
            files[f"{name}.tsj"] = _text(tileset)
    return inside(folder, {f"{base}.tmj": _text({**made.tree, "tilesets": tilesets}), **files})


def _text(tree: Tree) -> bytes:
    return json.dumps(tree, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"
