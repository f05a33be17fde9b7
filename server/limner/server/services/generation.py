"""GenerationService: create, follow and stop generations."""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from limner.generators.request import MAX_SEED
from limner.recipes.image import ImagePlan, network_calls
from limner.server import convert, scenes, validation
from limner.server.access import Quota, owner
from limner.server.assets import AssetStore
from limner.server.briefs import FIELDS, Briefs
from limner.server.catalogue import Catalogue, Entry
from limner.server.config import ServerConfig
from limner.server.diversity import varied
from limner.server.drawing import Drawing, cache_key
from limner.server.engine import JobEngine
from limner.server.errors import InvalidRequestError
from limner.server.inlining import check_inline, contents_of
from limner.server.jobs import Job, JobStore, NewJob, State, StoredAsset
from limner.server.making import RECIPES
from limner.server.provenance import words_of
from limner.server.screening import Screen
from limner.server.services.answering import Context, streaming, unary
from limner.server.services.paging import page_of, token_of
from limner.server.watching import Watching
from limner.v1 import briefs_pb2, generation_pb2, generation_service_pb2_grpc
from limner.v1 import generation_service_pb2 as wire


class Asked(NamedTuple):
    """A checked request."""

    entry: Entry
    plan: Any  # of the image recipe, or of one in RECIPES
    seed: int
    drawings: int
    network_calls: int


