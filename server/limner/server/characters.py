"""Character briefs: checked, planned, and drawn into assets."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

from limner.atlas.motions import ACTIONS
from limner.generators.cards import ModelCard
from limner.recipes import animation
from limner.recipes.animation import Character, CharacterPlan
from limner.recipes.image import encoded
from limner.recipes.painting import CANDIDATES, Painter
from limner.server import validation
from limner.server.animations import FRAMES, MAX_FRAMES, figureless, figures_told, frames_of
from limner.server.catalogue import Loaded
from limner.server.config import ServerConfig
from limner.server.convert import image_plan
from limner.server.errors import FieldViolation, InvalidRequestError
from limner.server.made import MadeAsset, Shared
from limner.v1 import briefs_pb2

DIRECTIONS = tuple(animation.SIDES)
MOST_FRAMES = 1024  # of all actions in all directions


def check(brief: briefs_pb2.CharacterBrief, card: ModelCard, config: ServerConfig) -> None:
    """Raise InvalidRequestError with all that is wrong."""
    wrong = [*_odd(brief)]
    try:
        validation.check_image(brief.image, card, config)
    except InvalidRequestError as error:
        told = error.under("character.image.").violations
        wordless = bool(brief.reference_png) and not brief.image.prompt  # a given figure needs no words
        wrong = [*(each for each in told if not (wordless and each.field == "character.image.prompt")), *wrong]
    if brief.reference_png:
        unread = validation.odd_picture("character.reference_png", brief.reference_png, config)
        wrong += unread or figureless("character", brief.reference_png)
    if wrong:
        raise InvalidRequestError(*wrong)


def _odd(brief: briefs_pb2.CharacterBrief) -> Iterator[FieldViolation]:
    """What is wrong beyond the image brief."""
    for field in ("reference_png", "mask_png"):
        if getattr(brief.image, field):
            fix = "characters are drawn from words; one that is given goes into character.reference_png"
            yield FieldViolation(f"character.image.{field}", fix)
    if brief.HasField("directions") and brief.directions not in DIRECTIONS:
        yield FieldViolation("character.directions", f"{brief.directions} is none of 1, 4 and 8")
    if brief.HasField("frames") and not 1 <= brief.frames <= MAX_FRAMES:
        yield FieldViolation("character.frames", f"{brief.frames} is outside 1 to {MAX_FRAMES}")
    frames = brief.frames if brief.HasField("frames") else FRAMES
    if (total := len(brief.actions) * max(1, brief.directions) * frames) > MOST_FRAMES:
        yield FieldViolation("character.frames", f"{total:,} frames in all; ask for at most {MOST_FRAMES:,} at once")
    for number, name in enumerate(brief.actions):
        if name not in ACTIONS:
            yield FieldViolation("character.actions", f"{name[:40]!r} is unknown; use some of {', '.join(ACTIONS)}")
        elif name in brief.actions[:number]:
            yield FieldViolation("character.actions", f"{name!r} is there twice; name each action once")


def plan_of(brief: briefs_pb2.CharacterBrief, card: ModelCard, seed: int) -> CharacterPlan:
    """A checked brief as a plan."""
    image = image_plan(brief.image, card, seed)
    return CharacterPlan(
        request=replace(image.request, kind=image.request.kind or "character"),
        picture_png=brief.reference_png,
        candidates=_candidates(brief),
        directions=brief.directions if brief.HasField("directions") else 1,
        actions=tuple(brief.actions),
        frames=brief.frames if brief.HasField("frames") else FRAMES,
        factor=image.side // card.sizes[0],
    )


def _candidates(brief: briefs_pb2.CharacterBrief) -> int:
    if brief.reference_png:
        return 0
    return brief.image.candidates if brief.image.HasField("candidates") else CANDIDATES


async def draw(plan: CharacterPlan, shared: Shared, loaded: Loaded, painter: Painter) -> list[MadeAsset]:
    """The character at rest, from each of its sides, then the frames of its actions."""
    with figures_told():
        made = await animation.draw_character(plan, painter)
    return await asyncio.to_thread(_assets, made)


def _assets(made: Character) -> list[MadeAsset]:
    assets: list[MadeAsset] = []
    for still in made.stills:
        height, width = still.pixels.shape[:2]
        facts: dict[str, object] = {"role": "reference", "candidate": len(assets), "alignment": made.fit}
        facts |= {"direction": still.direction or "unspecified", "width": width, "height": height, "side": width}
        assets.append(MadeAsset(encoded(still.pixels), facts))
    for one in made.animations:
        assets += frames_of(one, ACTIONS[one.action].duration_ms, len(assets))
    return assets
