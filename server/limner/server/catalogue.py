"""The models of this server: found at the start by their cards, loaded at the first use."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from limner.generators.cards import ModelCard, ModelError, model_digest, read_card
from limner.server.batching import Batcher
from limner.server.errors import FailedPreconditionError, InvalidRequestError

if TYPE_CHECKING:  # the runtime is imported at the first use: a server starts in a second
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
    batcher: Batcher
    origins: "Origins | None" = None  # what outputs are compared with; None where the index is not there


class Catalogue:
    """Models by id. A broken model is an error for those who ask for it, and nobody else."""

    def __init__(
        self, folders: Sequence[Path], shared: Path, threads: int, max_batch: int, device: str = "cpu"
    ) -> None:
        """`shared` holds the folders `text` and `joint`, which all models use."""
        self._text_folder, self._joint_folder = shared / "text", shared / "joint"
        self._threads, self._max_batch, self._device = threads, max_batch, device
        self._loading = asyncio.Lock()  # one load at a time: models share the text encoder
        self._shared: tuple[TextEncoder, JointEmbedding] | None = None
        self._training: Origins | None = None
        self.entries: dict[str, Entry] = {}
        for folder in folders:
            for path in sorted(folder.glob("*/card.json")):
                if path.parent in (self._text_folder, self._joint_folder):
                    continue
                try:
                    card = read_card(path)
                    digest = model_digest(path.parent, self._text_folder, self._joint_folder)
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
        if entry.model is not None:
            return entry.model
        async with self._loading:
            if entry.model is None:
                try:
                    entry.model = await asyncio.to_thread(self._load, entry)
                except ModelError as error:
                    raise FailedPreconditionError(str(error)) from error
        return entry.model

    async def sentences(self) -> Callable[[Sequence[str]], NDArray[np.float32]]:
        """What turns sentences into vectors (n, 512), by the text encoder that the models use. Raises FailedPreconditionError."""
        if self._shared is None:
            async with self._loading:
                try:
                    self._shared = await asyncio.to_thread(self._load_shared)
                except ModelError as error:
                    raise FailedPreconditionError(str(error)) from error
        encoder = self._shared[0]

        def embedded(texts: Sequence[str]) -> NDArray[np.float32]:
            found = [encoder(texts[at : at + ROWS]).pooled for at in range(0, len(texts), ROWS)]
            return np.concatenate(found)

        return embedded

    def _load_shared(self) -> "tuple[TextEncoder, JointEmbedding]":
        """What all models use; loaded once. Raises ModelError."""
        from limner.generators.scoring import JointEmbedding
        from limner.generators.text_encoder import TextEncoder

        return self._shared or (TextEncoder(self._text_folder), JointEmbedding(self._joint_folder))

    def _load(self, entry: Entry) -> Loaded:
        from limner.generators.imagen import Imagen

        text_encoder, joint = self._shared = self._load_shared()
        imagen = Imagen(entry.folder, text_encoder, self._threads, self._device)
        return Loaded(imagen, joint, Batcher(imagen.network, self._max_batch), self._origins())

    def _origins(self) -> "Origins | None":
        """The index of the training art, loaded once. Without one, pictures are drawn all the same, and the log says so."""
        from limner.generators.originality import load_training

        if self._training is None:
            try:
                self._training = load_training(self._joint_folder)
            except ModelError as error:
                log.warning("pictures are not compared with the training art: %s", error)
        return self._training

    async def close(self) -> None:
        for entry in self.entries.values():
            if entry.model is not None:
                await entry.model.batcher.close()
