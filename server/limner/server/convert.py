"""Messages to values and back. Nothing below this module and the services knows the wire."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from limner.generators.cards import ModelCard
from limner.generators.request import ImageRequest
from limner.recipes.image import ImagePlan
from limner.server.catalogue import Entry
from limner.server.changes import Change, Kind
from limner.server.jobs import Job, State, StoredAsset
from limner.v1 import asset_pb2, briefs_pb2, generation_pb2, model_pb2

STEPS_OF = {briefs_pb2.QUALITY_DRAFT: 0.4, briefs_pb2.QUALITY_BEST: 2.0}  # share of the model's own steps
SAMPLING = {
    "steps": "steps",
    "guidance_scale": "guidance_scale",
    "sampler": "sampler",
    "scheduler": "schedule",
    "dynamic_threshold": "dynamic_threshold",
    "guidance_sigma_max": "guidance_sigma_max",
    "guidance_sigma_min": "guidance_sigma_min",
}  # field on the wire → field of the request
DEFAULT_STRENGTH = 0.6
KINDS = {kind: getattr(asset_pb2.AssetChange, f"KIND_{kind.name}") for kind in Kind}
QA = tuple(field.name for field in asset_pb2.Qa.DESCRIPTOR.fields)
DIRECTIONS: dict[str, Any] = {  # as facts say them, such as `south-east`
    name.removeprefix("DIRECTION_").lower().replace("_", "-"): value for name, value in briefs_pb2.Direction.items()
}
SIDE_OF = {
    value: name if value else "" for name, value in DIRECTIONS.items()
}  # as recipes say it: empty, as it was drawn
STATES = {state: getattr(generation_pb2.Generation, f"STATE_{state}") for state in State}


def image_plan(brief: briefs_pb2.ImageBrief, card: ModelCard, seed: int) -> ImagePlan:
    """A validated brief as a plan, with the model's defaults filled in."""
    request = ImageRequest(
        prompt=brief.prompt,
        negative_prompt=brief.negative_prompt,
        kind=brief.kind if brief.HasField("kind") else None,
        style=brief.style if brief.HasField("style") else "pixel",
        steps=max(1, round(card.steps * STEPS_OF.get(brief.quality, 1.0))),
        guidance_scale=card.guidance_scale,
        sampler=card.sampler,
        schedule=card.schedule,
        seed=seed,
        strength=strength_of(brief),
        tile_x=brief.tile_x,
        tile_y=brief.tile_y,
    )
    asked = {ours: getattr(brief.sampling, wire) for wire, ours in SAMPLING.items() if brief.sampling.HasField(wire)}
    return ImagePlan(
        request=replace(request, **asked),
        side=brief.width if brief.HasField("width") else card.sizes[0],
        candidates=brief.candidates if brief.HasField("candidates") else 1,
        raw=brief.raw,
        reference_png=brief.reference_png,
        mask_png=brief.mask_png,
        palette=tuple(brief.palette.colours),
        palette_png=brief.palette.png,
    )


def strength_of(brief: briefs_pb2.ImageBrief) -> float:
    """How far to go from the reference; all the way without one."""
    if brief.HasField("strength"):
        return brief.strength
    return DEFAULT_STRENGTH if brief.reference_png else 1.0


def generation(
    job: Job, assets: Sequence[StoredAsset], progress: float = 0.0, queue_position: int = 0
) -> generation_pb2.Generation:
    """A stored generation as a message."""
    message = generation_pb2.Generation.FromString(job.brief)
    message.name = f"generations/{job.id}"
    message.state = STATES[job.state]
    message.priority = generation_pb2.PRIORITY_BULK if job.bulk else generation_pb2.PRIORITY_INTERACTIVE
    message.progress = 1.0 if job.state is State.SUCCEEDED else progress
    message.queue_position = queue_position
    message.seed, message.model = job.seed, f"models/{job.model}"
    message.warnings.extend(assets[0].facts.get("warnings", ()) if assets else ())
    message.cached = bool(assets) and all(item.facts.get("cached", False) for item in assets)
    message.assets.extend(asset(item) for item in assets)
    if job.error_code is not None:
        message.error.code, message.error.message = job.error_code, job.error_message or ""
    for field in ("create_time", "start_time", "end_time"):
        if (seconds := getattr(job, field)) is not None:
            getattr(message, field).CopyFrom(timestamp(seconds))
    return message


def asset(stored: StoredAsset) -> asset_pb2.Asset:
    """A stored asset as a message."""
    facts: Any = stored.facts
    cached = facts.get("cached", False)
    return asset_pb2.Asset(
        name=f"assets/{stored.id}",
        generation=f"generations/{stored.generation}",
        digest=stored.digest,
        content_type=facts.get("content_type", "image/png"),
        size_bytes=facts["size_bytes"],
        width=facts.get("width", facts.get("side")),
        height=facts.get("height", facts.get("side")),
        seed=facts["seed"],
        candidate=facts["candidate"],
        rank=stored.rank,
        scores=asset_pb2.Scores(alignment=facts.get("alignment")),
        qa=asset_pb2.Qa(**{figure: facts[figure] for figure in QA if facts.get(figure) is not None}),
        finish_reason=asset_pb2.Asset.FINISH_REASON_CACHED if cached else asset_pb2.Asset.FINISH_REASON_COMPLETE,
        model=f"models/{facts['model']}",
        model_digest=facts["model_digest"],
        create_time=timestamp(stored.create_time),
        role=facts.get("role", ""),
        action=facts.get("action", ""),
        direction=DIRECTIONS[facts.get("direction", "unspecified")],
        duration_ms=facts.get("duration_ms", 0),
        loops=facts.get("loops", False),
    )


def model(entry: Entry, default: bool) -> model_pb2.Model:
    """A model of the catalogue as a message, without its card's JSON."""
    card = entry.card
    message = model_pb2.Model(
        name=f"models/{card.id}",
        title=card.title,
        family=card.family,
        digest=entry.digest,
        licence=card.licence,
        sizes=card.sizes,
        kinds=card.kinds,
        styles=card.styles,
        training_sources=card.training_sources,
        limits=card.limits,
        parameters=card.parameters,
        default_steps=card.steps,
        default_guidance_scale=card.guidance_scale,
        default=default,
        loaded=entry.model is not None,
    )
    message.statistics.pictures, message.statistics.cache_hits = entry.pictures, entry.cache_hits
    message.statistics.output_ms = entry.output_s * 1000
    if entry.model is not None:
        tally = entry.model.batcher.tally
        message.statistics.network_calls, message.statistics.rows = tally.calls, tally.rows
        message.statistics.queue_ms, message.statistics.compute_ms = tally.queue_s * 1000, tally.compute_s * 1000
    return message


def timestamp(seconds: float) -> Timestamp:
    message = Timestamp()
    message.FromNanoseconds(round(seconds * 1e9))
    return message


def change(stored: Change, known: StoredAsset | None) -> asset_pb2.AssetChange:
    """A stored change as a message; `known` is its asset, as long as there is one."""
    message = asset_pb2.AssetChange(
        sequence=stored.sequence, kind=KINDS[stored.kind], create_time=timestamp(stored.create_time)
    )
    if stored.kind is Kind.PUBLISHED:
        message.publication.ParseFromString(stored.subject)
    elif stored.kind is not Kind.RESET:
        named = asset_pb2.Asset(name=f"assets/{stored.subject.decode()}")
        message.asset.CopyFrom(named if known is None else asset(known))
    return message
