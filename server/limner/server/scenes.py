"""Scene briefs: checked, planned, and made into assets."""

import asyncio
from collections.abc import Iterator

from limner.atlas.flattening import flattened, pixel_size
from limner.atlas.geometry import Box, Size
from limner.atlas.scene_checks import check_scene
from limner.atlas.scene_reducing import reduced_scene
from limner.atlas.scenes import Scene
from limner.atlas.sprites import AtlasError, Pixels
from limner.exporters.files import ExportError
from limner.exporters.png import encoded
from limner.generators.cards import ModelCard
from limner.recipes.painting import Painter
from limner.recipes.scenes import scene as recipe
from limner.recipes.scenes.art import STEPS, ArtPlan
from limner.recipes.scenes.scene import Made, ScenePlan
from limner.server import bundles, validation
from limner.server.catalogue import Loaded
from limner.server.config import ServerConfig
from limner.server.errors import FieldViolation, InvalidRequestError
from limner.server.made import MadeAsset, Shared
from limner.v1 import briefs_pb2

FEWEST, MOST = 8, 512  # tiles along a side
TILES = (16, 32, 64)
WIDTH, HEIGHT, SIDE_HEIGHT = 64, 48, 24  # where the brief says nothing
MOST_BYTES = 8 << 20  # of a scene to redraw
TEXTS, LETTERS = 64, 4000  # that the names in such a scene are screened as
MOST_PIXELS = 1 << 20  # of the picture of the whole; larger scenes are shown smaller
VIEWS = (briefs_pb2.VIEW_UNSPECIFIED, briefs_pb2.VIEW_HIGH_TOP_DOWN, briefs_pb2.VIEW_SIDE)


def check(brief: briefs_pb2.SceneBrief, card: ModelCard, config: ServerConfig) -> None:
    """Raise InvalidRequestError with all that is wrong."""
    wrong = [*_odd(brief)]
    image = briefs_pb2.ImageBrief(
        prompt=brief.prompt,
        seed=brief.seed if brief.HasField("seed") else None,
        style=brief.style if brief.HasField("style") else None,
    )
    try:
        validation.check_image(image, card, config)
    except InvalidRequestError as error:
        wrong = [*error.under("scene.").violations, *wrong]
    if wrong:
        raise InvalidRequestError(*wrong)


def _odd(brief: briefs_pb2.SceneBrief) -> Iterator[FieldViolation]:
    for field in ("width_tiles", "height_tiles"):
        side = getattr(brief, field)
        if brief.HasField(field) and not FEWEST <= side <= MOST:
            yield FieldViolation(f"scene.{field}", f"{side} tiles; use {FEWEST} to {MOST}")
    if brief.HasField("tile_size") and brief.tile_size not in TILES:
        yield FieldViolation("scene.tile_size", f"{brief.tile_size} pixels; use {', '.join(map(str, TILES))}")
    if brief.view not in VIEWS:
        yield FieldViolation("scene.view", "use VIEW_HIGH_TOP_DOWN for a map, or VIEW_SIDE")
    if brief.HasField("layout_seed") and not 0 <= brief.layout_seed < 2**53:
        yield FieldViolation("scene.layout_seed", f"{brief.layout_seed} is outside 0 to 2^53 - 1")
    if brief.like_zip:
        yield from _odd_likeness(brief)
    elif brief.HasField("region"):
        yield FieldViolation("scene.region", "needs scene.like_zip; give the scene to change")


def _odd_likeness(brief: briefs_pb2.SceneBrief) -> Iterator[FieldViolation]:
    """What is wrong with a scene to redraw."""
    for field in ("width_tiles", "height_tiles", "tile_size"):
        if brief.HasField(field):
            yield FieldViolation(f"scene.{field}", "comes from scene.like_zip; leave it out")
    if len(brief.like_zip) > MOST_BYTES:
        yield FieldViolation("scene.like_zip", f"{len(brief.like_zip)} bytes; at most {MOST_BYTES} are read")
        return
    try:
        scene = bundles.unpacked(brief.like_zip, "scene")
        check_scene(scene)
    except (ExportError, AtlasError, TypeError, ValueError, OSError) as error:
        yield FieldViolation("scene.like_zip", str(error))
        return
    if scene.tile_size not in [Size(side, side) for side in TILES]:
        yield FieldViolation("scene.like_zip", f"has tiles of {scene.tile_size}; use one of {TILES}, as wide as high")
    if max(scene.size) > MOST:
        yield FieldViolation("scene.like_zip", f"has {scene.size} tiles; at most {MOST} each way are drawn")
    box = brief.region
    if brief.HasField("region") and not (
        min(box.x, box.y) >= 0
        and min(box.width, box.height) >= 2
        and box.x + box.width <= scene.size.width
        and box.y + box.height <= scene.size.height
    ):
        size = f"{scene.size.width} × {scene.size.height}"
        yield FieldViolation("scene.region", f"does not lie in the scene of {size} tiles, or is less than 2 × 2")


