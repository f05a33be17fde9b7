"""The text encoder's files."""

import shutil
from pathlib import Path

import pytest

from limner.generators.cards import ModelError
from limner.generators.text_encoder import TextEncoder
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
