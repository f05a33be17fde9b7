"""Encryption at rest: AES-256-GCM with envelope keys.

Each owner's words, and each stored picture, has a random key of its own. That key lies in the database, wrapped by the master key,
which lies elsewhere: in a file. To delete a key is to delete all that it opens, in every copy of the data. A new master key
goes first in its file; `limner data rotate` wraps the small keys anew while the server runs, and no picture is written again.
"""

import asyncio
import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from limner.server.database import Database, blob_keys, owner_keys
from limner.server.errors import ConfigError, DataLossError

MAGIC = b"\x00limner1"  # no protobuf message and no picture begins like this
NONCE, ID = 12, 8


class Wrapper(Protocol):
    """Guards the small keys. A key management service fits here as well as a file does."""

    def wrap(self, key: bytes) -> bytes:
        """The key, sealed by the current master key."""

    def unwrap(self, wrapped: bytes) -> bytes:
        """The key that was sealed. Raises DataLossError where the master key is not there."""


class KeyFile:
    """Master keys in a file: a line of base64 for each, 32 bytes long, the current one first. Read anew when it changes."""

    def __init__(self, path: Path) -> None:
        """Raises ConfigError."""
        self._path = path
        self._read()

    def _read(self) -> None:
        try:
            self._stamp = self._path.stat().st_mtime_ns
            lines = self._path.read_text(encoding="ascii").split()
            keys = [base64.b64decode(line, validate=True) for line in lines]
        except (OSError, ValueError) as error:
            raise ConfigError(f"encryption_key_file: {self._path} cannot be read ({error})") from error
        if not keys or any(len(key) != 32 for key in keys):
            raise ConfigError(
                f"encryption_key_file: {self._path} must hold keys of 32 bytes in base64, a line each; "
                "make one with: head -c 32 /dev/urandom | base64"
            )
        self._keys = {hashlib.sha256(key).digest()[:ID]: key for key in keys}
        self._current = next(iter(self._keys))

    def wrap(self, key: bytes) -> bytes:
        if self._path.stat().st_mtime_ns != self._stamp:
            self._read()
        nonce = secrets.token_bytes(NONCE)
        return self._current + nonce + AESGCM(self._keys[self._current]).encrypt(nonce, key, self._current)

    def unwrap(self, wrapped: bytes) -> bytes:
        name, nonce, sealed = wrapped[:ID], wrapped[ID : ID + NONCE], wrapped[ID + NONCE :]
        if name not in self._keys:
            self._read()
        if name not in self._keys:
            raise DataLossError(
                f"the master key {name.hex()} is not in {self._path}; put it back, on a line of its own"
            )
        return AESGCM(self._keys[name]).decrypt(nonce, sealed, name)