def names_in(like_zip: bytes) -> list[str]:
    """The names of the sprites of a scene to redraw, which are drawn as prompts; none for a zip that is refused later.

    Where there are many, several stand in one text, which is never longer than a screen reads.
    """
    try:
        scene = bundles.unpacked(like_zip, "scene")
    except (ExportError, AtlasError, TypeError, ValueError, OSError):
        return []
    names = list(dict.fromkeys(sprite.name.replace("_", " ") for sprite in scene.sprites))
    together = -(-len(names) // TEXTS)
    texts = ["\n".join(names[at : at + together]) for at in range(0, len(names), max(1, together))]
    return [text[at : at + LETTERS] for text in texts for at in range(0, len(text), LETTERS)]


def plan_of(brief: briefs_pb2.SceneBrief, card: ModelCard, seed: int) -> ScenePlan:
    """A checked brief as a plan."""
    like = bundles.unpacked(brief.like_zip, "scene") if brief.like_zip else None
    tile = like.tile_size.width if like else brief.tile_size if brief.HasField("tile_size") else 32
    art = ArtPlan(
        style=brief.style if brief.HasField("style") else "pixel",
        seed=seed,
        steps=min(STEPS, card.steps),
        sampler=card.sampler,
        schedule=card.schedule,
        tile=tile,
    )
    width = brief.width_tiles if brief.HasField("width_tiles") else WIDTH
    usual = SIDE_HEIGHT if brief.view == briefs_pb2.VIEW_SIDE else HEIGHT
    height = brief.height_tiles if brief.HasField("height_tiles") else usual
    return ScenePlan(
        prompt=brief.prompt,
        size=like.size if like else Size(width, height),
        art=art,
        layout_seed=brief.layout_seed if brief.HasField("layout_seed") else seed,
        view=like.view if like else "side" if brief.view == briefs_pb2.VIEW_SIDE else "top-down",
        like=brief.like_zip,
        region=Box(brief.region.x, brief.region.y, brief.region.width, brief.region.height)
        if brief.HasField("region")
        else None,
    )


async def draw(plan: ScenePlan, shared: Shared, loaded: Loaded, painter: Painter) -> list[MadeAsset]:
    """The flattened picture, the scene, and each part that was drawn."""
    said = {"generator": "limner", "prompt_seed": str(plan.art.seed), "layout_seed": str(plan.layout_seed)}
    like = await asyncio.to_thread(bundles.unpacked, plan.like, "scene") if plan.like else None
    made = await recipe.draw(plan, loaded.imagen.text_encoder, painter, said, like)
    picture, bundle, parts = await asyncio.gather(
        asyncio.to_thread(_picture, made), asyncio.to_thread(_bundle, made), asyncio.to_thread(_parts, made)
    )
    return [picture, bundle, *parts]


def _picture(made: Made) -> MadeAsset:
    pixels = shown(made.scene)
    return MadeAsset(encoded(pixels, {}), _facts("picture", pixels) | {"warnings": list(made.warnings)})


def _bundle(made: Made) -> MadeAsset:
    width, height = pixel_size(made.scene)
    facts: dict[str, object] = {
        "role": "scene",
        "content_type": bundles.CONTENT_TYPE,
        "candidate": 0,
        "width": width,
        "height": height,
        "wang_coverage": recipe.wang_coverage(made.scene),
    }
    return MadeAsset(bundles.packed(made.scene), facts)


def _parts(made: Made) -> list[MadeAsset]:
    pictures = {f"texture/{name}": pixels for name, pixels in made.art.textures.items()}
    pictures |= {f"sprite/{name}": sprite.pixels for name, sprite in made.art.sprites.items()}
    return [MadeAsset(encoded(pixels, {}), _facts(role, pixels)) for role, pixels in pictures.items()]


def _facts(role: str, pixels: Pixels) -> dict[str, object]:
    alpha = pixels[..., 3]
    return {
        "role": role,
        "candidate": 0,
        "width": pixels.shape[1],
        "height": pixels.shape[0],
        "coverage": float((alpha > 0).mean()),
        "alpha_exactness": float(((alpha == 0) | (alpha == 255)).mean()),
    }


def shown(scene: Scene) -> Pixels:
    """The scene as one picture; a very large one is drawn with smaller tiles."""
    width, height = pixel_size(scene)
    factor = 1
    while width * height // factor**2 > MOST_PIXELS:
        factor *= 2
    return flattened(scene if factor == 1 else reduced_scene(scene, factor))
