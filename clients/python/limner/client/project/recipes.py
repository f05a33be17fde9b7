"""Assets that the server makes of several drawings: textures, animations, scenes. It exports them too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from limner.client.aio import AsyncClient, Brief
from limner.client.project.contents import digest_of
from limner.client.project.lock_file import Drawn
from limner.client.project.manifest import Recipe, Wanted
from limner.client.recipes import animation_brief, character_brief, texture_brief


@dataclass(frozen=True, slots=True)
class Kind:
    """One recipe: the keys that it takes, its format where none is named, and its brief."""

    keys: frozenset[str]
    file_format: str
    brief: Callable[[Recipe], Brief]


class Made(NamedTuple):
    """The files by their paths in the project, what is known of the drawing, what the server did otherwise than asked."""

    files: dict[str, bytes]
    drawn: Drawn
    asset: str
    warnings: tuple[str, ...]


def _texture(art: Recipe) -> Brief:
    values = {"tile": "xy", **art.choices, "maps": ",".join(art.choices.get("maps", ()))}
    return texture_brief(art.prompt, seed=art.seed, palette=art.palette, **values)


def _animation(art: Recipe) -> Brief:
    return animation_brief(art.prompt or None, seed=art.seed, reference=art.reference, **art.choices)


def _character(art: Recipe) -> Brief:
    values = {"candidates": 1, **art.choices, "animations": ",".join(art.choices.get("actions", ()))}
    values.pop("actions", None)
    return character_brief(art.prompt, seed=art.seed, **values)


def _scene(art: Recipe) -> Brief:
    from limner.client.scenes import scene_brief

    return scene_brief(art.prompt, seed=art.seed, **art.choices)


KINDS = {
    "texture": Kind(
        frozenset(("size", "variants", "maps", "tile", "style", "candidates", "model", "palette")), "maps", _texture
    ),
    "animation": Kind(frozenset(("action", "reference", "frames", "duration_ms", "model")), "gif", _animation),
    "character": Kind(frozenset(("actions", "directions", "frames", "size", "candidates", "model")), "gif", _character),
    "scene": Kind(frozenset(("tiles", "tile_size", "view", "layout_seed", "style", "model")), "tiled-tmx", _scene),
}


async def made(client: AsyncClient, wanted: Wanted, request: str, root: Path) -> Made:
    """Have the server make and export an asset; `root` is the project's folder. Raises what the server does, UsageError."""
    assert isinstance(wanted.art, Recipe)
    from limner.client.scenes import role

    drawn = await client.draw(KINDS[wanted.art.kind].brief(wanted.art), bulk=True)
    whole = [role(drawn, "scene")] if wanted.art.kind == "scene" else drawn
    files: dict[str, bytes] = {}
    parts = whole
    if wanted.art.kind == "character":  # the figure at rest, then its frames
        still, *parts = whole
        files[(wanted.outputs[0].folder.relative_to(root) / f"{wanted.name}.png").as_posix()] = still.content
    names = [each.asset.name for each in parts]
    for output in wanted.outputs if names else ():
        folder = output.folder.relative_to(root)
        exported = await client.export(names, output.file_format, stem=wanted.name, reproducible=True)
        for path, content in exported.items():
            if files.setdefault((folder / path).as_posix(), content) != content:
                raise wanted.origin.error("out", f"two formats write {path}", 'give each a folder: out = "…/{format}"')
    first = whole[0].asset
    facts = Drawn(
        request=request,
        digest=digest_of("\n".join(each.asset.digest for each in whole).encode()),
        model=first.model,
        model_digest=first.model_digest,
        seed=wanted.art.seed,
    )
    return Made(files, facts, first.name, tuple(whole[0].generation.warnings))