class Vault:
    """Seals and opens. Works on the connection of the transaction that stores or reads; runs in the database's thread."""

    def __init__(self, wrapper: Wrapper | None) -> None:
        """Without a wrapper nothing is sealed, and what was sealed before does not open."""
        self._wrapper = wrapper

    @classmethod
    def of(cls, key_file: Path | None) -> "Vault":
        """Raises ConfigError."""
        return cls(None if key_file is None else KeyFile(key_file))

    @property
    def sealing(self) -> bool:
        return self._wrapper is not None

    def seal(self, connection: Connection, owner: str, content: bytes) -> bytes:
        """Words of an owner, as they are stored."""
        if self._wrapper is None:
            return content
        return sealed(self._made(connection, owner_keys, owner), content, owner)

    def open(self, connection: Connection, owner: str, content: bytes) -> bytes:
        """The words. Raises DataLossError where their key is gone."""
        if not content.startswith(MAGIC):
            return content
        return opened(self._kept(connection, owner_keys, owner), content, owner)

    def seal_facts(self, connection: Connection, owner: str, facts: Mapping[str, Any]) -> dict[str, Any]:
        """The facts of an asset with the words in them sealed."""
        if self._wrapper is None or "said" not in facts:
            return dict(facts)
        said = self.seal(connection, owner, json.dumps(facts["said"]).encode())
        return {**facts, "said": {"sealed": base64.b64encode(said).decode()}}

    def open_facts(self, connection: Connection, owner: str, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        said = facts.get("said")
        if not isinstance(said, dict) or "sealed" not in said:
            return facts
        return {**facts, "said": json.loads(self.open(connection, owner, base64.b64decode(said["sealed"])))}

    def blob_key(self, connection: Connection, digest: str) -> bytes | None:
        """The key of a stored picture; made where there is none. None where nothing is sealed."""
        return None if self._wrapper is None else self._made(connection, blob_keys, digest)

    def known_blob_key(self, connection: Connection, digest: str) -> bytes:
        """The key of a picture that is there. Raises DataLossError."""
        return self._kept(connection, blob_keys, digest)

    def check(self, connection: Connection) -> None:
        """Raise ConfigError where an owner's words would not open: a waiting generation among them could never be drawn."""
        for wrapped in connection.scalars(select(owner_keys.c.wrapped)).all():
            try:
                if self._wrapper is None:
                    raise DataLossError("what is stored was encrypted; name the file with its master key")
                self._wrapper.unwrap(wrapped)
            except DataLossError as error:
                raise ConfigError(f"encryption_key_file: {error}") from error

    def rotate(self, connection: Connection) -> int:
        """Wrap every small key with the current master key; how many there are."""
        if self._wrapper is None:
            raise ConfigError("encryption_key_file: not set; there is nothing to rotate")
        count = 0
        for table in (owner_keys, blob_keys):
            for name, wrapped in connection.execute(select(table.c.name, table.c.wrapped)).all():
                fresh = self._wrapper.wrap(self._wrapper.unwrap(wrapped))
                connection.execute(update(table).where(table.c.name == name).values(wrapped=fresh))
                count += 1
        return count

    def _made(self, connection: Connection, table: Table, name: str) -> bytes:
        assert self._wrapper is not None
        if (found := self._found(connection, table, name)) is not None:
            return found
        key = secrets.token_bytes(32)
        try:
            with connection.begin_nested():
                connection.execute(insert(table).values(name=name, wrapped=self._wrapper.wrap(key)))
        except IntegrityError:  # another process was faster
            return self._kept(connection, table, name)
        return key

    def _kept(self, connection: Connection, table: Table, name: str) -> bytes:
        if (found := self._found(connection, table, name)) is None:
            raise DataLossError(f"the key of {name[:64]} was deleted, and with it what it opened")
        return found

    def _found(self, connection: Connection, table: Table, name: str) -> bytes | None:
        wrapped = connection.scalar(select(table.c.wrapped).where(table.c.name == name))
        if wrapped is None:
            return None
        if self._wrapper is None:
            raise DataLossError("this was encrypted; start the server with its encryption_key_file")
        return self._wrapper.unwrap(wrapped)


def sealed(key: bytes, content: bytes, name: str) -> bytes:
    """Content under a key, bound to the name that it is stored under."""
    nonce = secrets.token_bytes(NONCE)
    return MAGIC + nonce + AESGCM(key).encrypt(nonce, content, name.encode())


def opened(key: bytes, content: bytes, name: str) -> bytes:
    """What was sealed. Raises DataLossError for bytes that were changed, or that belong elsewhere."""
    at = len(MAGIC)
    try:
        return AESGCM(key).decrypt(content[at : at + NONCE], content[at + NONCE :], name.encode())
    except InvalidTag as error:
        raise DataLossError(f"the stored bytes of {name[:64]} were changed; restore them from a backup") from error


def shred(connection: Connection, digest: str) -> None:
    """Delete the key of a picture: no copy of its bytes opens again."""
    connection.execute(delete(blob_keys).where(blob_keys.c.name == digest))


class BlobLock:
    """Seals pictures on their way into the asset store, each under a key of its own."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database, self._vault = database, vault

    @property
    def sealing(self) -> bool:
        return self._vault.sealing

    async def closed(self, digest: str, content: bytes) -> bytes:
        """The bytes as they are stored."""
        if not self._vault.sealing:
            return content
        key = await self._database.run(lambda connection: self._vault.blob_key(connection, digest))
        assert key is not None
        return await asyncio.to_thread(sealed, key, content, digest)

    async def opened(self, digest: str, content: bytes) -> bytes:
        """The bytes as they were. Raises DataLossError where their key is gone."""
        key = await self._database.run(lambda connection: self._vault.known_blob_key(connection, digest))
        return await asyncio.to_thread(opened, key, content, digest)
