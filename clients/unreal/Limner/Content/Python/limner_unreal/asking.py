"""From a sentence to assets. Everything here returns at once; the pictures come through the session."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import unreal

from . import settings
from .door import DoorError, Message
from .drawing import Drawing, Finished, picture_brief, texture_brief
from .importing import imported, set_up_texture
from .materials import material_of
from .session import SESSION, Use


def draw_sprites(prompt: str, *, kind: str = "", size: int = 64, candidates: int = 1, seed: int | None = None) -> bool:
    """Draw pictures; each becomes a sprite of Paper2D in the content folder of the settings. False when nothing was started."""
    chosen, stem = settings.read(), stem_of(prompt)
    brief = picture_brief(prompt, kind=kind, size=size, candidates=candidates, seed=seed, model=chosen.model)
    return _started(
        chosen, prompt, brief, lambda done: use_sprites(done, stem, chosen.folder), export="paper2d", stem=stem
    )


def draw_texture(prompt: str, *, size: int = 64, seed: int | None = None, pixelated: bool = True) -> bool:
    """Draw a seamless texture; it becomes textures and a material. False when nothing was started."""
    chosen, stem = settings.read(), stem_of(prompt)
    brief = texture_brief(prompt, size=size, seed=seed, model=chosen.model)
    return _started(chosen, prompt, brief, lambda done: use_texture(done, stem, chosen.folder, pixelated))


def _started(
    chosen: settings.Settings, prompt: str, brief: Message, use: Use, *, export: str = "", stem: str = ""
) -> bool:
    if SESSION.running:
        unreal.log_warning("Limner: one drawing at a time; wait for it, or cancel it under Tools > Limner")
        return False
    if not prompt.strip():
        unreal.log_error("Limner: write what to draw first")
        return False
    try:
        door = chosen.opened()
    except DoorError as error:
        unreal.log_error(f"Limner: {error}")
        return False
    SESSION.start(Drawing(door, brief, export=export, stem=stem), use)
    return True


def use_sprites(done: Finished, stem: str, folder: str) -> None:
    """Import the sheet; its pages come with it."""
    paths = written(done.files, stem)
    assets = imported([path for path in paths if path.suffix == ".paper2dsprites"], folder)
    unreal.log(f"Limner: imported {len(assets)} assets into {folder}")


def use_texture(done: Finished, stem: str, folder: str, pixelated: bool) -> None:
    """Import the maps of the first variant and make a material of them."""
    best = done.pictures[0].candidate
    maps = {picture.role or "albedo": picture.png for picture in done.pictures if picture.candidate == best}
    paths = written({f"T_{stem}_{role}.png": png for role, png in maps.items()}, stem)
    textures = {}
    for role, path in zip(maps, paths, strict=True):
        for texture in imported([path], folder):
            set_up_texture(texture, role, pixelated=pixelated)
            textures[role] = texture
    material = material_of(f"M_{stem}", folder, textures)
    unreal.log(f"Limner: made {material.get_path_name()}")


def written(files: Mapping[str, bytes], stem: str) -> list[Path]:
    """The files on disk, in the project's Saved folder: there Reimport finds them."""
    root = Path(unreal.Paths.project_saved_dir()) / "Limner" / stem
    paths = []
    for name, content in files.items():
        relative = PurePosixPath(name)
        if relative.is_absolute() or ".." in relative.parts:
            raise ValueError(f"the server sent a file outside of its folder: {name}")
        path = root / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        paths.append(path)
    return paths


def stem_of(prompt: str) -> str:
    """The prompt's ASCII words as a name for files and assets; without any, `drawing` and a number that follows from the prompt."""
    words = "_".join(re.findall(r"[a-z0-9]+", prompt.lower()))[:48].strip("_")
    return words or f"drawing_{zlib.crc32(prompt.encode()):08x}"
