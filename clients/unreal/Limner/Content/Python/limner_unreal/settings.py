"""Where the server is: a file in the project's Saved folder, which is not shared."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import unreal

from .door import Door, DoorError

FILE = "Limner.json"


@dataclass
class Settings:
    url: str = "http://127.0.0.1:8080"
    key_file: str = ""  # a file with an API key, for servers that ask for one
    model: str = ""  # empty is the server's own choice
    folder: str = "/Game/Limner"  # where drawings go

    def opened(self) -> Door:
        """A door to the server; nothing is sent yet. Raises DoorError."""
        return Door(self.url, key_in(self.key_file))


def place() -> Path:
    return Path(unreal.Paths.project_saved_dir()) / FILE


def read() -> Settings:
    """The settings of this project; what the file does not say is as by default."""
    try:
        found = json.loads(place().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = {}
    known = {field.name for field in fields(Settings)}
    return Settings(**{key: str(value) for key, value in found.items() if key in known})


def write(settings: Settings) -> None:
    place().parent.mkdir(parents=True, exist_ok=True)
    place().write_text(json.dumps(asdict(settings), indent=2), encoding="utf-8")


def key_in(path: str) -> str:
    """The key in a file; nothing where no file is named. Raises DoorError."""
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DoorError("key", f"cannot read the key file {path}: {error}") from error
