"""The models of this server: found at the start by their cards, loaded at the first use."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from limner.generators.cards import SHARED, ModelCard, ModelError, model_digest, read_card
from limner.generators.sessions import MAX_BYTES, Opener, open_session
from limner.server.batching import Batcher
from limner.server.errors import FailedPreconditionError, InvalidRequestError, UnavailableError
from limner.server.signatures import check_signature
from limner.server.worker.life import Terms
from limner.server.worker.worker import TRIES, Worker

if TYPE_CHECKING:  # the runtime is imported at the first use: a server starts in a second
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from limner.generators.frames import FrameModel
    from limner.generators.imagen import Imagen
    from limner.generators.originality import Origins
    from limner.generators.scoring import JointEmbedding
    from limner.generators.text_encoder import TextEncoder

log = logging.getLogger(__name__)
ROWS = 16  # sentences of one call of the encoder
DEFAULT = "imagen-base"
WEIGHTS = Path(str(files("limner.generators"))) / "weights"


@dataclass(slots=True)
class Entry:
    """A model folder: its card, and once somebody asked for it, the model in its batcher."""

    folder: Path
    card: ModelCard
    digest: str
    model: "Loaded | None" = None
    pictures: int = 0
    cache_hits: int = 0
    output_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in memory."""

    imagen: "Imagen"
    joint: "JointEmbedding"
    frames: "FrameModel"
    batcher: Batcher
    origins: "Origins | None" = None  # what outputs are compared with; None where the index is not there


