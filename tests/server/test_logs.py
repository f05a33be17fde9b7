"""Log lines that programs can read."""

import json
import logging

import pytest

from limner.server import logs


def record(message: str = "call", **extra: object) -> logging.LogRecord:
    return logging.getLogger("limner.test").makeRecord(
        "limner.test", logging.INFO, __file__, 1, message, (), None, extra=extra
    )


def test_a_json_line_has_the_request_id_and_every_extra_field() -> None:
    token = logs.request_id.set("build-42")
    try:
        fields = json.loads(logs.JsonFormatter().format(record(code="OK", duration_ms=1.5)))
    finally:
        logs.request_id.reset(token)
    assert fields.pop("time")
    assert fields == {
        "level": "info",
        "logger": "limner.test",
        "message": "call",
        "request_id": "build-42",
        "code": "OK",
        "duration_ms": 1.5,
    }


@pytest.mark.parametrize(
    ("value", "written"),
    [("plain", "plain"), ("two words", '"two words"'), ("line\nbreak", '"line\\nbreak"'), ('a="b"', '"a=\\"b\\""')],
)
def test_a_text_line_stays_one_line_whatever_a_value_holds(value: str, written: str) -> None:
    line = logs.TextFormatter().format(record(value=value))
    assert "\n" not in line
    assert line.endswith(f" info call logger=limner.test value={written}")


def test_a_traceback_follows_its_line() -> None:
    try:
        raise ValueError("no")
    except ValueError as error:
        failed = record("it failed")
        failed.exc_info = (ValueError, error, error.__traceback__)
    assert logs.TextFormatter().format(failed).splitlines()[-1] == "ValueError: no"
