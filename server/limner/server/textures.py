"""Texture briefs: checked, planned, and drawn into assets."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

from limner.generators.cards import ModelCard
from limner.recipes import texture
from limner.recipes.image import encoded
from limner.recipes.painting import CANDIDATES, Painter
from limner.recipes.references import colours_of
from limner.recipes.surfaces import Surface
from limner.recipes.texture import MAPS, Made, TexturePlan
from limner.server import validation
from limner.server.catalogue import Loaded
from limner.server.config import ServerConfig
from limner.server.convert import image_plan
from limner.server.errors import FieldViolation, InvalidRequestError
from limner.server.made import MadeAsset, Shared
from limner.v1 import briefs_pb2

MAX_SIDE, MAX_VARIANTS = 512, 16
GUIDANCE = 3.0  # of textures: more makes them loud


def check(brief: briefs_pb2.TextureBrief, card: ModelCard, config: ServerConfig) -> None:
    """Raise InvalidRequestError with all that is wrong."""
    wrong = [*_odd(brief)]
    try:
        validation.check_image(brief.image, card, config, MAX_SIDE)
    except InvalidRequestError as error:
        wrong = [*error.under("texture.image.").violations, *wrong]
    if wrong:
        raise InvalidRequestError(*wrong)


def _odd(brief: briefs_pb2.TextureBrief) -> Iterator[FieldViolation]:
    """What is wrong beyond the image brief."""
    for field in ("reference_png", "mask_png"):
        if getattr(brief.image, field):
            yield FieldViolation(f"texture.image.{field}", "textures are drawn from words alone; leave it out")
    if brief.HasField("variants") and not 1 <= brief.variants <= MAX_VARIANTS:
        yield FieldViolation("texture.variants", f"{brief.variants} is outside 1 to {MAX_VARIANTS}")
    for number, name in enumerate(brief.maps):
        if name not in MAPS:
            yield FieldViolation("texture.maps", f"{name[:40]!r} is unknown; use some of {', '.join(MAPS)}")
        elif name in brief.maps[:number]:
            yield FieldViolation("texture.maps", f"{name!r} is there twice; name each map once")


def plan_of(brief: briefs_pb2.TextureBrief, card: ModelCard, seed: int) -> TexturePlan:
    """A checked brief as a plan."""
    image = image_plan(brief.image, card, seed)
    both = not (brief.image.tile_x or brief.image.tile_y)
    guided = brief.image.sampling.HasField("guidance_scale")
    request = replace(
        image.request,
        kind=image.request.kind or ("tile" if image.request.style == "pixel" else "texture"),
        guidance_scale=image.request.guidance_scale if guided else min(GUIDANCE, image.request.guidance_scale),
        tile_x=both or brief.image.tile_x,
        tile_y=both or brief.image.tile_y,
        opaque=True,
    )
    return TexturePlan(
        request=request,
        native=card.sizes[0],
        side=image.side,
        candidates=image.candidates if brief.image.HasField("candidates") else CANDIDATES,
        variants=brief.variants if brief.HasField("variants") else 1,
        maps=tuple(brief.maps),
        palette=colours_of(image.palette_png) if image.palette_png else image.palette,
    )


async def draw(plan: TexturePlan, shared: Shared, loaded: Loaded, painter: Painter) -> list[MadeAsset]:
    """The assets of a texture, the first variant's colours first."""
    encoder = loaded.imagen.text_encoder
    surface = await asyncio.to_thread(lambda: shared.surfaces(encoder).nearest(plan.request.prompt))
    made = await texture.draw(plan, surface, painter)
    return await asyncio.to_thread(lambda: [_asset(one, surface, plan) for one in made])


def _asset(one: Made, surface: Surface, plan: TexturePlan) -> MadeAsset:
    facts: dict[str, object] = {
        "role": one.role,
        "candidate": one.variant,
        "seam": one.seam,
        "alignment": one.fit,
        "tile_x": plan.request.tile_x,
        "tile_y": plan.request.tile_y,
        "surface": surface.name,
    }
    if one.role == "albedo":
        facts |= {"palette_size": texture.colours(one.pixels), "coverage": 1.0, "alpha_exactness": 1.0}
    height, width = one.pixels.shape[:2]
    return MadeAsset(encoded(one.pixels), facts | {"width": width, "height": height, "side": width})
