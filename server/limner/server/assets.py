"""The asset store: bytes by their sha256, on disk or wherever obstore reaches."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore

from limner.server.errors import NotFoundError, ResourceExhaustedError

CHUNK = 1 << 20
YOUNG_S = 3600.0  # a blob younger than this may belong to a generation that is about to name it


class AssetStore:
    """Content-addressed: equal bytes are one blob, and a name never changes its meaning."""

    def __init__(self, store: ObjectStore, quota_bytes: int) -> None:
        self._store = store
        self._quota = quota_bytes
        self.used_bytes = 0

    @classmethod
    async def open(cls, folder: Path, quota_bytes: int) -> "AssetStore":
        """A store in a folder, its use counted."""
        store = cls(LocalStore(str(folder), mkdir=True), quota_bytes)
        store.used_bytes = sum([size async for _, size, _ in store.blobs()])
        return store

    def check_room(self) -> None:
        """Raise ResourceExhaustedError when the quota is used up."""
        if self.used_bytes >= self._quota:
            raise ResourceExhaustedError(
                f"the asset store is full ({self.used_bytes} of {self._quota} bytes); delete assets or raise quota_mib"
            )

    async def put(self, content: bytes) -> str:
        """Store bytes, all or none; returns their sha256 in hex. Raises ResourceExhaustedError when there is no room."""
        digest = await asyncio.to_thread(lambda: hashlib.sha256(content).hexdigest())
        self.check_room()
        try:
            await self._store.put_async(_key(digest), content, mode="create")
        except AlreadyExistsError:  # the same bytes are there
            return digest
        except (BaseError, OSError) as error:
            raise ResourceExhaustedError(f"the asset could not be stored ({error}); free some disk space") from error
        self.used_bytes += len(content)
        return digest

    async def get(self, digest: str) -> bytes:
        """All bytes of a blob. Raises NotFoundError."""
        return b"".join([chunk async for chunk in self.read(digest)])

    async def read(self, digest: str) -> AsyncIterator[bytes]:
        """The bytes in chunks of at most 1 MiB."""
        try:
            found = await self._store.get_async(_key(digest))
        except FileNotFoundError as error:
            raise NotFoundError(f"the bytes {digest} are gone; draw the picture again") from error
        async for chunk in found.stream(min_chunk_size=CHUNK):
            content = bytes(chunk)
            for at in range(0, len(content), CHUNK):
                yield content[at : at + CHUNK]

    async def blobs(self) -> AsyncIterator[tuple[str, int, float]]:
        """Digest, size and time of every blob."""
        async for batch in self._store.list():
            for blob in batch:
                yield str(blob["path"]).replace("/", ""), int(blob["size"]), blob["last_modified"].timestamp()

    async def collect(self, named: set[str], now: float | None = None) -> int:
        """Delete the blobs that nothing names, but for young ones; returns how many."""
        now = time.time() if now is None else now
        gone = [
            (digest, size)
            async for digest, size, changed in self.blobs()
            if digest not in named and now - changed > YOUNG_S
        ]
        for digest, size in gone:
            await self._store.delete_async(_key(digest))
            self.used_bytes -= size
        return len(gone)


def _key(digest: str) -> str:
    return f"{digest[:2]}/{digest[2:]}"
