"""Every choice of an export by its name: `--set material.green=directx`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from limner.atlas.sprites import AtlasError
from limner.client.access import UsageError

Options = TypeVar("Options")
TRUTH = {"true": True, "yes": True, "false": False, "no": False}


def chosen(options: Options, texts: Sequence[str]) -> Options:
    """The options, changed as each `KEY=VALUE` says. Raises UsageError for a key that is not there and a value that does not fit."""
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or key not in dict(choices(options)):
            known = ", ".join(f"{name} ({shown(hint)})" for name, hint in choices(options))
            raise UsageError(f"--set {text}: write KEY=VALUE with one of these keys: {known}")
        try:
            options = _changed(options, key.split("."), value)
        except (ValueError, AtlasError) as error:
            raise UsageError(f"--set {text}: {error}") from error
    return options


def choices(options: object, lead: str = "") -> Iterator[tuple[str, Any]]:
    """The keys with the types of their values; those of nested options follow a point."""
    hints = get_type_hints(type(options))
    for one in fields(options):  # type: ignore[arg-type]  # every value of ours is a dataclass
        value = getattr(options, one.name)
        if is_dataclass(value):
            yield from choices(value, f"{lead}{one.name}.")
        elif get_origin(hints[one.name]) is not tuple:
            yield lead + one.name, hints[one.name]


def shown(hint: Any) -> str:
    """A type as people read it: its choices, or its name."""
    if get_origin(hint) is Literal:
        return "|".join(map(str, get_args(hint)))
    if get_origin(hint) in (Union, UnionType):
        return "|".join(map(shown, get_args(hint)))
    name: str = hint.__name__
    return {"NoneType": "none", "bool": "true|false"}.get(name, name)


def _changed(options: Options, path: list[str], text: str) -> Options:
    name, *rest = path
    value = _changed(getattr(options, name), rest, text) if rest else _read(get_type_hints(type(options))[name], text)
    return replace(options, **{name: value})  # type: ignore[type-var]  # see above


def _read(hint: Any, text: str) -> object:
    """The text as a value of the type. Raises ValueError with what would fit."""
    if get_origin(hint) in (Union, UnionType):
        kind = next(kind for kind in get_args(hint) if kind is not type(None))
        return None if text == "none" else _read(kind, text)
    if get_origin(hint) is Literal:
        if text in get_args(hint):
            return text
    elif hint is bool:
        if text.lower() in TRUTH:
            return TRUTH[text.lower()]
    else:
        try:
            return hint(text)
        except ValueError:
            pass
    raise ValueError(f"{text!r} is not {shown(hint)}")
