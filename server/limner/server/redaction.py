"""Takes personal data and secrets out of text that goes to the log: English and Chinese.

Rules that count (cards, identity numbers, accounts) check the sum too, so that an id or a time of ours is not taken for one. What
these rules cannot see, such as a bare name without a word beside it, stays; that is why prompts are not logged at all.
"""

import re
from collections.abc import Callable

GONE = "[redacted {}]"
# names of fields whose value is nobody's business, whatever it looks like
PRIVATE = frozenset(
    (
        "prompt",
        "negative_prompt",
        "email",
        "e_mail",
        "mail",
        "phone",
        "tel",
        "telephone",
        "mobile",
        "address",
        "street",
        "first_name",
        "last_name",
        "full_name",
        "surname",
        "password",
        "secret",
        "token",
        "authorization",
        "api_key",
        "提示词",
        "邮箱",
        "电子邮件",
        "电话",
        "手机",
        "手机号",
        "地址",
        "住址",
        "姓名",
        "名字",
        "联系人",
        "身份证",
        "身份证号",
        "密码",
    )
)
_NAMED = "|".join(re.escape(name).replace("_", "[_ -]?") for name in sorted(PRIVATE, key=len, reverse=True))
_ROADS = "Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Way|Court|Ct|Square|Sq|Terrace|Close|Crescent"
_HAN = "\u4e00-\u9fff"
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"

Rule = tuple[str, "re.Pattern[str]", Callable[[str], bool]]


def any_text(text: str) -> bool:
    return True


def luhn(text: str) -> bool:
    """The check digit of a payment card is right."""
    digits = [int(digit) for digit in re.sub(r"\D", "", text)]
    doubled = [digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(reversed(digits))]
    return 13 <= len(digits) <= 19 and len(set(digits)) > 1 and sum(doubled) % 10 == 0


def chinese_id(text: str) -> bool:
    """The check character of a resident identity number is right (GB 11643, ISO 7064 mod 11-2)."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(text[:17]))
    return "10X98765432"[total % 11] == text[17].upper()


def iban(text: str) -> bool:
    """The check digits of a bank account are right (ISO 13616)."""
    plain = re.sub(r"\s", "", text)
    return int("".join(str(int(letter, 36)) for letter in plain[4:] + plain[:4])) % 97 == 1


def phone(text: str) -> bool:
    return 8 <= len(re.sub(r"\D", "", text)) <= 15


RULES: tuple[Rule, ...] = (
    ("key", re.compile(r"(?<=limner_[0-9a-f]{12}_)[A-Za-z0-9_-]{43}"), any_text),
    ("key", re.compile(r"(?i)(?<=bearer )[A-Za-z0-9._~+/=-]{8,}"), any_text),
    ("e-mail", re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"), any_text),
    ("account", re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"), iban),
    ("identity number", re.compile(r"(?<![\w.])\d{17}[\dXx](?!\w)"), chinese_id),
    ("identity number", re.compile(r"(?<![\w.-])\d{3}-\d{2}-\d{4}(?![\w-])"), any_text),
    ("card", re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?!\w)"), luhn),
    ("phone", re.compile(r"(?<!\w)\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d(?:[ .-]?\d){5,12}(?!\w)"), phone),
    ("phone", re.compile(r"(?<![\w.:-])1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![\w.])"), any_text),
    ("phone", re.compile(r"(?<![\w.])\(?0\d{2,3}\)?[ -]\d{7,8}(?!\w)"), phone),
    (
        "phone",
        re.compile(r"(?<![\w.])\(\d{3}\) ?\d{3}-\d{4}(?!\w)|(?<![\w.-])\d{3}[-.]\d{3}[-.]\d{4}(?![\w-])"),
        any_text,
    ),
    ("address", re.compile(rf"\b\d{{1,5}}[A-Za-z]? (?:[A-Z][\w'-]+ ){{1,4}}(?:{_ROADS})\b\.?"), any_text),
    (
        "address",
        re.compile(rf"[{_HAN}]{{2,24}}?(?:路|街|大道|巷|弄|胡同)\d+号(?:[{_HAN}\d]*?\d+(?:室|栋|单元|楼|座))*"),
        any_text,
    ),
    ("name", re.compile(r"(?<=\bmy name is )[A-Z][\w'-]+(?: [A-Z][\w'-]+){0,2}", re.IGNORECASE), any_text),
    ("name", re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof)\.? [A-Z][\w'-]+(?: [A-Z][\w'-]+)?"), any_text),
    ("name", re.compile(rf"(?<=我叫)[{_HAN}]{{2,4}}|(?<=名字是)[{_HAN}]{{2,4}}"), any_text),
    ("name", re.compile(rf"[{_SURNAMES}][{_HAN}]{{0,2}}(?=先生|女士|小姐)"), any_text),
)
FIELD = re.compile(rf"(?i)(?<!\w)(?:{_NAMED})[\"']?\s*[:=：]\s*(\"[^\"\n]*\"|'[^'\n]*'|[^,;，；。\n\"'{{}}]+)")


def private(name: str) -> bool:
    """A field of that name is never logged."""
    return name.lower().replace("-", "_").replace(" ", "_") in PRIVATE


def redacted(text: str) -> str:
    """The text without what the rules know."""
    if FIELD.search(text) is not None:
        text = FIELD.sub(lambda match: f"{match[0][: match.start(1) - match.start()]}{GONE.format('field')}", text)
    for what, pattern, counts in RULES:
        text = pattern.sub(lambda match, w=what, c=counts: GONE.format(w) if c(match[0]) else match[0], text)  # type: ignore[misc]
    return text
