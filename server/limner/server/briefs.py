"""What a brief asks the image recipe for. Briefs about existing art become image briefs that start from it."""

from typing import Any

from limner.server.assets import AssetStore
from limner.server.errors import InvalidRequestError, NotFoundError, UnimplementedError
from limner.server.jobs import JobStore, StoredAsset
from limner.server.names import asset_id
from limner.v1 import briefs_pb2, generation_pb2

DRAWN = ("image", "edit", "variation", "texture", "scene", "animation", "character")
FIELDS = {"edit": "edit.image.", "variation": "variation."}  # where their image briefs come from; else `image.`
EDIT_STRENGTH, VARIATION_STRENGTH, VARIATIONS = 0.8, 0.5, 4  # where the brief says nothing


class Briefs:
    """Looks up the pictures that briefs name."""

    def __init__(self, store: JobStore, assets: AssetStore) -> None:
        self._store, self._assets = store, assets

    async def image(self, generation: generation_pb2.Generation, owner: str) -> briefs_pb2.ImageBrief:
        """The image brief that draws `generation`. Raises for none, for art that is not there, and for what is not drawn yet."""
        name = generation.WhichOneof("brief")
        if name is None:
            raise InvalidRequestError.of("generation.brief", "no brief; set exactly one, such as `image`")
        if name == "edit":
            return await self._edit(generation.edit, owner)
        if name == "variation":
            return await self._variation(generation.variation, owner)
        if name != "image":
            raise UnimplementedError(f"the brief `{name}` is not drawn by this version; it draws {', '.join(DRAWN)}")
        return generation.image

    async def composed(self, name: str, generation: generation_pb2.Generation, owner: str) -> Any:
        """The brief `name` for a recipe, with the picture of an asset that it refers to."""
        brief = getattr(generation, name)
        if name not in ("animation", "character") or not brief.reference:
            return brief
        if brief.reference_png:
            raise InvalidRequestError.of(f"{name}.reference_png", f"{name}.reference is there too; give one of them")
        filled = type(brief)()
        filled.CopyFrom(brief)
        _, filled.reference_png = await self._source(brief.reference, f"{name}.reference", owner)
        return filled

    async def _edit(self, edit: briefs_pb2.EditBrief, owner: str) -> briefs_pb2.ImageBrief:
        """The source's pixels stay outside the mask; inside, the image brief is drawn from what is there."""
        source, content = await self._source(edit.source, "edit.source", owner)
        for field in ("reference_png", "mask_png"):
            if getattr(edit.image, field):
                raise InvalidRequestError.of(
                    f"edit.image.{field}", "comes from edit.source and edit.mask_png; leave it out"
                )
        brief = briefs_pb2.ImageBrief()
        brief.CopyFrom(edit.image)
        brief.reference_png, brief.mask_png = content, edit.mask_png
        if not brief.HasField("strength"):
            brief.strength = EDIT_STRENGTH
        brief.width = brief.height = source.facts["side"]
        return brief

    async def _variation(self, variation: briefs_pb2.VariationBrief, owner: str) -> briefs_pb2.ImageBrief:
        """The source under noise, drawn again with the words that it was made from."""
        source, content = await self._source(variation.source, "variation.source", owner)
        if (said := source.facts.get("said")) is None:  # stored before words were kept beside pictures
            raise InvalidRequestError.of("variation.source", "keeps no words; vary a picture that this version drew")
        return briefs_pb2.ImageBrief(
            prompt=said["prompt"],
            negative_prompt=said["negative_prompt"],
            kind=said["kind"],
            style=said["style"],
            width=source.facts["side"],
            height=source.facts["side"],
            reference_png=content,
            strength=variation.strength if variation.HasField("strength") else VARIATION_STRENGTH,
            candidates=variation.candidates if variation.HasField("candidates") else VARIATIONS,
            seed=variation.seed if variation.HasField("seed") else None,
            model=variation.model if variation.HasField("model") else None,
        )

    async def _source(self, name: str, field: str, owner: str) -> tuple[StoredAsset, bytes]:
        try:
            source = await self._store.asset(asset_id(name, field), owner)
            return source, await self._assets.get(source.digest)
        except NotFoundError as error:
            raise InvalidRequestError.of(field, f"{error}") from error
