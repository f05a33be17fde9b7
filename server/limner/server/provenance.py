"""Where exported pictures come from: the record that travels inside the files, and the request that draws them again.

A record holds the words of a request only where the server is allowed to tell them; else their hash, which proves the words to
whoever knows them. Pictures that came with a request never travel.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from google.protobuf.json_format import MessageToDict

from limner.atlas.sprites import Provenance
from limner.server.jobs import Job, StoredAsset
from limner.v1 import generation_pb2

WORDS = ("prompt", "negative_prompt")


def provenance_of(stored: Sequence[StoredAsset], jobs: Sequence[Job], tell_words: bool) -> Provenance:
    """The record of some assets and the generations that they are of. Where there is one generation, with its request."""
    facts = [asset.facts for asset in stored]
    record = {
        "generator": f"limner {version('limner')}",
        "model": _each(sorted({each["model"] for each in facts})),
        "model_digest": _each(sorted({each["model_digest"] for each in facts})),
        "seed": _each(each["seed"] for each in facts),
        "candidate": _each(each["candidate"] for each in facts),
        "asset_digest": _each(asset.digest for asset in stored),
        "generation": _each(f"generations/{job.id}" for job in jobs),
        "time": datetime.fromtimestamp(max(asset.create_time for asset in stored), UTC).isoformat(timespec="seconds"),
    }
    if len(jobs) == 1:
        record |= request_of(jobs[0], tell_words)
    return record


def _each(values: Any) -> str:
    return ", ".join(str(value) for value in values)


def request_of(job: Job, tell_words: bool) -> dict[str, str]:
    """The recipe, the request as JSON with the seed that was drawn, the hash of its words, and of its pictures if it has any."""
    generation = generation_pb2.Generation.FromString(job.brief)
    name = str(generation.WhichOneof("brief"))
    settled(getattr(generation, name), job)
    words, pictures = {}, []
    for path, message, field in _texts(generation, ""):
        value = getattr(message, field.name)
        if isinstance(value, bytes):
            pictures.append(hashlib.sha256(value).hexdigest())
        else:
            words[path] = value
        if isinstance(value, bytes) or not tell_words:
            message.ClearField(field.name)
    request = MessageToDict(generation, preserving_proto_field_name=True)
    told = {"recipe": name, "request": json.dumps(request, sort_keys=True, ensure_ascii=False)}
    told["words_sha256"] = hashed(words)
    return told | ({"pictures_sha256": ", ".join(pictures)} if pictures else {})


def words_of(generation: generation_pb2.Generation) -> dict[str, str]:
    """The words of a request by the paths of their fields, such as `image.prompt`."""
    found = {path: getattr(message, field.name) for path, message, field in _texts(generation, "")}
    return {path: value for path, value in found.items() if isinstance(value, str)}


def settled(brief: Any, job: Job) -> None:
    """Write the seed and the model that were taken into a brief, wherever it has room for them."""
    target = brief.image if "image" in brief.DESCRIPTOR.fields_by_name else brief
    for field, value in (("seed", job.seed), ("model", f"models/{job.model}")):
        if field in target.DESCRIPTOR.fields_by_name:
            setattr(target, field, value)


def hashed(words: dict[str, str]) -> str:
    """The hash of the words of a request by the paths of their fields."""
    return hashlib.sha256(json.dumps(words, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _texts(message: Any, prefix: str) -> Iterator[tuple[str, Any, Any]]:
    """Every field that is set and holds words or a picture: its path, the message that has it, and the field."""
    for field, value in list(message.ListFields()):
        path = f"{prefix}{field.name}"
        if field.type == field.TYPE_MESSAGE and not field.is_repeated:
            yield from _texts(value, f"{path}.")
        elif field.name in WORDS or (field.type == field.TYPE_BYTES and not field.is_repeated):
            yield path, message, field
