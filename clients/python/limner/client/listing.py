"""`limner jobs` and `limner models`: what the server did and what it can draw with."""

from __future__ import annotations

import json

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from rich.console import Console
from rich.table import Table

from limner.client.access import run
from limner.client.aio import FINAL, AsyncClient, succeeded
from limner.client.drawing import model_name
from limner.client.options import Settings
from limner.client.screen import Screen
from limner.v1.generation_pb2 import Generation
from limner.v1.model_pb2 import Model


def list_jobs(settings: Settings, limit: int) -> None:
    """The newest generations."""

    async def work(client: AsyncClient) -> None:
        table = Table("generation", "state", "progress", "what", "created")
        count = 0
        async for generation in client.generations():
            count += 1
            show(settings, generation) if settings.json else table.add_row(*job_row(generation))
            if count == limit:
                break
        show_table(settings, table)

    run(settings, work)


def show_job(settings: Settings, name: str) -> None:
    """One generation, whole."""

    async def work(client: AsyncClient) -> None:
        show(settings, await client.get(job_name(name)))

    run(settings, work)


def cancel_job(settings: Settings, name: str) -> None:
    """Stop a generation."""

    async def work(client: AsyncClient) -> None:
        generation = await client.cancel(job_name(name))
        facts = {"name": generation.name, "state": state_of(generation)}
        Screen(settings, name).result(facts, f"{generation.name} {state_of(generation)}")

    run(settings, work)


def watch_job(settings: Settings, name: str, after: int) -> None:
    """Follow a generation to its end; ends as it ends."""

    async def work(client: AsyncClient) -> None:
        with Screen(settings, name) as screen:
            generation = Generation()
            async for event in client.watch(job_name(name), after=after, previews=screen.wants_previews):
                screen.follow(event)
                generation = event.generation
                if settings.json:
                    event.ClearField("preview_png")
                    show(settings, event)
        if generation.state in FINAL and not settings.json:
            screen.say(f"{generation.name} {state_of(generation)}")
        succeeded(generation)

    run(settings, work)


def list_models(settings: Settings) -> None:
    """Every model, the default one first."""

    async def work(client: AsyncClient) -> None:
        table = Table("model", "family", "sizes", "parameters", "licence", "default")
        for model in await client.models():
            show(settings, model) if settings.json else table.add_row(*model_row(model))
        show_table(settings, table)

    run(settings, work)


def show_model(settings: Settings, name: str) -> None:
    """One model with its card."""

    async def work(client: AsyncClient) -> None:
        show(settings, await client.model(model_name(name)))

    run(settings, work)


def job_name(name: str) -> str:
    """The resource name of a generation that is given by name or by id."""
    return name if name.startswith("generations/") else f"generations/{name}"


def job_row(generation: Generation) -> tuple[str, str, str, str, str]:
    """A line of the table of generations."""
    brief = generation.WhichOneof("brief") or ""
    what = generation.image.prompt if brief == "image" else brief
    created = generation.create_time.ToDatetime().strftime("%Y-%m-%d %H:%M:%S")
    return generation.name, state_of(generation), f"{generation.progress:.0%}", what[:50], created


def model_row(model: Model) -> tuple[str, ...]:
    """A line of the table of models."""
    sizes = ", ".join(str(size) for size in model.sizes)
    chosen = "yes" if model.default else ""
    return model.name, model.family, sizes, f"{model.parameters:,}", model.licence, chosen


def state_of(generation: Generation) -> str:
    """The state as a lower-case word."""
    return Generation.State.Name(generation.state).removeprefix("STATE_").lower()


def show(settings: Settings, message: Message) -> None:
    """A message: one line of JSON for programs, indented JSON for people."""
    facts = MessageToDict(message, preserving_proto_field_name=True)
    if settings.json:
        print(json.dumps(facts, ensure_ascii=False), flush=True)
    elif not settings.quiet:
        Console().print_json(json.dumps(facts, ensure_ascii=False))


def show_table(settings: Settings, table: Table) -> None:
    """A table for people."""
    if not settings.json and not settings.quiet:
        Console().print(table)
