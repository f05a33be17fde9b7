"""What the menu asks, in Unreal's own details view."""

from __future__ import annotations

import unreal

from . import asking, settings
from .door import DoorError
from .following import Following
from .reloading import RELOADING
from .session import SESSION


@unreal.uclass()
class LimnerPicture(unreal.Object):
    prompt = unreal.uproperty(str, meta={"DisplayName": "Prompt", "MultiLine": "true"})
    kind = unreal.uproperty(str, meta={"DisplayName": "Kind (empty: any)"})
    size = unreal.uproperty(int, meta={"DisplayName": "Size (32, 64, 128, 256)"})
    candidates = unreal.uproperty(int, meta={"DisplayName": "Candidates (1 to 16)"})
    seed = unreal.uproperty(int, meta={"DisplayName": "Seed (-1: by chance)"})


@unreal.uclass()
class LimnerPlace(unreal.Object):
    url = unreal.uproperty(str, meta={"DisplayName": "Server, as limner serve --web says it"})
    key_file = unreal.uproperty(str, meta={"DisplayName": "Key file"})
    model = unreal.uproperty(str, meta={"DisplayName": "Model (empty: the server's choice)"})
    folder = unreal.uproperty(str, meta={"DisplayName": "Content folder"})


def ask_sprites() -> None:
    asked = _asked(candidates=4)
    if asked:
        asking.draw_sprites(
            asked.prompt, kind=asked.kind, size=asked.size, candidates=asked.candidates, seed=_seed(asked.seed)
        )


def ask_texture() -> None:
    asked = _asked(candidates=1)
    if asked:
        asking.draw_texture(asked.prompt, size=asked.size, seed=_seed(asked.seed))


def ask_settings() -> None:
    now = settings.read()
    place = unreal.new_object(LimnerPlace)
    for name in ("url", "key_file", "model", "folder"):
        place.set_editor_property(name, getattr(now, name))
    if unreal.EditorDialog.show_object_details_view(
        "Limner", place, unreal.EditorDialogLibraryObjectDetailsViewOptions()
    ):
        settings.write(
            settings.Settings(url=place.url, key_file=place.key_file, model=place.model, folder=place.folder)
        )


def cancel() -> None:
    SESSION.cancel()


def follow() -> None:
    """Begin to follow changes, or end it."""
    if RELOADING.running:
        RELOADING.stop()
        return
    try:
        RELOADING.start(Following(settings.read().opened()))
    except DoorError as error:
        unreal.log_error(f"Limner: {error}")


def _asked(candidates: int) -> LimnerPicture | None:
    wish = unreal.new_object(LimnerPicture)
    for name, value in {"size": 64, "candidates": candidates, "seed": -1}.items():
        wish.set_editor_property(name, value)
    options = unreal.EditorDialogLibraryObjectDetailsViewOptions()
    return wish if unreal.EditorDialog.show_object_details_view("Limner", wish, options) else None


def _seed(seed: int) -> int | None:
    return None if seed < 0 else seed
