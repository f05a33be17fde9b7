"""Text as XML can hold it."""

import re

from limner.exporters.files import ExportError

REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # by XML 1.0, even escaped


def legal(text: str) -> str:
    """The text as it is; raises ExportError where XML has no place for a character."""
    if REFUSED.search(text):
        raise ExportError(f"{text!r} holds a character that XML cannot; remove it")
    return text
