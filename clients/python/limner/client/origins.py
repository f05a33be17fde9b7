"""What a file says about where it comes from: any file that Limner exports, with its content credentials where it has some."""

from __future__ import annotations

import html
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from limner.client.access import UsageError
from limner.client.errors import NotSupportedError

MOST_BYTES = 256 * 1024 * 1024
KINDS = {".png": "image/png", ".gif": "image/gif", ".webp": "image/webp", ".mp4": "video/mp4"}
RECORD = "org.limner.provenance"


@dataclass(frozen=True, slots=True)
class Credential:
    """Content credentials: `state` is Trusted, Valid (by somebody unknown) or Invalid; `faults` say why."""

    state: str
    signer: str
    faults: tuple[str, ...]
    record: Mapping[str, str]


def read_file(path: Path) -> bytes:
    """Raises UsageError."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UsageError(f"{path}: larger than {MOST_BYTES // 2**20} MiB; no file of Limner's is")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error


def origin_of(path: Path) -> dict[str, str]:
    """The record in a file, or in the sidecar beside it; empty where there is none."""
    found = told_by(read_file(path))
    if not found:
        stems = {path.name, path.stem}
        beside = [path.with_name(f"{stem}.provenance.json") for stem in sorted(stems)]
        found = next((told_by(read_file(each)) for each in beside if each.is_file()), {})
    return found


def told_by(content: bytes) -> dict[str, str]:
    """The record in the bytes of a file, whatever its format."""
    for text in texts(content):
        for variant in (text, html.unescape(text), text.replace('\\"', '"')):
            for found in records(variant):
                return found
    return {}


def texts(content: bytes) -> Iterator[str]:
    """Where a record may stand: a picture's comment, the pictures in an archive, the bytes as they are."""
    if content[:4] in (b"GIF8",):  # whose comments are cut into blocks
        try:
            with Image.open(io.BytesIO(content), formats=["GIF"]) as picture:
                comment = picture.info.get("comment", b"")
        except (OSError, ValueError, SyntaxError):
            comment = b""
        yield comment.decode("utf-8", "replace") if isinstance(comment, bytes) else str(comment)
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                if entry.filename.endswith(".png") and entry.file_size <= MOST_BYTES:
                    yield archive.read(entry).decode("utf-8", "replace")
    yield content.decode("utf-8", "replace")


def records(text: str) -> Iterator[dict[str, str]]:
    """Every record in a text: objects of JSON that name Limner as their generator."""
    decoder, at = json.JSONDecoder(), 0
    while (at := text.find("{", at)) >= 0:
        if text[at + 1 : at + 64].lstrip()[:1] == '"':
            try:
                value, end = decoder.raw_decode(text, at)
            except (ValueError, RecursionError):
                pass
            else:
                yield from _nested(value, 0)
                at = end
                continue
        at += 1


def _nested(value: Any, depth: int) -> Iterator[dict[str, str]]:
    if depth > 50:
        return
    if isinstance(value, str) and value.startswith("{") and '"generator"' in value:
        yield from records(value)
    elif isinstance(value, list):
        for each in value:
            yield from _nested(each, depth + 1)
    elif isinstance(value, dict):
        if str(value.get("generator", "")).startswith("limner "):
            yield {str(key): str(each) for key, each in value.items()}
        else:
            for each in value.values():
                yield from _nested(each, depth + 1)


def credential_of(path: Path, authority: Path | None = None) -> Credential | None:
    """The content credentials in a picture or in its `.c2pa` file, checked against every byte; None where there are none.

    `authority` is the PEM of whom to trust. Raises NotSupportedError where the package that checks them is not installed.
    """
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        return None
    try:
        import c2pa
    except ImportError as error:
        fault = 'content credentials are not checked: install what does with pip install "limner[credentials]"'
        raise NotSupportedError(fault) from error
    sidecar = path.with_name(f"{path.name}.c2pa")
    beside = read_file(sidecar) if sidecar.is_file() else None
    trust = {"trust": {"trust_anchors": read_file(authority).decode("ascii", "replace")}} if authority else {}
    try:
        context = c2pa.Context(c2pa.Settings.from_dict({"verify": {"verify_trust": True}, **trust}))
        with c2pa.Reader(kind, io.BytesIO(read_file(path)), beside, context=context) as reader:
            return _told(json.loads(reader.json()))
    except c2pa.C2paError as error:
        if "ManifestNotFound" in str(error):
            return None
        return Credential("Invalid", "", (str(error),), {})


def _told(report: dict[str, Any]) -> Credential:
    manifest = report.get("manifests", {}).get(report.get("active_manifest"), {})
    record: Mapping[str, str] = next(
        (each["data"] for each in manifest.get("assertions", ()) if each["label"] == RECORD), {}
    )
    faults = tuple(f"{each['code']}: {each.get('explanation', '')}" for each in report.get("validation_status", ()))
    signer = manifest.get("signature_info", {})
    name = signer.get("common_name") or signer.get("issuer") or ""
    return Credential(str(report.get("validation_state", "Invalid")), name, faults, record)
