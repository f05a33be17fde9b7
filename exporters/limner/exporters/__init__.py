"""Sprites to the files that engines load. The formats are imported when they are first asked for: they take a while."""

from importlib import import_module
from typing import TYPE_CHECKING

from limner.exporters.files import ExportError, Files, write_files

if TYPE_CHECKING:
    from limner.exporters.registry import EXPORTERS, Exporter, Keeps, export

__all__ = ["EXPORTERS", "ExportError", "Exporter", "Files", "Keeps", "export", "write_files"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.registry"), name)
