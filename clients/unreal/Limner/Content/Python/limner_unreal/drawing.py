"""One request for art, followed on a thread from the sentence to the pictures.

Knows nothing of an engine. The add-on for Blender and the plugin for Unreal hold the same copy of this file.
"""

from __future__ import annotations

import base64
import contextlib
import queue
import threading
import uuid
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

from .door import Door, DoorError, Message, Pauses, StoppedError

PATIENCE = 8  # attempts in a row without any news, about half a minute
FIRST_PATIENCE = 2  # for a server that has not answered yet: more likely the address is wrong
Answer = TypeVar("Answer")
MAPS = ("normal", "height", "roughness", "ao", "metallic")


class Progress(NamedTuple):
    """How far it is: a share in [0, 1], words for a person, and a preview as PNG where there is one."""

    share: float
    text: str
    preview: bytes = b""


class Picture(NamedTuple):
    """A finished picture; `role` is empty, or `albedo`, `normal` … for a texture's maps."""

    name: str
    role: str
    candidate: int
    png: bytes


class Finished(NamedTuple):
    """The end: pictures, best first, and the files of the format that was asked for; or why there are none."""

    pictures: tuple[Picture, ...] = ()
    files: Mapping[str, bytes] = {}
    error: str = ""
    cancelled: bool = False


Event = Progress | Finished


def picture_brief(
    prompt: str, *, kind: str = "", size: int = 32, seed: int | None = None, candidates: int = 1, model: str = ""
) -> Message:
    """The `Generation` that asks for a picture."""
    return {
        "image": {**_asked(prompt, size, seed, model), "candidates": candidates, **({"kind": kind} if kind else {})}
    }


def texture_brief(prompt: str, *, size: int = 64, seed: int | None = None, model: str = "") -> Message:
    """The `Generation` that asks for a seamless texture with its material maps."""
    return {"texture": {"image": _asked(prompt, size, seed, model), "maps": list(MAPS)}}


def _asked(prompt: str, size: int, seed: int | None, model: str) -> Message:
    image: Message = {"prompt": prompt, "width": size}
    if seed is not None:
        image["seed"] = str(seed)  # 64 bits are text in JSON
    if model:
        image["model"] = model
    return image


def plain_texture(brief: Message) -> Message:
    """The same texture without maps, for servers that make none."""
    image: Message = brief["texture"]["image"]
    return {"image": {**image, "kind": "texture", "tileX": True, "tileY": True}}


