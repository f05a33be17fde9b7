"""Checks a request before anything is stored. Every complaint names the field and what to do."""

import io
import re
import unicodedata
import warnings

from PIL import Image

from limner.generators.cards import ModelCard
from limner.generators.request import MAX_SEED, RequestError, check
from limner.generators.samplers import SAMPLERS
from limner.generators.schedules import SCHEDULES
from limner.recipes.references import MAX_COLOURS, colours_of, decoded, mask_of
from limner.server.config import ServerConfig
from limner.server.convert import image_plan
from limner.server.errors import FieldViolation, InvalidRequestError, UnimplementedError
from limner.v1 import briefs_pb2, generation_pb2

MAX_PROMPT = 2000
MAX_SIDE = 256
MAX_CANDIDATES = 16
REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}")
UNREAD = ("outline", "shading", "detail")
Violations = list[FieldViolation]


def check_request(request_id: str, generation: generation_pb2.Generation) -> None:
    """What does not depend on the model."""
    if request_id and not REQUEST_ID.fullmatch(request_id):
        raise InvalidRequestError.of("request_id", "must be up to 128 visible ASCII characters")
    if generation.HasField("time_limit") and generation.time_limit.ToNanoseconds() <= 0:
        raise InvalidRequestError.of("generation.time_limit", "must be more than 0 s; leave it out for no limit")


def check_image(brief: briefs_pb2.ImageBrief, card: ModelCard, config: ServerConfig, max_side: int = MAX_SIDE) -> None:
    """Everything in an image brief. Raises InvalidRequestError with all that is wrong, UnimplementedError for what is to come."""
    wrong: Violations = [*_prompts(brief), *_sizes(brief, card, max_side), *_sampling(brief)]
    for field, content in pictures_of(brief).items():
        wrong += odd_picture(f"image.{field}", content, config)
    if not wrong:
        wrong += [*_references(brief, card), *_palette(brief)]
    if brief.HasField("seed") and not 0 <= brief.seed < MAX_SEED:
        wrong.append(FieldViolation("image.seed", f"{brief.seed} is outside 0 to 2^53 - 1"))
    if brief.HasField("candidates") and not 1 <= brief.candidates <= MAX_CANDIDATES:
        wrong.append(FieldViolation("image.candidates", f"{brief.candidates} is outside 1 to {MAX_CANDIDATES}"))
    if not wrong:
        try:
            check(image_plan(brief, card, 0).request)
        except RequestError as error:
            wrong.append(FieldViolation(f"image.{error.field}", str(error)))
    if wrong:
        raise InvalidRequestError(*wrong)
    _refuse_unfinished(brief)


def _prompts(brief: briefs_pb2.ImageBrief) -> Violations:
    wrong = []
    for field in ("prompt", "negative_prompt"):
        text = getattr(brief, field)
        if len(text) > MAX_PROMPT:
            wrong.append(FieldViolation(f"image.{field}", f"{len(text)} characters; at most {MAX_PROMPT} are read"))
    if not any(unicodedata.category(character)[0] in "LN" for character in brief.prompt[:MAX_PROMPT]):
        wrong.append(FieldViolation("image.prompt", "has no word in it; say what to draw, such as `a red dragon`"))
    return wrong


def _sizes(brief: briefs_pb2.ImageBrief, card: ModelCard, max_side: int) -> Violations:
    wrong = []
    native = card.sizes[0]
    for field in ("width", "height"):
        side = getattr(brief, field)
        if brief.HasField(field) and (side < native or side > max_side or side % native):
            fits = ", ".join(str(size) for size in range(native, max_side + 1, native))
            wrong.append(FieldViolation(f"image.{field}", f"{side} cannot be drawn; use one of {fits}"))
    if brief.HasField("height") and brief.height != (brief.width if brief.HasField("width") else native) and not wrong:
        wrong.append(FieldViolation("image.height", "must equal the width; this model draws squares"))
    return wrong


