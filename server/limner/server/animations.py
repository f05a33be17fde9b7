"""Animation briefs: checked, planned, and drawn into assets. `characters` puts several actions together."""

import asyncio
import contextlib
from collections.abc import Iterator

from limner.atlas.motions import ACTIONS
from limner.atlas.puppets import figure
from limner.atlas.sprites import AtlasError
from limner.generators.cards import ModelCard
from limner.recipes import animation
from limner.recipes.animation import AnimationPlan
from limner.recipes.image import encoded
from limner.recipes.painting import Painter
from limner.recipes.references import decoded
from limner.server import validation
from limner.server.catalogue import Loaded
from limner.server.config import ServerConfig
from limner.server.convert import SIDE_OF, image_plan
from limner.server.errors import FailedPreconditionError, FieldViolation, InvalidRequestError, UnimplementedError
from limner.server.made import MadeAsset, Shared
from limner.v1 import briefs_pb2

FRAMES, MAX_FRAMES = 8, 64
MAX_SIDE = 512
DURATIONS_MS = (10, 10_000)


def check(brief: briefs_pb2.AnimationBrief, card: ModelCard, config: ServerConfig) -> None:
    """Raise InvalidRequestError with all that is wrong, UnimplementedError for what is to come."""
    wrong = [*_odd(brief)]
    try:
        validation.check_image(_image(brief), card, config)
    except InvalidRequestError as error:
        wordless = bool(brief.reference_png) and not brief.prompt  # a given figure needs no words
        told = error.under("animation.").violations
        wrong += [each for each in told if not (wordless and each.field == "animation.prompt")]
    if brief.reference_png:
        wrong += validation.odd_picture("animation.reference_png", brief.reference_png, config)
        if not wrong:
            wrong += figureless("animation", brief.reference_png)
    if wrong:
        raise InvalidRequestError(*wrong)
    for field in ("first_frame_png", "last_frame_png"):
        if getattr(brief, field):
            raise UnimplementedError(f"animation.{field}: frames are not drawn towards a given one yet; leave it out")


def _odd(brief: briefs_pb2.AnimationBrief) -> Iterator[FieldViolation]:
    """What is wrong with the movement."""
    if brief.action not in ACTIONS:
        yield FieldViolation("animation.action", f"{brief.action[:40]!r} is unknown; use one of {', '.join(ACTIONS)}")
    if brief.direction not in SIDE_OF:
        yield FieldViolation("animation.direction", f"{brief.direction} is unknown; use 0 to {max(SIDE_OF)}")
    if brief.HasField("frames") and not 1 <= brief.frames <= MAX_FRAMES:
        yield FieldViolation("animation.frames", f"{brief.frames} is outside 1 to {MAX_FRAMES}")
    low, high = DURATIONS_MS
    if brief.HasField("duration_ms") and not low <= brief.duration_ms <= high:
        yield FieldViolation("animation.duration_ms", f"{brief.duration_ms} is outside {low} to {high:,}")


def figureless(name: str, content: bytes) -> Iterator[FieldViolation]:
    """Nothing to move in the picture of the brief `name`."""
    pixels = decoded(content)
    if max(pixels.shape[:2]) > MAX_SIDE:
        height, width = pixels.shape[:2]
        yield FieldViolation(f"{name}.reference_png", f"{width} × {height} pixels; figures have up to {MAX_SIDE}")
        return
    try:
        figure(pixels)
    except AtlasError as error:
        yield FieldViolation(f"{name}.reference", str(error))


def plan_of(brief: briefs_pb2.AnimationBrief, card: ModelCard, seed: int) -> AnimationPlan:
    """A checked brief as a plan."""
    return AnimationPlan(
        request=None if brief.reference_png else image_plan(_image(brief), card, seed).request,
        picture_png=brief.reference_png,
        action=brief.action,
        frames=brief.frames if brief.HasField("frames") else FRAMES,
        duration_ms=brief.duration_ms if brief.HasField("duration_ms") else ACTIONS[brief.action].duration_ms,
        direction=SIDE_OF[brief.direction],
        mirrored=brief.mirrored,
    )


def _image(brief: briefs_pb2.AnimationBrief) -> briefs_pb2.ImageBrief:
    """The brief that draws the figure."""
    return briefs_pb2.ImageBrief(
        prompt=brief.prompt,
        kind="character",
        seed=brief.seed if brief.HasField("seed") else None,
        model=brief.model if brief.HasField("model") else None,
    )


async def draw(plan: AnimationPlan, shared: Shared, loaded: Loaded, painter: Painter) -> list[MadeAsset]:
    """The frames, in their order."""
    with figures_told():
        made = await animation.draw(plan, painter)
    return await asyncio.to_thread(frames_of, made, plan.duration_ms)


@contextlib.contextmanager
def figures_told() -> Iterator[None]:
    """Drawings without a figure become an error that says what to do. Raises FailedPreconditionError."""
    try:
        yield
    except AtlasError as error:
        raise FailedPreconditionError("no figure was drawn; use other words or another seed") from error


def frames_of(made: animation.Animation, duration_ms: int, first: int = 0) -> list[MadeAsset]:
    """The frames of an animation as assets, numbered from `first`."""
    height, width = made.frames[0].shape[:2]
    both: dict[str, object] = {
        "role": "frame",
        "action": made.action,
        "direction": made.direction or "unspecified",
        "loops": ACTIONS[made.action].loops,
        "duration_ms": duration_ms,
        "alignment": made.fit,
        "loop_closure": made.closure,
        "palette_exactness": made.palette_exactness,
        "width": width,
        "height": height,
        "side": width,
    }
    return [MadeAsset(encoded(frame), both | {"candidate": number}) for number, frame in enumerate(made.frames, first)]
