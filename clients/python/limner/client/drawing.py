"""`limner image`: one sentence, one picture or several candidates."""

from __future__ import annotations

import time
from pathlib import Path

from google.protobuf.json_format import MessageToDict

from limner.client.access import UsageError, run
from limner.client.aio import AsyncClient, Brief, Drawn
from limner.client.folders import write_into
from limner.client.options import Settings
from limner.client.screen import Screen
from limner.v1.briefs_pb2 import EditBrief, ImageBrief, Palette, Sampling, VariationBrief


def image_brief(
    prompt: str,
    *,
    negative: str | None = None,
    model: str | None = None,
    size: int | None = None,
    seed: int | None = None,
    candidates: int | None = None,
    steps: int | None = None,
    guidance: float | None = None,
    style: str | None = None,
    kind: str | None = None,
    reference: Path | None = None,
    mask: Path | None = None,
    strength: float | None = None,
    tile: str | None = None,
    palette: Path | None = None,
) -> ImageBrief:
    """The brief for one picture; what is None stays with the server.

    Raises UsageError for numbers beyond the wire, for an axis that is not x, y or xy, and for files that cannot be read.
    """
    if tile not in (None, "x", "y", "xy"):
        raise UsageError(f"--tile {tile}: write x, y or xy")
    try:
        sampling = Sampling(steps=steps, guidance_scale=guidance)
        return ImageBrief(
            prompt=prompt,
            negative_prompt=negative or "",
            model=model_name(model) if model else None,
            width=size,
            height=size,
            seed=seed,
            candidates=candidates,
            style=style,
            kind=kind,
            sampling=sampling if sampling.ListFields() else None,
            reference_png=content_of(reference),
            mask_png=content_of(mask),
            strength=strength,
            tile_x="x" in (tile or ""),
            tile_y="y" in (tile or ""),
            palette=Palette(png=content_of(palette)) if palette else None,
        )
    except (ValueError, TypeError) as error:
        raise UsageError(str(error)) from error


def content_of(path: Path | None) -> bytes:
    """The bytes of a picture file; nothing for no file. Raises UsageError where it cannot be read."""
    try:
        return path.read_bytes() if path else b""
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error


def model_name(model: str) -> str:
    """The resource name of a model that is given by name or by id."""
    return model if model.startswith("models/") else f"models/{model}"


def edit_brief(source: str, image: ImageBrief, mask: Path | None) -> EditBrief:
    """A change to an asset, in the white of the mask or everywhere."""
    return EditBrief(source=asset_name(source), mask_png=content_of(mask), image=image)


def variation_brief(source: str, *, strength: float | None, count: int, seed: int | None) -> VariationBrief:
    """Pictures like an asset."""
    try:
        return VariationBrief(source=asset_name(source), strength=strength, candidates=count, seed=seed)
    except (ValueError, TypeError) as error:
        raise UsageError(str(error)) from error


def asset_name(asset: str) -> str:
    """The resource name of an asset that is given by name or by id."""
    return asset if asset.startswith("assets/") else f"assets/{asset}"


def draw_image(settings: Settings, brief: ImageBrief, out: Path) -> None:
    """Draw, show and write one picture, or `name-1.png` … where several candidates are asked for."""
    draw_pictures(settings, brief, out, brief.candidates or 1, brief.prompt[:40])


def draw_pictures(settings: Settings, brief: Brief, out: Path, count: int, title: str) -> None:
    """Draw, show and write the pictures of any brief that gives `count` of them, best first."""

    async def work(client: AsyncClient) -> None:
        start = time.monotonic()
        with Screen(settings, title) as screen:
            drawn = await client.draw(brief, previews=screen.wants_previews, follow=screen.follow)
        seconds = time.monotonic() - start
        for each, path in zip(drawn, candidate_paths(out, count), strict=True):
            write_into(path.parent, {path.name: each.content})
            screen.picture(each.content)
            screen.result(facts_of(each, path, seconds), f"{path}  {each.asset.name}  {seconds:.1f} s")

    run(settings, work)


def candidate_paths(out: Path, count: int) -> list[Path]:
    """Where the pictures go, best first."""
    if count == 1:
        return [out]
    return [out.with_name(f"{out.stem}-{number}{out.suffix}") for number in range(1, count + 1)]


def facts_of(drawn: Drawn, path: Path, seconds: float) -> dict[str, object]:
    """What programs want to know of a finished picture."""
    asset = drawn.asset
    return {
        "path": str(path),
        "generation": drawn.generation.name,
        "asset": asset.name,
        "seed": asset.seed,
        "candidate": asset.candidate,
        "rank": asset.rank,
        "width": asset.width,
        "height": asset.height,
        "digest": asset.digest,
        "model": asset.model,
        "model_digest": asset.model_digest,
        "cached": drawn.generation.cached,
        "scores": MessageToDict(asset.scores, preserving_proto_field_name=True),
        "qa": MessageToDict(asset.qa, preserving_proto_field_name=True),
        "time_s": round(seconds, 3),
    }
