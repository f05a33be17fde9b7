"""Sprites to the files that engines load."""

from limner.exporters.files import ExportError, Files, write_files
from limner.exporters.registry import EXPORTERS, Exporter, Keeps, export

__all__ = ["EXPORTERS", "ExportError", "Exporter", "Files", "Keeps", "export", "write_files"]
