"""Every key of a manifest: what it means and what it takes. The check, the published schema and the page are made from this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "whole", "number", "truth", "path", "texts", "table"]
MAX_SEED = 2**53 - 1
WORDS: dict[Kind, str] = {
    "text": "a text",
    "whole": "a whole number",
    "number": "a number",
    "truth": "true or false",
    "path": "a path",
    "texts": "a list of texts",
    "table": "a table",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key. Ends of a range belong to it."""

    meaning: str
    kind: Kind
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()  # what editors offer; others are allowed


DRAWING = {
    "negative": Key(meaning="What to keep away from.", kind="text"),
    "model": Key(meaning="The model, by its id. Default: the server's.", kind="text"),
    "size": Key(meaning="Width and height in pixels. Default: the model's own.", kind="whole", low=1, high=4096),
    "seed": Key(
        meaning="The same seed gives the same picture. Default: follows from the asset's name.",
        kind="whole",
        low=0,
        high=MAX_SEED,
    ),
    "candidates": Key(
        meaning="How many to draw; the best one is taken. Default: 1.", kind="whole", low=1, high=16
    ),
    "steps": Key(meaning="Denoising steps. Default: the model's.", kind="whole", low=1, high=200),
    "guidance": Key(meaning="How closely to follow the prompt; 1 is off.", kind="number", low=1, high=20),
    "style": Key(
        meaning="The look. Default: pixel.",
        kind="text",
        suggestions=("pixel", "flat", "icon", "painted", "render"),
    ),
    "kind": Key(
        meaning="What kind of picture. Default: what the prompt means.",
        kind="text",
        suggestions=("character", "monster", "animal", "item", "icon", "tile", "texture", "effect", "object", "vehicle", "background", "portrait"),
    ),
    "reference": Key(meaning="A PNG to start from: a sketch, or a picture whose style it takes.", kind="path"),
    "mask": Key(meaning="A PNG of the size of what is changed, white where it may change.", kind="path"),
    "strength": Key(
        meaning="How far to go from the reference or the other picture. Default: 0.6; for edit 0.8, for vary 0.5.",
        kind="number",
        low=0.01,
        high=1,
    ),
    "tile": Key(meaning="Opposite edges fit together, along these axes.", kind="text", choices=("x", "y", "xy")),
    "palette": Key(meaning="A PNG whose colours the result is held to.", kind="path"),
}  # fmt: skip
FRAMES = {
    "tags": Key(meaning="In a source folder, walk-01.png, walk-02.png … make the animation walk.", kind="truth"),
    "frames": Key(
        meaning="Cut a source strip into so many frames; of an animation, how many.", kind="whole", low=1, high=10_000
    ),
    "frame_size": Key(meaning="Cut a source sheet into cells of this size, such as 32x32.", kind="text"),
    "duration_ms": Key(meaning="How long each frame shows.", kind="whole", low=1, high=65_535),
    "pivot": Key(meaning="X,Y in pixels, or a word: center, bottom, top-left and the like.", kind="text"),
    "direction": Key(meaning="How animations play.", kind="text", choices=("forward", "reverse", "ping-pong")),
}
RECIPES = {
    "variants": Key(meaning="Textures that tile with one another. Default: 1.", kind="whole", low=1, high=16),
    "maps": Key(meaning="Maps of a texture: normal, height, roughness, ao, metallic.", kind="texts"),
    "action": Key(
        meaning="What an animated figure does.",
        kind="text",
        choices=("idle", "walk", "run", "jump", "attack", "cast", "hurt", "die"),
    ),
    "actions": Key(
        meaning="What a character does, an animation each: idle, walk, run, …, as `action` knows.", kind="texts"
    ),
    "directions": Key(meaning="How many ways a character looks: 1, 4 or 8. Default: 1.", kind="whole", low=1, high=8),
    "tiles": Key(meaning="Size of a scene in tiles, such as 64x48.", kind="text"),
    "tile_size": Key(meaning="Pixels of a scene's tile: 16, 32 or 64.", kind="whole", low=16, high=64),
    "view": Key(meaning="How a scene is seen.", kind="text", choices=("topdown", "side")),
    "layout_seed": Key(
        meaning="Decides a scene's layout alone; another one needs no drawing.", kind="whole", low=0, high=MAX_SEED
    ),
}
OUTPUT = {
    "formats": Key(
        meaning="The formats to write. Default: png; for a texture maps, for animations gif, for a scene tiled-tmx.",
        kind="texts",
    ),
    "out": Key(
        meaning="The folder for the files, from the manifest's own; {format} and {name} are filled in. Default: the manifest's.",
        kind="path",
    ),
    "set": Key(
        meaning="Choices of the export, as in `limner export --set`: scale = 2, pack.padding = 1.", kind="table"
    ),
}
ASSET = {
    "name": Key(meaning="The asset's name, and the stem of its files. Unique in the manifest.", kind="text"),
    "prompt": Key(meaning="What to draw, in your language.", kind="text"),
    "draw": Key(
        meaning="What is drawn. Default: image, one picture.",
        kind="text",
        choices=("image", "texture", "animation", "character", "scene"),
    ),
    "edit": Key(meaning="Another asset of this manifest, changed as the prompt says.", kind="text"),
    "vary": Key(meaning="Another asset of this manifest; this one is like it.", kind="text"),
    "source": Key(
        meaning="Your own art, exported instead of a drawing: a picture, a sheet, an animation, a folder, a map.",
        kind="path",
    ),
}
DEFAULTS = DRAWING | RECIPES | FRAMES | OUTPUT
WHOLE_ASSET = ASSET | DEFAULTS
INCLUDE = Key(meaning="Manifests whose defaults hold here too; later ones win, and those written here.", kind="texts")
