"""Folders that a command writes into."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from limner.client.access import UsageError
from limner.client.errors import LimnerError
from limner.exporters.files import ExportError, write_files


class WriteError(LimnerError):
    """Files cannot be written; the message says why."""


def made(folder: Path) -> Path:
    """The folder, there. Raises UsageError where it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the folder {folder}: {error}") from error
    return folder


def write_into(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write files below a folder, all or none; their paths. Raises WriteError."""
    try:
        return write_files(files, folder)
    except ExportError as error:
        raise WriteError(str(error)) from error
