"""How the server runs: one frozen value, read once at the start from a file and the environment."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Self, get_args, get_type_hints

from limner.server.errors import ConfigError

PREFIX = "LIMNER_"
CLIENT_VARIABLES = frozenset({"LIMNER_SERVER", "LIMNER_KEY_FILE"})  # read by the client, no settings of ours
MIB = 1024 * 1024


def _setting(default: object, low: float | None = None, high: float | None = None, *choices: str) -> Any:
    """A field with its allowed range (ends included) or its choices."""
    return field(default=default, metadata={"low": low, "high": high, "choices": choices})


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """How the server runs. Read once at the start; nothing changes it afterwards."""

    listen: str = "127.0.0.1:50051"  # where gRPC answers; port 0 takes a free one
    web: str | None = None  # where HTTP/1.1 (Connect) answers; off by default
    metrics_listen: str | None = None  # where Prometheus reads; off by default
    data_dir: Path = Path("limner-data")  # database and assets; made when missing
    model_dirs: tuple[Path, ...] = ()  # folders of models besides the packaged ones

    max_queued: int = _setting(10_000, 1, 1_000_000)  # waiting generations; one more is refused
    max_running: int = _setting(64, 1, 1024)  # generations that draw at the same time
    max_batch: int = _setting(32, 1, 1024)  # rows of one network call
    max_attempts: int = _setting(5, 1, 100)  # starts of one generation before it is given up
    lease_s: float = _setting(30.0, 0.1, 3600)  # a silent worker loses its generations after this
    grace_s: float = _setting(5.0, 0, 3600)  # how long running generations may take to finish on shutdown
    max_message_bytes: int = _setting(4 * MIB, 64 * 1024, 1024 * MIB)  # one gRPC message
    max_picture_bytes: int = _setting(3 * MIB, 1024, 1024 * MIB)  # one encoded reference picture
    max_picture_pixels: int = _setting(4096 * 4096, 1, 16384 * 16384)  # one decoded reference picture

    quota_bytes: int = _setting(10 * 1024 * MIB, 0, 2**60)  # all stored assets together
    owner_max_active: int | None = _setting(None, 1, 1_000_000)  # queued and running generations of one key
    owner_quota_bytes: int | None = _setting(None, 0, 2**60)  # stored assets of one key
    cache_entries: int = _setting(100_000, 0, 100_000_000)  # remembered results; 0 turns the cache off
    garbage_age_s: float = _setting(3600.0, 0, 365 * 86400)  # unnamed bytes younger than this are kept
    garbage_interval_s: float = _setting(3600.0, 1, 365 * 86400)  # between two collections

    intra_op_threads: int | None = _setting(None, 1, 1024)  # of one network call; default: all cores
    log_level: str = _setting("info", None, None, "debug", "info", "warning", "error")
    log_format: str = _setting("text", None, None, "text", "json")
    database_url: str | None = None  # default: SQLite in data_dir
    asset_url: str | None = None  # default: a folder in data_dir; s3://bucket/prefix, memory:///

    @classmethod
    def read(cls, path: Path | None, environment: Mapping[str, str]) -> Self:
        """The settings of a `limner.toml`, overridden by `LIMNER_<KEY>` variables.

        Folders in the file are relative to the file, those in the environment to the current folder. Lists in
        the environment are separated by the path separator of the system. Raises `ConfigError`.
        """
        values = {} if path is None else _of_file(path, cls)
        return cls(**values, **{}) if not environment else cls(**{**values, **_of_environment(environment, cls)})

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Self:
        """The settings of a mapping, checked like those of a file. Raises `ConfigError`."""
        return cls(**_checked(values, cls, "settings"))
