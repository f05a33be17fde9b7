"""The asset store: bytes by their sha256, in a folder or wherever obstore reaches.

Where that is decides a URL: `file:///folder`, `memory:///`, `s3://bucket/prefix` and obstore's others. Endpoint, region and
keys come from the environment, as obstore reads them: AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID and so on.
"""

import asyncio
import contextlib
import hashlib
import os
import re
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from limner.server.database import sync_folder
from limner.server.errors import ConfigError, NotFoundError, ResourceExhaustedError, UnavailableError
from limner.server.vault import MAGIC, BlobLock

CHUNK = 1 << 20
RECENT, SMALL = (
    4 << 20,
    64 << 10,
)  # bytes kept in memory, and the largest blob among them: a new picture is read at once
YOUNG_S = 3600.0  # a blob younger than this may belong to a generation that is about to name it
HALF = re.compile(r"[0-9a-f]{62}#\d+")
KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{62}")


class AssetStore:
    """Content-addressed: equal bytes are one blob, and a name never changes its meaning."""

    def __init__(
        self, store: ObjectStore, quota_bytes: int, young_s: float = YOUNG_S, lock: "BlobLock | None" = None
    ) -> None:
        self._store = store
        self._lock = lock
        self._quota = quota_bytes
        self._young_s = young_s
        self._folder = Path(str(store.prefix)) if isinstance(store, LocalStore) and store.prefix else None
        self._subfolders: set[Path] = set()  # those whose names are safe from a power cut
        self.used_bytes = 0  # as of the last collection, and what was put here since
        self._recent: OrderedDict[str, bytes] = OrderedDict()
        self._recent_bytes = 0

    @classmethod
    async def open(
        cls, place: Path | str, quota_bytes: int, young_s: float = YOUNG_S, lock: "BlobLock | None" = None
    ) -> "AssetStore":
        """A store in a folder or at a URL, its use counted. Raises ConfigError where there can be none."""
        try:
            store = cls(_opened(place), quota_bytes, young_s, lock)
            store.used_bytes = sum([size async for _, size, _ in store.blobs()])
        except (BaseError, OSError, ValueError) as error:
            raise ConfigError(
                f"asset_url: no store at {place} ({error}); correct the URL or its access keys"
            ) from error
        return store

    def check_room(self) -> None:
        """Raise ResourceExhaustedError when the quota is used up."""
        if self.used_bytes >= self._quota:
            raise ResourceExhaustedError(
                f"the asset store is full ({self.used_bytes} of {self._quota} bytes); delete assets or raise quota_bytes"
            )

    async def put(self, content: bytes) -> str:
        """Store bytes, all or none, safe from a power cut; returns their sha256 in hex.

        Raises ResourceExhaustedError when there is no room, UnavailableError when a remote store does not take them.
        """
        hashed = hashlib.sha256(content) if len(content) <= SMALL else await asyncio.to_thread(hashlib.sha256, content)
        digest = hashed.hexdigest()
        self.check_room()
        try:
            await self._put(_key(digest), content if self._lock is None else await self._lock.closed(digest, content))
        except (BaseError, OSError) as error:
            if isinstance(self._store, LocalStore):
                raise ResourceExhaustedError(
                    f"the asset could not be stored ({error}); free some disk space"
                ) from error
            raise UnavailableError(f"the asset store took no asset ({error}); try again later") from error
        self._remember(digest, content)
        return digest

    def _remember(self, digest: str, content: bytes) -> None:
        if len(content) > SMALL or digest in self._recent:
            return
        self._recent[digest] = content
        self._recent_bytes += len(content)
        while self._recent_bytes > RECENT:
            self._recent_bytes -= len(self._recent.popitem(last=False)[1])

    def _drop(self, digest: str) -> None:
        self._recent_bytes -= len(self._recent.pop(digest, b""))

    async def _put(self, key: str, content: bytes) -> None:
        try:
            await self._store.put_async(key, content, mode="create")
        except AlreadyExistsError:  # the same bytes are there
            found = await self._store.head_async(key)
            old = time.time() - found["last_modified"].timestamp() > self._young_s / 2
            sealing = self._lock is not None and self._lock.sealing  # maybe under a key that was deleted
            if old or sealing or await self._torn(key, content):
                await self._store.put_async(key, content)  # young again: a collection that runs now lets it be
        else:
            self.used_bytes += len(content)
        if self._folder is not None:
            await asyncio.to_thread(self._sync, self._folder / key)

    async def _torn(self, key: str, content: bytes) -> bool:
        """What lies there is something else, as a power cut or a failing disk leaves it."""
        if self._folder is None:
            return False
        return bytes(await (await self._store.get_async(key)).bytes_async()) != content

    def _sync(self, path: Path) -> None:
        """Return when a blob and its name are on the disk. Raises OSError."""
        with path.open("rb+") as blob:
            os.fsync(blob.fileno())
        sync_folder(path.parent)
        if path.parent not in self._subfolders:
            sync_folder(path.parent.parent)
            sync_folder(path.parent.parent.parent)
            self._subfolders.add(path.parent)

    async def get(self, digest: str) -> bytes:
        """All bytes of a blob. Raises NotFoundError."""
        return b"".join([chunk async for chunk in self.read(digest)])

    async def read(self, digest: str) -> AsyncIterator[bytes]:
        """The bytes in chunks of at most 1 MiB. Raises DataLossError for sealed bytes that do not open."""
        if (recent := self._recent.get(digest)) is not None:
            yield recent
            return
        try:
            found = await self._store.get_async(_key(digest))
        except FileNotFoundError as error:
            raise NotFoundError(f"the bytes {digest} are gone; draw the picture again") from error
        chunks = found.stream(min_chunk_size=CHUNK)
        first = bytes(await anext(aiter(chunks), b""))
        if self._lock is not None and first.startswith(MAGIC):
            rest = [bytes(chunk) async for chunk in chunks]
            first = await self._lock.opened(digest, b"".join([first, *rest]))
        for piece in pieces(first):
            yield piece
        async for chunk in chunks:
            for piece in pieces(bytes(chunk)):
                yield piece

    async def forget(self, digest: str) -> None:
        """Delete the bytes now, where they are."""
        self._drop(digest)
        with contextlib.suppress(FileNotFoundError):
            await self._store.delete_async(_key(digest))

    async def blobs(self) -> AsyncIterator[tuple[str, int, float]]:
        """Digest, size and time of every blob. What else lies there is not ours."""
        async for batch in self._store.list():
            for blob in batch:
                if KEY.fullmatch(str(blob["path"])):
                    yield str(blob["path"]).replace("/", ""), int(blob["size"]), blob["last_modified"].timestamp()

    async def collect(self, named: set[str], now: float | None = None) -> int:
        """Delete the blobs that nothing names, but for young ones; returns how many. Counts the rest anew."""
        now = time.time() if now is None else now
        found = [blob async for blob in self.blobs()]
        gone = {digest for digest, _, changed in found if digest not in named and now - changed > self._young_s}
        for digest in gone:
            self._drop(digest)
            await self._store.delete_async(_key(digest))
        self.used_bytes = sum(size for digest, size, _ in found if digest not in gone)
        if self._folder is not None:
            await asyncio.to_thread(_swept, self._folder, now - self._young_s)
        return len(gone)


def _swept(folder: Path, before: float) -> None:
    """Delete what a process that was killed had half written: obstore writes to `KEY#NUMBER` first."""
    for path in folder.glob("??/*#*"):
        with contextlib.suppress(FileNotFoundError):  # its writer is alive and has just finished
            if HALF.fullmatch(path.name) and path.stat().st_mtime < before:
                path.unlink()


def pieces(content: bytes) -> Iterator[bytes]:
    """At most 1 MiB each."""
    for at in range(0, len(content), CHUNK):
        yield content[at : at + CHUNK]


def _key(digest: str) -> str:
    return f"{digest[:2]}/{digest[2:]}"


def _opened(place: Path | str) -> ObjectStore:
    """The store itself. A folder is made where there is none."""
    if isinstance(place, str) and urlsplit(place).scheme == "file":
        place = Path(unquote(urlsplit(place).path))
    if isinstance(place, Path):
        return LocalStore(str(place), mkdir=True)
    return from_url(place)
