"""What recipes of several drawings give, and what they keep from one generation to the next."""

from collections.abc import Mapping
from typing import NamedTuple

from limner.generators.text_encoder import TextEncoder
from limner.recipes.painting import Parts
from limner.recipes.surfaces import Surfaces


class MadeAsset(NamedTuple):
    """A file that a recipe made, and what is known of it."""

    content: bytes
    facts: Mapping[str, object]


class Shared:
    """Parts that were drawn before, and tables whose words were read before. Filled from any thread; what races is only done twice."""

    def __init__(self) -> None:
        self.parts = Parts()
        self._surfaces: Surfaces | None = None

    def surfaces(self, text_encoder: TextEncoder) -> Surfaces:
        """The table of surfaces; its words are read at the first use."""
        if self._surfaces is None:
            self._surfaces = Surfaces(text_encoder)
        return self._surfaces
