"""The text encoder's files."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from limner.generators.cards import ModelError
from limner.generators.sessions import Session, open_session
from limner.generators.text_encoder import REMEMBERED, TextEncoder
from limner.server.catalogue import WEIGHTS


@pytest.mark.parametrize("name", ["sp.model", "embedding-0.npz", "encoder.onnx"])
def test_a_changed_file_of_the_text_encoder_is_named_with_the_fix(tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(WEIGHTS / "text", tmp_path / "text")
    with (folder / name).open("r+b") as file:
        file.write(b"broken")
    with pytest.raises(ModelError, match=f"{name}: not the file that the card describes .* restore the model folder"):
        TextEncoder(folder)


def test_a_missing_card_of_the_text_encoder_is_an_error_with_the_fix(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no readable card of the text encoder .* restore the folder"):
        TextEncoder(tmp_path)


def test_a_sentence_is_cut_at_the_length_that_the_network_takes() -> None:
    encoder = TextEncoder(WEIGHTS / "text")
    ids = encoder.ids("dragon " * 100)
    assert (len(ids), ids[0], ids[-1]) == (32, 1, 2)
    assert encoder.ids("") == [1, 2]


class Counted:
    """A session that counts the sentences it is asked for."""

    def __init__(self, session: Session) -> None:
        self.session, self.rows = session, 0

    def run(self, outputs: Sequence[str], feeds: dict[str, NDArray[Any]], /) -> list[NDArray[Any]]:
        self.rows += int(feeds["mask"].any(axis=1).sum())
        return self.session.run(outputs, feeds)


def test_the_last_sentences_are_not_read_again_and_have_the_same_bits() -> None:
    opened: list[Counted] = []

    def opener(path: Path, sha256: str, threads: int, device: str = "cpu", **more: Any) -> Session:
        opened.append(Counted(open_session(path, sha256, threads, device, **more)))
        return opened[-1]

    encoder = TextEncoder(WEIGHTS / "text", opened=opener)
    first = encoder(["a red dragon", "", "石砖墙"])
    assert opened[0].rows == 3
    again = encoder(["石砖墙", "a red dragon", "a red dragon"])
    assert opened[0].rows == 3
    for ours, known in zip(again, first, strict=True):
        np.testing.assert_array_equal(ours, known[[2, 0, 0]])
    encoder([f"{number} dragons" for number in range(REMEMBERED)])
    asked = opened[0].rows
    forgotten = encoder(["a red dragon", "", "石砖墙"])
    assert opened[0].rows == asked + 3
    for ours, known in zip(forgotten, first, strict=True):
        np.testing.assert_array_equal(ours, known)
