"""How the server runs: one frozen value, read once at the start from a file and the environment."""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, Self, get_args, get_type_hints

from limner.server.errors import ConfigError

PREFIX = "LIMNER_"
CLIENT_VARIABLES = frozenset(  # read by the client, no settings of ours
    f"LIMNER_{name}" for name in ("SERVER", "KEY_FILE", "CA_FILE", "CERTIFICATE_FILE", "CERTIFICATE_KEY_FILE")
)
MIB = 1024 * 1024
PATHS, TEXTS = tuple[Path, ...], tuple[str, ...]  # what settings that are lists hold


def _setting(default: object, low: float | None = None, high: float | None = None, *choices: str) -> Any:
    """A field with its allowed range (ends included) or its choices."""
    return field(default=default, metadata={"low": low, "high": high, "choices": choices})


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """How the server runs. Read once at the start; nothing changes it afterwards."""

    listen: str = "127.0.0.1:50051"  # where gRPC answers; port 0 takes a free one
    web: str | None = None  # where HTTP/1.1 (Connect) and Studio answer; off by default
    web_origins: tuple[
        str, ...
    ] = ()  # pages that may call, such as https://game.example, besides those of this machine
    web_hosts: tuple[str, ...] = ()  # names that the HTTP door has; default: any, on loopback only localhost
    metrics_listen: str | None = None  # where Prometheus reads; off by default
    data_dir: Path = Path("limner-data")  # database and assets; made when missing
    model_dirs: tuple[Path, ...] = ()  # folders of models besides the packaged ones

    max_queued: int = _setting(10_000, 1, 1_000_000)  # waiting generations; one more is refused
    max_running: int = _setting(64, 1, 1024)  # generations that draw at the same time
    max_batch: int = _setting(32, 1, 1024)  # rows of one network call
    max_attempts: int = _setting(5, 1, 100)  # starts of one generation before it is given up
    lease_s: float = _setting(30.0, 5, 3600)  # a silent server process loses its generations to others after this
    stall_s: float = _setting(60.0, 0.01, 3600)  # a stream whose reader takes nothing for so long is given up
    max_connections: int = _setting(1000, 1, 1_000_000)  # open connections of each door; one more is turned away
    grace_s: float = _setting(5.0, 0, 3600)  # how long running generations may take to finish on shutdown
    max_message_bytes: int = _setting(16 * MIB, 64 * 1024, 1024 * MIB)  # one gRPC message
    max_picture_bytes: int = _setting(3 * MIB, 1024, 1024 * MIB)  # one encoded reference picture
    max_picture_pixels: int = _setting(4096 * 4096, 1, 16384 * 16384)  # one decoded reference picture

    quota_bytes: int = _setting(10 * 1024 * MIB, 0, 2**60)  # all stored assets together
    garbage_age_s: float = _setting(3600.0, 0, 365 * 86400)  # unnamed bytes younger than this are kept
    garbage_interval_s: float = _setting(3600.0, 1, 365 * 86400)  # between two collections

    intra_op_threads: int | None = _setting(None, 1, 1024)  # of one network call; default: all cores
    device: str = _setting("cpu", None, None, "cpu", "cuda")  # runs the networks; cuda needs limner[gpu]
    worker: str = _setting(
        "process", None, None, "process", "inside"
    )  # where networks run: behind walls, or in the server
    worker_memory_bytes: int = _setting(4096 * MIB, 256 * MIB, 2**50)  # of one network's process
    worker_stall_s: float = _setting(30.0, 0.1, 3600)  # a network that does not answer for so long is started again
    model_keys: Path | None = None  # PEM of Ed25519 public keys; one of them must have signed each folder in model_dirs
    max_model_bytes: int = _setting(2048 * MIB, 1024, 2048 * MIB)  # one model file
    log_level: str = _setting("info", None, None, "debug", "info", "warning", "error")
    log_format: str = _setting("text", None, None, "text", "json")
    database_url: str | None = None  # default: SQLite in data_dir, one process; postgresql+asyncpg://user@host/database
    asset_url: str | None = None  # default: a folder in data_dir; file:///folder, s3://bucket/prefix, memory:///

    access: str = _setting(
        "auto", None, None, "auto", "keys", "open"
    )  # auto: keys off loopback, and once there are any
    tls_certificate: Path | None = None  # PEM, with the chain; read anew when it changes
    tls_key: Path | None = None  # PEM of its private key
    tls_client_ca: Path | None = None  # PEM; then every client needs a certificate of this authority
    encryption_key_file: Path | None = (
        None  # master keys for prompts and pictures at rest: base64, the current one first
    )
    content_policy: Path | None = None  # what prompts are refused; default: the packaged policy
    content_credentials: str = _setting("embed", None, None, "embed", "sidecar", "off")  # in every exported picture
    c2pa_certificate: Path | None = (
        None  # PEM chain that signs them, an Ed25519 key's; default: made at the first start
    )
    c2pa_key: Path | None = None  # PEM of its private key
    originality: str = _setting(
        "flag", None, None, "flag", "off"
    )  # pictures that are near the training art: told, or not looked for
    diversity: str = _setting(
        "off", None, None, "off", "sex"
    )  # sex: a prompt with a person and no sex is drawn as one, as the seed decides
    provenance_prompts: bool = False  # exported files may tell the prompt, not its hash alone
    insecure: bool = False  # start off loopback without TLS or keys all the same

    @classmethod
    def read(cls, path: Path | None, environment: Mapping[str, str]) -> Self:
        """The settings of a `limner.toml`, overridden by `LIMNER_<KEY>` variables.

        Folders in the file are relative to the file, those in the environment to the current folder. Lists in
        the environment are separated as in PATH, lists of texts by commas. Raises `ConfigError`.
        """
        values = {} if path is None else _of_file(path)
        return cls(**{**values, **_of_environment(environment)})

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Self:
        """The settings of a mapping, checked like those of a file. Raises `ConfigError`."""
        return cls(**_checked(values, "settings"))


