"""Structured logs: one line per event, as JSON or as key=value, always with the request id.

Prompts are never logged: they belong to the person who wrote them. What looks like personal data is taken out of the rest.
"""

import json
import logging
from collections.abc import Mapping
from contextvars import ContextVar

from limner.server.redaction import GONE, private, redacted

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that this task answers; empty outside requests."""

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """A JSON object per line: time, level, logger, message, request_id and the `extra` fields."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(_fields(self, record), ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """`time level message key=value …` per line; a traceback keeps its own lines."""

    def format(self, record: logging.LogRecord) -> str:
        fields = dict(_fields(self, record))
        trace = fields.pop("traceback", None)
        head = f"{fields.pop('time')} {fields.pop('level')} {fields.pop('message')}"
        line = " ".join([head, *(f"{key}={_quoted(value)}" for key, value in fields.items())])
        return f"{line}\n{trace}" if trace else line


def configure(level: str = "info", style: str = "text") -> None:
    """Send the log of the whole process to standard error, as `json` or `text`. Only the serving command calls this."""
    out = logging.StreamHandler()
    out.setFormatter(JsonFormatter() if style == "json" else TextFormatter())
    logging.basicConfig(level=level.upper(), handlers=[out], force=True)
    for noisy in ("sqlalchemy",):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _fields(formatter: logging.Formatter, record: logging.LogRecord) -> Mapping[str, object]:
    fields: dict[str, object] = {
        "time": formatter.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": redacted(record.getMessage()),
    }
    if identity := request_id.get():
        fields["request_id"] = identity
    fields |= {key: _open(key, value) for key, value in vars(record).items() if key not in _STANDARD}
    if record.exc_info:
        fields["traceback"] = redacted(formatter.formatException(record.exc_info))
    return fields


def _open(key: str, value: object) -> object:
    """A field as it may be told."""
    if private(key):
        return GONE.format("field")
    return value if isinstance(value, bool | int | float | None) else redacted(str(value))


def _quoted(value: object) -> str:
    """A value as one word: quoted when it has spaces or line ends, so a line stays one line."""
    text = str(value)
    return text if text.isprintable() and not set(text) & set(' "=') else json.dumps(text)