class GenerationService(generation_service_pb2_grpc.GenerationServiceServicer):
    """The door to the job engine."""

    def __init__(
        self,
        config: ServerConfig,
        store: JobStore,
        engine: JobEngine,
        watching: Watching,
        catalogue: Catalogue,
        assets: AssetStore,
        drawing: Drawing,
        quota: Quota,
        screen: Screen | None = None,
    ) -> None:
        self._config, self._store, self._engine = config, store, engine
        self._watching, self._catalogue, self._assets = watching, catalogue, assets
        self._drawing, self._quota, self._screen = drawing, quota, screen
        self._briefs = Briefs(store, assets)

    @unary
    async def CreateGeneration(
        self, request: wire.CreateGenerationRequest, context: Context
    ) -> wire.CreateGenerationResponse:
        validation.check_request(request.request_id, request.generation)
        check_inline(request.inline_bytes)
        if self._screen is not None:
            await self._screen.check(await screened(request.generation))
        sent = generation_pb2.Generation()
        sent.CopyFrom(request.generation)  # as it was before its words are varied
        asked = await self._asked(request.generation)
        entry, plan = asked.entry, asked.plan
        if request.dry_run:
            return wire.CreateGenerationResponse(estimate=self._estimate(entry.card.id, asked.network_calls))
        self._assets.check_room()
        await self._quota(owner.get(), asked.drawings)
        kept = brief_alone(request.generation)
        limit = (
            request.generation.time_limit.ToNanoseconds() / 1e9 if request.generation.HasField("time_limit") else None
        )
        bulk = request.generation.priority == generation_pb2.PRIORITY_BULK
        content = kept.SerializeToString(deterministic=True)
        new = NewJob(
            owner=owner.get(),
            request_id=request.request_id or None,
            fingerprint=hashlib.sha256(brief_alone(sent).SerializeToString(deterministic=True)).hexdigest(),
            brief=content,
            bulk=bulk,
            model=entry.card.id,
            seed=asked.seed,
            cache_key=cache_key(plan, entry.digest),
            time_limit_s=limit,
        )
        job, assets = await asyncio.shield(
            self._stored(new, plan, entry)
        )  # a caller that goes leaves nothing half done
        await self._store.durable()
        generation = await self._message(job, assets=assets)
        contents = await contents_of(self._assets, generation.assets, request.inline_bytes)
        return wire.CreateGenerationResponse(generation=generation, contents=contents)

    async def _stored(self, new: NewJob, plan: Any, entry: Entry) -> tuple[Job, Sequence[StoredAsset]]:
        """Store the generation: as succeeded, with its assets, where an equal one is known."""
        if not (equal := await self._store.cached(new.cache_key, new.owner)):
            if isinstance(plan, ImagePlan) and self._engine.idle:
                self._drawing.begin(new, plan, entry)
            return await self._accepted(new), ()
        job, assets, fresh = await self._store.answer(new, equal)
        if fresh:
            entry.cache_hits += 1
            self._watching.tell(job, 1.0, state=True, assets=assets)
        return job, assets

    async def _accepted(self, new: NewJob) -> Job:
        """Store the generation; its drawing begins while the disk is waited for."""
        job, fresh = await self._store.create(new)
        if fresh:
            self._engine.wake()
        return job

    async def _asked(self, generation: generation_pb2.Generation) -> Asked:
        """What a generation asks for. Raises InvalidRequestError."""
        name = str(generation.WhichOneof("brief"))
        if (recipe := RECIPES.get(name)) is not None:
            brief = await self._briefs.composed(name, generation, owner.get())
            entry = self._catalogue.entry(*recipe.model(brief))
            await asyncio.to_thread(recipe.check, brief, entry.card, self._config)
            given = recipe.seed(brief)
            seed = secrets.randbelow(MAX_SEED) if given is None else given
            plan = await asyncio.to_thread(recipe.plan, brief, entry.card, seed)
            return Asked(entry, plan, seed, recipe.drawings(plan), recipe.network_calls(plan))
        image = await self._briefs.image(generation, owner.get())
        entry = await self._checked(image, name)
        seed = image.seed if image.HasField("seed") else secrets.randbelow(MAX_SEED)
        if name == "image" and self._config.diversity == "sex":
            image.prompt = varied(image.prompt, seed)  # in the request itself, so that whoever asked sees it
        plan = convert.image_plan(image, entry.card, seed)
        return Asked(entry, plan, seed, plan.candidates, network_calls([plan]) * plan.candidates)

    async def _checked(self, brief: briefs_pb2.ImageBrief, asked: str) -> Entry:
        """The model that draws the brief, once the brief is right. Violations carry the names of the brief that was sent."""
        try:
            entry = self._catalogue.entry(brief.model, "image.model")
            if validation.pictures_of(brief):  # decoding takes a while
                await asyncio.to_thread(validation.check_image, brief, entry.card, self._config)
            else:
                validation.check_image(brief, entry.card, self._config)
        except InvalidRequestError as error:
            raise error.under(FIELDS.get(asked, "image.")) from error
        return entry

    def _estimate(self, model_id: str, calls: int) -> generation_pb2.Estimate:
        entry = self._catalogue.entries[model_id]
        tally = entry.model.batcher.tally if entry.model else None
        per_row = tally.compute_s / tally.rows if tally and tally.rows else 0.0
        return generation_pb2.Estimate(network_calls=calls, duration_ms=calls * 2 * per_row * 1000, memory_mib=16)

    @unary
    async def GetGeneration(self, request: wire.GetGenerationRequest, context: Context) -> wire.GetGenerationResponse:
        return wire.GetGenerationResponse(generation=await self._message(await self._job(request.name)))

    @unary
    async def ListGenerations(
        self, request: wire.ListGenerationsRequest, context: Context
    ) -> wire.ListGenerationsResponse:
        size, before = page_of(request.page_size, request.page_token)
        if unknown := set(request.states) - set(generation_pb2.Generation.State.values()):
            raise InvalidRequestError.of("states", f"{min(unknown)} is no state; leave it out")
        names = [generation_pb2.Generation.State.Name(state).removeprefix("STATE_") for state in request.states]
        jobs = await self._store.page(
            owner.get(), size + 1, before, [State(name) for name in names if name in State.__members__]
        )
        messages = [await self._message(job) for job in jobs[:size]]
        return wire.ListGenerationsResponse(generations=messages, next_page_token=token_of(jobs, size))

    @unary
    async def CancelGeneration(
        self, request: wire.CancelGenerationRequest, context: Context
    ) -> wire.CancelGenerationResponse:
        job = await self._job(request.name)
        await asyncio.shield(self._engine.cancel(job))
        await self._store.durable()
        return wire.CancelGenerationResponse(generation=await self._message(await self._job(request.name)))

    @streaming
    async def WatchGeneration(
        self, request: wire.WatchGenerationRequest, context: Context
    ) -> AsyncIterator[wire.WatchGenerationResponse]:
        if request.after_sequence < 0:
            raise InvalidRequestError.of("after_sequence", "must be at least 0")
        check_inline(request.inline_bytes)
        job_id = named(request.name)
        read = partial(self._store.get, job_id, owner.get())
        async for event in self._watching.events(job_id, read, request.after_sequence, request.previews):
            message = generation_pb2.GenerationEvent(
                sequence=event.sequence,
                generation=await self._message(event.job, event.progress, event.assets),
                preview_png=event.preview if request.previews else b"",
                preview_candidate=event.candidate,
            )
            contents = await contents_of(self._assets, message.generation.assets, request.inline_bytes)
            yield wire.WatchGenerationResponse(event=message, contents=contents)

    async def _job(self, name: str) -> Job:
        return await self._store.get(named(name), owner.get())

    async def _message(
        self, job: Job, progress: float | None = None, assets: Sequence[StoredAsset] = ()
    ) -> generation_pb2.Generation:
        """The generation with its assets, which are read from the store where they are not at hand."""
        if job.state is State.SUCCEEDED and not assets:
            assets = await self._store.assets_of(job.id)
        if progress is None:
            progress = self._watching.latest(job).progress
        position = await self._engine.position(job) if job.state is State.QUEUED else 0
        return convert.generation(job, assets, progress, position)


async def screened(generation: generation_pb2.Generation) -> dict[str, str]:
    """The words of a request by field, those that came inside a map among them."""
    words = words_of(generation)
    like = generation.scene.like_zip
    if like and len(like) <= scenes.MOST_BYTES:
        names = await asyncio.to_thread(scenes.names_in, like)
        words |= {f"scene.like_zip.names[{number}]": text for number, text in enumerate(names)}
    return words


def named(name: str) -> str:
    """The id in `generations/{id}`. Raises InvalidRequestError."""
    prefix, _, job_id = name.partition("/")
    if prefix != "generations" or not job_id.isalnum():
        raise InvalidRequestError.of("name", f"{name[:80]!r} is no generation; write it as generations/ID")
    return job_id


def brief_alone(generation: generation_pb2.Generation) -> generation_pb2.Generation:
    """A generation with nothing but its brief: what is stored, and what tells two requests apart."""
    alone = generation_pb2.Generation()
    name = str(generation.WhichOneof("brief"))
    getattr(alone, name).CopyFrom(getattr(generation, name))
    return alone