def _of_file(path: Path) -> dict[str, Any]:
    try:
        values = _checked(tomllib.loads(path.read_text(encoding="utf-8")), str(path))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}; name an existing file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is no TOML: {error}") from error
    return {key: _beside(path.parent, value) for key, value in values.items()}


def _beside(folder: Path, value: Any) -> Any:
    if isinstance(value, Path):
        return folder / value
    if isinstance(value, tuple):
        return tuple(_beside(folder, item) for item in value)
    return value


def _of_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    texts = {
        name.removeprefix(PREFIX).lower(): text
        for name, text in environment.items()
        if name.startswith(PREFIX) and name not in CLIENT_VARIABLES
    }
    parsed = {key: _parsed(key, text) for key, text in texts.items()}
    return _checked(parsed, "environment")


def _parsed(key: str, text: str) -> object:
    """The value that a variable's text stands for; text that fits no number stays text, to be refused later."""
    kinds = _kinds().get(key, ())
    if PATHS in kinds:
        return text.split(os.pathsep)
    if bool in kinds:
        return {"true": True, "false": False}.get(text.lower(), text)
    if TEXTS in kinds:
        return [item.strip() for item in text.split(",")]
    for kind in (int, float):
        if kind in kinds:
            try:
                return kind(text)
            except ValueError:
                continue
    return text


def _checked(values: Mapping[str, object], source: str) -> dict[str, Any]:
    known = {setting.name: setting for setting in fields(ServerConfig)}
    if unknown := sorted(values.keys() - known.keys()):
        raise ConfigError(f"{source}: unknown {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    return {key: _value(known[key], value, source) for key, value in values.items()}


@cache
def _kinds() -> dict[str, tuple[Any, ...]]:
    """The types that each setting takes: `(float,)`, `(int, NoneType)`, `(PATHS,)`."""
    kinds: dict[str, tuple[Any, ...]] = {}
    for key, hint in get_type_hints(ServerConfig).items():
        kinds[key] = (hint,) if isinstance(hint, type) or hint in (PATHS, TEXTS) else get_args(hint)
    return kinds


def _value(setting: Field[Any], value: object, source: str) -> Any:
    where = f"{source}: {setting.name}"
    kinds = _kinds()[setting.name]
    if value is None and type(None) in kinds:
        return None
    converted = _CONVERSIONS[kinds[0]](value)
    if converted is None:
        raise ConfigError(f"{where} is {value!r}; it must be {_WORDS[kinds[0]]}")
    choices = setting.metadata.get("choices")
    if choices and converted not in choices:
        raise ConfigError(f"{where} is {value!r}; it must be one of {', '.join(choices)}")
    low, high = setting.metadata.get("low"), setting.metadata.get("high")
    if low is not None and high is not None and not low <= float(str(converted)) <= high:
        raise ConfigError(f"{where} is {value}; it must be in [{low}, {high}]")
    return converted


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _folder(value: object) -> Path | None:
    return Path(value) if isinstance(value, str | Path) and str(value) else None


def _folders(value: object) -> tuple[Path, ...] | None:
    if not isinstance(value, list | tuple):
        return None
    folders = [_folder(item) for item in value]
    return None if None in folders else tuple(folder for folder in folders if folder is not None)


def _texts(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list | tuple):
        return None
    texts = [_text(item) for item in value]
    return None if None in texts else tuple(text for text in texts if text is not None)


_CONVERSIONS: dict[Any, Callable[[object], object]] = {
    bool: _flag,
    int: _whole,
    float: _number,
    str: _text,
    Path: _folder,
    PATHS: _folders,
    TEXTS: _texts,
}
_WORDS: dict[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    Path: "a path",
    PATHS: "a list of paths",
    TEXTS: "a list of texts",
}
