"""Art that changes, and what `limner watch` would say of it."""

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from limner.atlas.packing import PackOptions
from limner.atlas.sprites import FrameTag, Pixels, Sprite, SpriteSet
from limner.client import Client
from limner.exporters import export
from limner.exporters.options import ExportOptions
from limner.v1.asset_pb2 import ProjectFile, Publication
from tests.consumers.pictures import corners, framed
from tests.consumers.served import Served


def png(pixels: Pixels) -> bytes:
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "PNG")
    return target.getvalue()


def runner(seed: int, *, frames: int, size: int, duration_ms: int = 100) -> SpriteSet:
    """Frames of an animation, each trimmed and of colours of its own; more of them lie on more pages."""
    sprites = tuple(
        Sprite(
            name=f"run-{number}",
            pixels=framed(corners(size, size + number, 10 * seed + number), 1, 0, 2, 1),
            duration_ms=duration_ms,
        )
        for number in range(frames)
    )
    return SpriteSet(sprites=sprites, frame_tags=(FrameTag(name="run", first=0, last=frames - 1),))


def sheet(art: SpriteSet, name: str, *, max_page: int = 32) -> dict[str, bytes]:
    """The files of a format, with small pages."""
    return export(name, art, "art/run", ExportOptions(pack=PackOptions(max_page=max_page)))


def same_files(folder: Path, files: Mapping[str, bytes]) -> bool:
    """The folder holds these files and no others. Pictures are signed at every export, so of those the pixels count."""
    found = {path.name: path.read_bytes() for path in folder.iterdir()}

    def content(name: str, content: bytes) -> bytes:
        return Image.open(io.BytesIO(content)).convert("RGBA").tobytes() if name.endswith(".png") else content

    return {name: content(name, one) for name, one in found.items()} == {
        name: content(name, one) for name, one in files.items()
    }


def publish(server: Served, files: dict[str, bytes], folder: Path | None = None) -> None:
    """What `limner watch` says after it has written files; with a folder they are written there first."""
    if folder:
        for path, content in files.items():
            (folder / path).write_bytes(content)
    told = [
        ProjectFile(path=path, digest=hashlib.sha256(content).hexdigest(), size_bytes=len(content))
        for path, content in files.items()
    ]
    with Client(server.address) as client:
        told_in = str(folder or "")
        client.publish_asset_changes(
            [Publication(project="game", folder=told_in, key="run.asset.toml#run", files=told)]
        )
