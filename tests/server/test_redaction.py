"""What the log lets through and what it does not."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from limner.server.database import Database
from limner.server.logs import JsonFormatter, TextFormatter
from limner.server.redaction import chinese_id, iban, luhn, redacted

PERSONAL = {
    "write to ada.lovelace+art@example.co.uk today": "write to [redacted e-mail] today",
    "邮件发到 li.lei@例子.公司 吧": "邮件发到 [redacted e-mail] 吧",
    "call +44 20 7946 0958 now": "call [redacted phone] now",
    "call (555) 123-4567 or 555-123-4567": "call [redacted phone] or [redacted phone]",
    "打电话 13800138000 给我": "打电话 [redacted phone] 给我",
    "座机 010-62345678": "座机 [redacted phone]",
    "pay 4111 1111 1111 1111 now": "pay [redacted card] now",
    "pay 5500-0000-0000-0004": "pay [redacted card]",
    "ssn 078-05-1120": "ssn [redacted identity number]",
    "身份证 11010519491231002X": "身份证 [redacted identity number]",
    "IBAN GB82 WEST 1234 5698 7654 32": "IBAN [redacted account]",
    "send it to 221B Baker Street, please": "send it to [redacted address], please",
    "寄到北京市海淀区中关村大街27号1001室谢谢": "[redacted address]谢谢",
    "my name is Grace Hopper": "my name is [redacted name]",
    "for Mrs. Dalloway": "for [redacted name]",
    "我叫王小明": "我叫[redacted name]",
    "请找李先生": "请找[redacted name]先生",
    "full name: Alan Turing, height 3": "full name: [redacted field], height 3",
    "姓名：张三，年龄 30": "姓名：[redacted field]，年龄 30",
    'prompt="a red dragon" steps=4': "prompt=[redacted field] steps=4",
    "{'prompt': 'my face', 'steps': 4}": "{'prompt': [redacted field], 'steps': 4}",
}
HARMLESS = [
    "2026-11-25T01:32:22+0000 info call method=CreateGeneration code=OK duration_ms=1719.003",
    "generation 3f0c9a1b2d4e5f60718293a4b5c6d7e8 failed",
    "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "serving on 192.168.10.200:50051 and [::1]:8080",
    "seed 9007199254740991, number 1234567890123456, at 1764034342.123",
    "kill the dragon in street 5 of the castle",
    "limner 0.1.0 reads 16777216 bytes in 128010 rows",
]


@pytest.mark.parametrize("said", PERSONAL)
def test_personal_data_is_taken_out_in_english_and_chinese(said: str) -> None:
    assert redacted(said) == PERSONAL[said]


@pytest.mark.parametrize("said", HARMLESS)
def test_what_the_server_says_of_itself_stays(said: str) -> None:
    assert redacted(said) == said


def test_a_key_keeps_its_id_and_loses_its_secret() -> None:
    key = "limner_0123456789ab_" + "x" * 43
    assert redacted(f"got {key}") == "got limner_0123456789ab_[redacted key]"
    assert redacted("authorization: Bearer abcdefgh12345") == "authorization: [redacted field]"


@pytest.mark.parametrize("digits", ["4111111111111112", "1111111111111111", "0000000000000000"])
def test_digits_with_a_wrong_sum_are_no_card(digits: str) -> None:
    assert not luhn(digits) or len(set(digits)) == 1
    assert redacted(digits) == digits


def test_check_sums_are_those_of_the_standards() -> None:
    assert chinese_id("11010519491231002X")
    assert not chinese_id("110105194912310021")
    assert iban("GB82 WEST 1234 5698 7654 32")
    assert not iban("GB82 WEST 1234 5698 7654 33")


@given(st.text())
def test_redacting_twice_changes_nothing_more(said: str) -> None:
    once = redacted(said)
    assert redacted(once) == once


@pytest.mark.parametrize("formatter", [JsonFormatter(), TextFormatter()], ids=["json", "text"])
def test_a_line_of_the_log_has_neither_private_fields_nor_data_in_its_traceback(formatter: logging.Formatter) -> None:
    try:
        raise ValueError("ada@example.com")
    except ValueError as error:
        raised = (type(error), error, error.__traceback__)
    record = logging.LogRecord("limner", logging.ERROR, __file__, 1, "to %s", ("ben@example.com",), raised)
    record.prompt, record.note, record.steps = "a red dragon", "call +44 20 7946 0958", 4
    line = formatter.format(record)
    assert not [word for word in ("example.com", "dragon", "7946") if word in line.replace("'", "")]
    assert "4" in line
    if isinstance(formatter, JsonFormatter):
        assert json.loads(line)["steps"] == 4


async def test_an_error_of_the_database_quotes_no_values(database: Database) -> None:
    with pytest.raises(Exception, match="no_such_table") as failed:
        await database.run(lambda connection: connection.execute(text("SELECT :a FROM no_such_table"), {"a": "dragon"}))
    assert "dragon" not in str(failed.value)
