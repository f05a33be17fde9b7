"""Where the server is, and what proves who asks."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import grpc

from limner.client.errors import CredentialsError, LimnerError

DEFAULT_SERVER = "127.0.0.1:50051"


@dataclass(frozen=True, slots=True)
class Identity:
    """PEM files for TLS: whom to trust, and what proves who asks. None: the system's authorities, no certificate."""

    ca_file: Path | None = None
    certificate_file: Path | None = None
    certificate_key_file: Path | None = None

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Identity:
        """From LIMNER_CA_FILE, LIMNER_CERTIFICATE_FILE and LIMNER_CERTIFICATE_KEY_FILE."""
        names = [f"LIMNER_{field.name.upper()}" for field in fields(cls)]
        return cls(*(Path(environment[name]) if environment.get(name) else None for name in names))

    def credentials(self) -> grpc.ChannelCredentials:
        """Raises CredentialsError for a file that cannot be read, and for half of a certificate."""
        if (self.certificate_file is None) != (self.certificate_key_file is None):
            raise CredentialsError("a certificate and its key belong together; name both files or neither")
        files = (self.ca_file, self.certificate_key_file, self.certificate_file)
        try:
            contents = [None if path is None else path.read_bytes() for path in files]
        except OSError as error:
            raise CredentialsError(f"cannot read {error.filename}: {error.strerror}") from error
        return grpc.ssl_channel_credentials(*contents)


def open_channel(server: str, identity: Identity | None = None) -> grpc.aio.Channel:
    """A channel to `HOST:PORT`, or over TLS to `https://HOST:PORT`. It connects when first used."""
    options = [("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 2000)]
    if server.startswith("https://"):
        return grpc.aio.secure_channel(server[8:], (identity or Identity()).credentials(), options=options)
    return grpc.aio.insecure_channel(server.removeprefix("http://"), options=options)


def read_key(path: Path) -> str:
    """The API key in a file, without the space around it. Raises CredentialsError."""
    try:
        key = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CredentialsError(f"cannot read the key file {path}: {error}") from error
    if not key or not all("!" <= letter <= "~" for letter in key):
        raise CredentialsError(f"the key file {path} must hold one key of visible ASCII characters")
    return key


class Patience:
    """How long to keep trying a server that does not answer, with growing pauses between the attempts."""

    FIRST_PAUSE_S = 0.1
    LONGEST_PAUSE_S = 2.0

    def __init__(self, patience_s: float) -> None:
        self.patience_s = patience_s
        self.renew()

    def renew(self) -> None:
        """Start again: the server has answered."""
        self._pause_s = self.FIRST_PAUSE_S
        self._end = time.monotonic() + self.patience_s

    async def pause(self, error: LimnerError) -> None:
        """Wait before the next attempt, or raise `error` when there is no time for one."""
        pause_s = self._pause_s * random.uniform(0.5, 1.0)
        if time.monotonic() + pause_s > self._end:
            raise error
        await asyncio.sleep(pause_s)
        self._pause_s = min(2 * self._pause_s, self.LONGEST_PAUSE_S)