def _sampling(brief: briefs_pb2.ImageBrief) -> Violations:
    wrong = []
    for field, known in (("sampler", SAMPLERS), ("scheduler", SCHEDULES)):
        name = getattr(brief.sampling, field)
        if brief.sampling.HasField(field) and name not in known:
            wrong.append(
                FieldViolation(f"image.sampling.{field}", f"{name!r} is unknown; use one of {', '.join(known)}")
            )
    return wrong


def odd_picture(field: str, content: bytes, config: ServerConfig) -> Violations:
    """A given picture must be a whole PNG of a bearable size; its pixels are only counted before they are decoded."""
    if not content:
        return []
    if len(content) > config.max_picture_bytes:
        return [FieldViolation(field, f"{len(content)} bytes; at most {config.max_picture_bytes} are read")]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
                if picture.width * picture.height > config.max_picture_pixels:
                    size = f"{picture.width} × {picture.height}"
                    return [FieldViolation(field, f"{size} pixels are too many; scale it down to 4096 × 4096")]
                picture.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        return [FieldViolation(field, f"is not a whole PNG picture ({error}); save it again")]
    return []


def pictures_of(brief: briefs_pb2.ImageBrief) -> dict[str, bytes]:
    """The pictures that a brief brings along, by field."""
    given = {"reference_png": brief.reference_png, "mask_png": brief.mask_png, "palette.png": brief.palette.png}
    return {field: content for field, content in given.items() if content}


def _references(brief: briefs_pb2.ImageBrief, card: ModelCard) -> Violations:
    """What does not go together among reference, mask and size."""
    if not brief.reference_png:
        given = {"mask_png": bool(brief.mask_png), "strength": brief.HasField("strength")}
        alone = [field for field, there in given.items() if there]
        return [
            FieldViolation(f"image.{field}", "needs image.reference_png; give the picture to change") for field in alone
        ]
    pixels = decoded(brief.reference_png)
    if not pixels[..., 3].any():
        return [FieldViolation("image.reference_png", "is wholly transparent; give a picture with something in it")]
    return _mask(brief, card, pixels.shape[0], pixels.shape[1]) if brief.mask_png else []


def _mask(brief: briefs_pb2.ImageBrief, card: ModelCard, height: int, width: int) -> Violations:
    mask = mask_of(brief.mask_png)
    if mask.shape != (height, width):
        size = f"{mask.shape[1]} × {mask.shape[0]}"
        return [FieldViolation("image.mask_png", f"is {size}, the reference {width} × {height}; make them equal")]
    if not mask.any():
        return [FieldViolation("image.mask_png", "has nothing white; paint white what may change")]
    side = brief.width if brief.HasField("width") else card.sizes[0]
    if (height, width) != (side, side):
        fix = f"with a mask the result has the reference's size: scale it to {side} × {side} or set image.width"
        return [FieldViolation("image.reference_png", f"is {width} × {height}; {fix}")]
    return []


def _palette(brief: briefs_pb2.ImageBrief) -> Violations:
    colours, png = brief.palette.colours, brief.palette.png
    if not brief.HasField("palette"):
        return []
    if bool(colours) == bool(png):
        return [FieldViolation("image.palette", "give either colours or png")]
    if png and not colours_of(png):
        return [FieldViolation("image.palette.png", "has no opaque pixel; give a picture with the colours")]
    if colours and not 2 <= len(colours) <= MAX_COLOURS:
        return [FieldViolation("image.palette.colours", f"{len(colours)} colours; give 2 to {MAX_COLOURS}")]
    if odd := next((colour for colour in colours if colour > 0xFFFFFF), None):
        return [FieldViolation("image.palette.colours", f"{odd:#x} is no 0xRRGGBB colour")]
    return []


def _refuse_unfinished(brief: briefs_pb2.ImageBrief) -> None:
    """Say so rather than draw something else than was asked for."""
    if brief.view or brief.direction or any(brief.HasField(field) for field in UNREAD):
        raise UnimplementedError(
            "view, direction, outline, shading and detail are not read by this version; say them in the prompt"
        )
