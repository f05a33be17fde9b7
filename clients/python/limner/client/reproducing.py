"""`limner inspect` and `limner reproduce`: the story of a file, and the file again."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import typer
from google.protobuf.json_format import Parse, ParseError
from rich.console import Console
from rich.table import Table

from limner.client.access import Embedded, UsageError, exits, leave, run, server_faults, server_part
from limner.client.aio import AsyncClient, Drawn
from limner.client.errors import LimnerError, NotSupportedError, ServerError
from limner.client.folders import write_into
from limner.client.options import Settings
from limner.client.origins import credential_of, origin_of
from limner.client.screen import Screen
from limner.v1.generation_pb2 import Generation


class DifferentError(LimnerError):
    """What was drawn again is not what the file tells of."""


def inspect_file(settings: Settings, path: Path, authority: Path | None) -> None:
    """Tell what a file says of itself, and whether that was signed and is untouched."""
    with exits():
        origin, credential = origin_of(path), None
        try:
            credential = credential_of(path, authority)
        except NotSupportedError as error:
            typer.echo(f"limner: {error}", err=True)
        if not origin and credential is None:
            raise UsageError(f"{path}: says nothing about where it comes from")
        if settings.json:
            signed = credential and {
                "state": credential.state,
                "signer": credential.signer,
                "faults": credential.faults,
            }
            typer.echo(json.dumps({"path": str(path), "origin": origin, "credentials": signed}, ensure_ascii=False))
        elif not settings.quiet:
            table = Table("what", "said", show_header=False)
            for key, value in origin.items():
                table.add_row(key.replace("_", " "), value)
            table.add_row(
                "credentials", "none" if credential is None else f"{credential.state}, by {credential.signer}"
            )
            for fault in credential.faults if credential else ():
                table.add_row("", fault)
            Console().print(table)
        if credential is not None and credential.state == "Invalid":
            leave(f"{path}: the content credentials do not fit the file; it was changed after it was signed", 1)
        if credential is not None and any(origin.get(key, value) != value for key, value in credential.record.items()):
            leave(f"{path}: says something else than what was signed", 1)


def reproduce_file(settings: Settings, path: Path, out: Path | None, prompt: str | None) -> None:
    """Draw what a file tells of again and compare it byte for byte."""
    with exits():
        origin = origin_of(path)
        generation = request_in(path, origin, prompt)
    if generation is None:
        generation = fetched(settings, origin)

    async def work(client: AsyncClient) -> None:
        with Screen(settings, f"drawing {path.name} again") as screen:
            drawn = await client.draw(getattr(generation, str(generation.WhichOneof("brief"))))
            same = compared(origin, drawn)
            if out is not None:
                write_into(out.parent, {out.name: same.content})
            facts = {"path": str(path), "asset_digest": same.asset.digest, "cached": same.generation.cached}
            again = "answered from the server's store" if same.generation.cached else "drawn again"
            screen.result(facts, f"{path}: {again}, the same bytes ({same.asset.digest[:16]}…)")

    with exits(), drawing_server(settings) as address:
        run(replace(settings, server=address), work)


def request_in(path: Path, origin: Mapping[str, str], prompt: str | None) -> Generation | None:
    """The request in a record with its words; None where only the server that drew it has them. Raises UsageError."""
    if "request" not in origin:
        raise UsageError(
            f"{path}: tells no single request; reproduce needs a file that `export` made of one generation"
        )
    try:
        generation = Parse(origin["request"], Generation())
    except ParseError as error:
        raise UsageError(f"{path}: tells a request that this version cannot read ({error})") from error
    if origin.get("pictures_sha256"):
        return None
    brief = getattr(generation, str(generation.WhichOneof("brief")))
    target = brief.image if "image" in brief.DESCRIPTOR.fields_by_name else brief
    if prompt is not None:
        target.prompt = prompt
    words = dict(_words(generation, ""))
    if (
        hashlib.sha256(json.dumps(words, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        == origin["words_sha256"]
    ):
        return generation
    if prompt is not None:
        raise UsageError("--prompt: these are not the words that the picture was drawn from")
    return None


def _words(message: object, prefix: str) -> Iterator[tuple[str, str]]:
    for field, value in message.ListFields():  # type: ignore[attr-defined]  # any message
        path = f"{prefix}{field.name}"
        if field.type == field.TYPE_MESSAGE and not field.is_repeated:
            yield from _words(value, f"{path}.")
        elif field.name in ("prompt", "negative_prompt"):
            yield path, value


def fetched(settings: Settings, origin: Mapping[str, str]) -> Generation:
    """The request as the server has it that drew the picture, for its owner."""
    found: list[Generation] = []

    async def work(client: AsyncClient) -> None:
        try:
            found.append(await client.get(origin["generation"]))
        except LimnerError as error:
            raise UsageError(
                "the file holds the hash of its prompt alone; give the words with --prompt, or name the server that "
                f"drew it with --server and its owner's key ({error})"
            ) from error

    run(settings, work)
    generation = found[0]
    brief = getattr(generation, str(generation.WhichOneof("brief")))
    target = brief.image if "image" in brief.DESCRIPTOR.fields_by_name else brief
    target.seed, target.model = generation.seed, generation.model
    return generation


def compared(origin: Mapping[str, str], drawn: list[Drawn]) -> Drawn:
    """The drawn picture that the record tells of. Raises DifferentError."""
    wanted = origin["asset_digest"].split(", ")
    found = {each.asset.digest: each for each in drawn}
    if set(wanted) <= found.keys():
        return found[wanted[0]]
    digest = drawn[0].asset.model_digest
    if digest != origin["model_digest"]:
        raise DifferentError(
            f"drawn by another model: {digest[:16]}… here, the file's is {origin['model_digest'][:16]}…"
        )
    raise DifferentError(f"not the same bytes: the file tells of {', '.join(wanted)}, drawn were {', '.join(found)}")


@contextmanager
def drawing_server(settings: Settings) -> Iterator[str]:
    """The named server, or one with an empty store, which cannot answer from what it has."""
    if settings.server:
        yield settings.server
        return
    with tempfile.TemporaryDirectory(prefix="limner-") as folder:
        with server_faults(ServerError):
            embedded: Embedded = server_part("embedded")({"data_dir": Path(folder)})
        try:
            yield embedded.address
        finally:
            embedded.stop()
