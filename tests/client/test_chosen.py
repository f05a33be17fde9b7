"""Choices of an export by name."""

import pytest

from limner.client.access import UsageError
from limner.client.chosen import choices, chosen
from limner.exporters.options import ExportOptions

DEFAULT = ExportOptions()


def test_choices_of_every_kind_are_read() -> None:
    texts = [
        "columns=4",
        "pack.square=yes",
        "pack.trim=false",
        "material.green=directx",
        "texture.cutout=0.5",
        "video.fps=12.5",
    ]
    options = chosen(DEFAULT, texts)
    assert (options.columns, options.pack.square, options.pack.trim) == (4, True, False)
    assert (options.material.green, options.texture.cutout, options.video.fps) == ("directx", 0.5, 12.5)
    assert options.pack.padding == DEFAULT.pack.padding
    assert chosen(options, ["video.fps=none"]).video.fps is None


def test_nothing_chosen_changes_nothing() -> None:
    assert chosen(DEFAULT, []) == DEFAULT


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("columns", "write KEY=VALUE"),
        ("colums=4", "columns (int)"),
        ("pack=4", "pack.padding (int)"),
        ("columns=four", "'four' is not int"),
        ("pack.square=maybe", "'maybe' is not true|false"),
        ("material.green=red", "opengl|directx"),
        ("pack.max_page=99999", "use 1 to 16384"),
        ("video.fps=fast", "'fast' is not float"),
    ],
)
def test_choices_that_are_not_there_say_which_are(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        chosen(DEFAULT, [text])
    assert str(caught.value).startswith(f"--set {text}: ")
    assert said in str(caught.value)


def test_every_key_can_be_given_its_default() -> None:
    for key, _ in choices(DEFAULT):
        value: object = DEFAULT
        for part in key.split("."):
            value = getattr(value, part)
        assert (
            chosen(DEFAULT, [f"{key}={str(value).lower() if value is None or isinstance(value, bool) else value}"])
            == DEFAULT
        )