class Catalogue:
    """Models by id. A broken model is an error for those who ask for it, and nobody else."""

    def __init__(
        self,
        folders: Sequence[Path],
        shared: Path,
        threads: int,
        max_batch: int,
        device: str = "cpu",
        *,
        worker: Terms | None = None,
        max_model_bytes: int = MAX_BYTES,
        keys: "Sequence[Ed25519PublicKey]" = (),
    ) -> None:
        """`shared` holds the folders `text`, `joint` and `frames`, which all models use.

        With `worker`, the networks run outside this process: what all models use in one of its own, every model's in another.
        With `keys`, folders besides the packaged ones need a signature by one of them; the packaged ones come with this code.
        """
        self._terms, self._max_model_bytes = worker, max_model_bytes
        self._workers: dict[str, Worker] = {}
        self._opening = (
            threading.Lock()
        )  # over the workers and the next: a load goes on in its thread when the server ends
        self._closed = False
        self._text_folder, self._joint_folder, self._frames_folder = (shared / name for name in SHARED)
        self._threads, self._max_batch, self._device = threads, max_batch, device
        self._loads: dict[str, asyncio.Task[None]] = {}
        self._loading = asyncio.Lock()  # one load at a time: models share the text encoder
        self._shared: tuple[TextEncoder, JointEmbedding, FrameModel] | None = None
        self._training: Origins | None = None
        self.entries: dict[str, Entry] = {}
        for folder in folders:
            for path in sorted(folder.glob("*/card.json")):
                if path.parent in (self._text_folder, self._joint_folder, self._frames_folder):
                    continue
                try:
                    if keys and folder != WEIGHTS:
                        check_signature(path, keys)
                    card = read_card(path)
                    digest = model_digest(path.parent, shared)
                    self.entries[card.id] = Entry(path.parent, card, digest)
                except (ModelError, OSError) as error:
                    log.warning("left out a model: %s", error)

    @property
    def default(self) -> str:
        return DEFAULT if DEFAULT in self.entries else next(iter(self.entries), DEFAULT)

    def entry(self, name: str, where: str = "model") -> Entry:
        """The entry for `models/{id}`, a bare id, or nothing for the default. Raises InvalidRequestError naming `where`."""
        model_id = name.removeprefix("models/") or self.default
        if model_id not in self.entries:
            known = ", ".join(sorted(self.entries)) or "none; install the package's weights"
            raise InvalidRequestError.of(where, f"model {model_id!r} is unknown; this server has: {known}")
        return self.entries[model_id]

    async def loaded(self, model_id: str) -> Loaded:
        """The model in memory; the first to ask waits for the load, off the event loop. Raises FailedPreconditionError."""
        entry = self.entry(model_id)
        if entry.model is None:
            await self._once(model_id, lambda: self._fill(entry))
        assert entry.model is not None
        return entry.model

    async def _fill(self, entry: Entry) -> None:
        if entry.model is None:
            entry.model = await asyncio.to_thread(self._load, entry)

    async def _once(self, name: str, load: Callable[[], Coroutine[None, None, None]]) -> None:
        """Wait for a load that all who ask for it share; it goes on when they leave, as its thread does. Raises FailedPreconditionError."""
        task = self._loads.get(name)
        if task is None:
            task = self._loads[name] = asyncio.create_task(self._next(load))
            task.add_done_callback(lambda _: self._loads.pop(name, None))
        try:
            await asyncio.shield(task)
        except ModelError as error:
            raise FailedPreconditionError(str(error)) from error

    async def _next(self, load: Callable[[], Coroutine[None, None, None]]) -> None:
        async with self._loading:
            await load()

    async def sentences(self) -> Callable[[Sequence[str]], NDArray[np.float32]]:
        """What turns sentences into vectors (n, 512), by the text encoder that the models use. Raises FailedPreconditionError."""
        if self._shared is None:
            await self._once("", self._fill_shared)
        assert self._shared is not None
        encoder = self._shared[0]

        def embedded(texts: Sequence[str]) -> NDArray[np.float32]:
            found = [encoder(texts[at : at + ROWS]).pooled for at in range(0, len(texts), ROWS)]
            return np.concatenate(found)

        return embedded

    async def _fill_shared(self) -> None:
        self._shared = await asyncio.to_thread(self._load_shared)

    def _load_shared(self) -> "tuple[TextEncoder, JointEmbedding, FrameModel]":
        """What all models use; loaded once. Raises ModelError."""
        from limner.generators.frames import FrameModel
        from limner.generators.scoring import JointEmbedding
        from limner.generators.text_encoder import TextEncoder

        if self._shared is not None:
            return self._shared
        folders = [self._text_folder, self._joint_folder, self._frames_folder]
        with self._opener("the text encoder", folders) as opened:
            return (
                TextEncoder(self._text_folder, opened=opened),
                JointEmbedding(self._joint_folder, opened=opened),
                FrameModel(self._frames_folder, self._threads, opened),
            )

    def _load(self, entry: Entry) -> Loaded:
        from limner.generators.imagen import Imagen

        with self._opener(f"model {entry.card.id}", [entry.folder], tries=1) as opened:  # the batcher tries again
            text_encoder, joint, frames = self._shared = self._load_shared()
            imagen = Imagen(entry.folder, text_encoder, self._threads, self._device, opened)
        return Loaded(imagen, joint, frames, Batcher(imagen.network, self._max_batch), self._origins())

    def _origins(self) -> "Origins | None":
        """The index of the training art, loaded once. Without one, pictures are drawn all the same, and the log says so."""
        from limner.generators.originality import load_training

        if self._training is None:
            try:
                self._training = load_training(self._joint_folder)
            except ModelError as error:
                log.warning("pictures are not compared with the training art: %s", error)
        return self._training

    @contextlib.contextmanager
    def _opener(self, title: str, readable: Sequence[Path], tries: int = TRIES) -> Iterator[Opener]:
        """What opens files of those folders. Where that fails, their process is ended, so that the next attempt has a new one."""
        if self._terms is None:
            yield partial(open_session, max_bytes=self._max_model_bytes)
            return
        with self._opening:
            if self._closed:
                raise UnavailableError("the server is ending")
            worker = self._workers[title] = Worker(title, readable, self._terms)
        try:
            worker.start()  # it gets ready while we read
            yield worker.opened(tries)
        except BaseException:
            worker.close()
            raise

    @property
    def workers(self) -> Sequence[Worker]:
        """The processes of the networks, as far as they were needed yet."""
        return list(self._workers.values())

    async def close(self) -> None:
        with self._opening:
            self._closed = True
        for worker in self.workers:
            await asyncio.to_thread(worker.close)
        await asyncio.gather(*self._loads.values(), return_exceptions=True)
        for entry in self.entries.values():
            if entry.model is not None:
                await entry.model.batcher.close()