class Drawing:
    """Asks, follows and reads, each lost connection opened again where it broke. The engine's own thread polls.

    With `export`, a format of the server, the pictures come as its files too, named after `stem`: letters, digits, - and _.
    """

    def __init__(self, door: Door, brief: Message, *, export: str = "", stem: str = "") -> None:
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.name = ""
        self._door = door
        self._brief = brief
        self._export = export
        self._stem = stem
        self._request_id = uuid.uuid4().hex  # the same request twice is the same generation
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="limner-drawing", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def cancel(self) -> None:
        """Stop it, on the server too; never blocks."""
        if not self._stopping.is_set():
            self._stopping.set()
            threading.Thread(target=self._cancel, name="limner-cancel", daemon=True).start()

    def poll(self) -> list[Event]:
        """What has happened since the last call."""
        found = []
        while True:
            try:
                found.append(self.events.get_nowait())
            except queue.Empty:
                return found

    def _run(self) -> None:
        try:
            generation = self._followed(self._accepted())
            assets = generation.get("assets", [])
            files = self._exported([asset["name"] for asset in assets]) if self._export else {}
            self.events.put(Finished(tuple(self._read(asset) for asset in assets), files))
        except StoppedError:
            self._cancel()  # it may have been accepted only now
            self.events.put(Finished(error="cancelled", cancelled=True))
        except DoorError as error:
            self.events.put(Finished(error=str(error), cancelled=error.reason == "cancelled"))
        except Exception as error:  # the engine's user must hear of it, whatever it is
            self.events.put(Finished(error=f"{type(error).__name__}: {error}"))

    def _accepted(self) -> Message:
        self.events.put(Progress(0.0, "Asking…"))
        try:
            reply = self._tried(self._create)
        except DoorError as error:
            if error.reason != "too-old" or "texture" not in self._brief:
                raise
            self._brief = plain_texture(self._brief)
            reply = self._tried(self._create)
        generation: Message = reply["generation"]
        self.name = generation["name"]
        return generation

    def _create(self) -> Message:
        request = {"generation": self._brief, "requestId": self._request_id}
        return self._door.call("GenerationService/CreateGeneration", request)

    def _followed(self, generation: Message) -> Message:
        """The generation when it has succeeded."""
        pauses, after, silent = Pauses(), 0, 0
        while True:
            request = {"name": self.name, "afterSequence": str(after), "previews": True}
            try:
                for reply in self._door.stream("GenerationService/WatchGeneration", request):
                    if self._stopping.is_set():
                        raise StoppedError
                    event = reply["event"]
                    after, silent = int(event["sequence"]), 0
                    pauses.renew()
                    generation = event["generation"]
                    if ended(generation):
                        return generation
                    self.events.put(progress_of(generation, event))
            except DoorError as error:
                if not error.passing or silent >= PATIENCE:
                    raise
                self.events.put(Progress(generation.get("progress", 0.0), "The connection is lost; trying again…"))
            silent += 1
            pauses.wait(self._stopping)

    def _read(self, asset: Message) -> Picture:
        def attempt() -> bytes:
            replies = self._door.stream("AssetService/ReadAsset", {"name": asset["name"]})
            return b"".join(base64.b64decode(reply.get("data", "")) for reply in replies)

        return Picture(asset["name"], asset.get("role", ""), asset.get("candidate", 0), self._tried(attempt))

    def _exported(self, names: list[str]) -> Mapping[str, bytes]:
        def attempt() -> dict[str, bytes]:
            request = {"names": names, "format": self._export, "stem": self._stem}
            files: dict[str, bytes] = {}
            for reply in self._door.stream("AssetService/ExportAssets", request):
                files[reply["path"]] = files.get(reply["path"], b"") + base64.b64decode(reply.get("data", ""))
            return files

        return self._tried(attempt)

    def _tried(self, attempt: Callable[[], Answer]) -> Answer:
        pauses = Pauses()
        silent = 0
        while not self._stopping.is_set():
            try:
                return attempt()
            except DoorError as error:
                patience = PATIENCE if self.name or error.reason == "busy" else FIRST_PATIENCE
                if not error.passing or silent >= patience:
                    raise
                self.events.put(Progress(0.0, "No answer; trying again…"))
            silent += 1
            pauses.wait(self._stopping)
        raise StoppedError

    def _cancel(self) -> None:
        if self.name:
            with contextlib.suppress(DoorError):  # it ends by itself; nobody waits for it
                self._door.call("GenerationService/CancelGeneration", {"name": self.name})


def ended(generation: Message) -> bool:
    """It has succeeded. Raises DoorError when it has ended in another way."""
    state = generation.get("state")
    if state == "STATE_FAILED":
        raise DoorError("failed", generation.get("error", {}).get("message", "the generation failed"))
    if state == "STATE_CANCELLED":
        raise DoorError("cancelled", "cancelled")
    return bool(state == "STATE_SUCCEEDED")


def progress_of(generation: Message, event: Message) -> Progress:
    """What a person reads while it is drawn."""
    waiting = generation.get("queuePosition", 0)
    if generation.get("state") == "STATE_QUEUED":
        text = f"Waiting for {waiting} others…" if waiting else "Waiting…"
    else:
        text = "Drawing…"
    return Progress(generation.get("progress", 0.0), text, base64.b64decode(event.get("previewPng", "")))
