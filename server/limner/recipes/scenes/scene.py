"""Scene recipe: a prompt to an editable scene. Read, lay out, draw the parts, compose."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from limner.atlas.geometry import Box, Size
from limner.atlas.scenes import Scene
from limner.atlas.sprites import Provenance
from limner.generators.text_encoder import TextEncoder
from limner.recipes.painting import Painter
from limner.recipes.scenes import art, side, topdown
from limner.recipes.scenes.art import Art, ArtPlan
from limner.recipes.scenes.catalogue import digest
from limner.recipes.scenes.layout import laid_out
from limner.recipes.scenes.reading import Wish, read
from limner.recipes.scenes.redrawing import redrawn, redrawn_part
from limner.recipes.scenes.sidewalk import walked

View = Literal["top-down", "side"]
AT_ONCE = 16  # sentences in one call of the text encoder
USUAL = 30  # drawings of a scene, before its prompt is read


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenePlan:
    """What to make: equal plans on equal models give equal scenes."""

    prompt: str
    size: Size  # in tiles
    art: ArtPlan
    layout_seed: int = 0
    view: View = "top-down"
    catalogue: str = field(default_factory=digest)  # which catalogue it is read by
    like: bytes = b""  # a scene whose layout is kept, as the caller packed it
    region: Box | None = None  # in tiles: only this part of it changes


class Made(NamedTuple):
    """A scene, its parts, and what was done otherwise than asked."""

    scene: Scene
    art: Art
    warnings: tuple[str, ...]


def drawings(plan: ScenePlan) -> int:
    """About how many drawings it takes; the prompt is not read for this."""
    return USUAL


def network_calls(plan: ScenePlan) -> int:
    """About how many calls of the network, in rows of eight."""
    return -(-USUAL * plan.art.steps * 2 // 8)


async def draw(
    plan: ScenePlan, text_encoder: TextEncoder, painter: Painter, provenance: Provenance, like: Scene | None = None
) -> Made:
    """The scene of a plan; `like` is the scene that it is packed with."""
    wish = await asyncio.to_thread(read, plan.prompt, Encoder(text_encoder))
    if like is not None:
        made = await (
            redrawn(like, wish, plan.art, painter)
            if plan.region is None
            else redrawn_part(like, wish, plan.region, plan.art, painter)
        )
        return Made(replace(made.scene, provenance=provenance), made.art, made.warnings)
    parts = art.drawables(wish, plan.view == "top-down")
    painter.expect(art.drawings(parts))
    found = await art.drawn(parts, plan.art, painter)
    return await asyncio.to_thread(_composed, plan, wish, found, provenance)


def _composed(plan: ScenePlan, wish: Wish, found: Art, provenance: Provenance) -> Made:
    tile, seed = plan.art.tile, plan.layout_seed
    if plan.view == "side":
        walk = walked(wish, plan.size, seed)
        return Made(side.composed("scene", wish, walk, found, tile, seed, provenance), found, walk.warnings)
    layout = laid_out(wish, plan.size, seed)
    return Made(topdown.composed("scene", wish, layout, found, tile, provenance, seed), found, layout.warnings)


class Encoder:
    """The meanings of many sentences (n, 512), a few at a time."""

    def __init__(self, text_encoder: TextEncoder) -> None:
        self._encode = text_encoder

    def __call__(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        pieces = [self._encode(sentences[at : at + AT_ONCE]).pooled for at in range(0, len(sentences), AT_ONCE)]
        return np.concatenate(pieces)


def wang_coverage(scene: Scene) -> float:
    """Share of the tiles of complete Wang sets that the scene's tilesets have: corner and edge sets of two terrains have 16."""
    sets = [wang_set for tileset in scene.tilesets for wang_set in tileset.wang_sets]
    ids: Mapping[str, int] = {wang_set.name: len(set(wang_set.wang_ids.values())) for wang_set in sets}
    return sum(ids.values()) / max(1, 16 * len(ids))
