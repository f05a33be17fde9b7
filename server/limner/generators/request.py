"""What decides the pixels of one picture."""

import math
from dataclasses import dataclass

KINDS = ("character", "monster", "animal", "item", "icon", "tile", "texture", "effect", "object", "vehicle", "background", "portrait")  # fmt: skip
STYLES = ("pixel", "flat", "icon", "painted", "render")
MAX_WINDOWS = 16  # of the network's pictures along a side
MAX_SEED = 2**53  # so that a seed survives JSON


class RequestError(ValueError):
    """A value that cannot be drawn. `field` names it; the message says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """Everything that decides the pixels: equal requests draw equal pictures."""

    prompt: str
    negative_prompt: str = ""
    kind: str | None = None
    style: str | None = "pixel"
    steps: int = 20
    guidance_scale: float = 5.0  # 1 turns guidance off
    guidance_sigma_min: float = 0.0
    guidance_sigma_max: float = math.inf
    sampler: str = "dpmpp-2m"
    schedule: str = "karras"
    dynamic_threshold: float = 1.0  # 1 only clips; less shrinks clear ground, at the end of the range, to grey
    seed: int = 0
    item: int = 0  # which candidate
    strength: float = 1.0  # share of the schedule that runs; less keeps more of the source
    tile_x: bool = False  # the right edge goes on at the left one
    tile_y: bool = False
    across: int = 1  # how many of the network's pictures wide, drawn as one
    down: int = 1  # and how many high
    opaque: bool = False  # nothing shows through: alpha is held at its highest

    @property
    def first_step(self) -> int:
        """The step that a drawing from a source begins at."""
        return min(self.steps - 1, round(self.steps * (1 - self.strength)))

    @property
    def kind_index(self) -> int:
        """The network's number of the kind; 0 is any."""
        return 0 if self.kind is None else KINDS.index(self.kind) + 1

    @property
    def style_index(self) -> int:
        """The network's number of the style; 0 is any."""
        return 0 if self.style is None else STYLES.index(self.style) + 1


def check(request: ImageRequest) -> None:
    """Raise RequestError for a value outside its range."""
    for field, value, names in (("kind", request.kind, KINDS), ("style", request.style, STYLES)):
        if value is not None and value not in names:
            raise RequestError(field, f"{field} {value!r} is unknown; use one of {', '.join(names)}")
    if not 1 <= request.steps <= 200:
        raise RequestError("sampling.steps", f"steps {request.steps} is outside 1 to 200")
    if not 1 <= request.guidance_scale <= 20:  # also refuses NaN
        raise RequestError(
            "sampling.guidance_scale",
            f"guidance_scale {request.guidance_scale} is outside 1 to 20; 1 turns guidance off",
        )
    if not 0 < request.dynamic_threshold <= 1:
        raise RequestError(
            "sampling.dynamic_threshold", f"dynamic_threshold {request.dynamic_threshold} is outside (0, 1]"
        )
    if not 0 <= request.guidance_sigma_min <= request.guidance_sigma_max:
        raise RequestError(
            "sampling.guidance_sigma_min", "guidance_sigma_min must lie between 0 and guidance_sigma_max"
        )
    if not 0 < request.strength <= 1:
        raise RequestError("strength", f"strength {request.strength} is outside (0, 1]; 1 forgets the reference")
    if not (1 <= request.across <= MAX_WINDOWS and 1 <= request.down <= MAX_WINDOWS):
        raise RequestError(
            "width", f"{request.across} × {request.down} of the network's pictures; at most {MAX_WINDOWS}"
        )
    if not 0 <= request.seed < MAX_SEED:
        raise RequestError("seed", f"seed {request.seed} is outside 0 to 2^53 - 1")
