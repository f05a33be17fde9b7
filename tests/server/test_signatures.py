"""Signed model folders: who vouches for what draws."""

import base64
import json
import logging
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from limner.generators.cards import ModelError
from limner.server.catalogue import WEIGHTS, Catalogue
from limner.server.errors import ConfigError
from limner.server.signatures import check_signature, read_keys

from .conftest import write_world


def pem(key: Ed25519PrivateKey | X25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def signed(folder: Path, key: Ed25519PrivateKey) -> Path:
    """A world whose card that key signed."""
    write_world(folder)
    card = folder / "card.json"
    (folder / "card.json.sig").write_bytes(base64.encodebytes(key.sign(card.read_bytes())))
    return card


def test_a_card_that_one_of_the_keys_signed_is_accepted(tmp_path: Path) -> None:
    ours, theirs = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    (tmp_path / "keys.pem").write_bytes(pem(theirs) + b"# ours\n" + pem(ours))
    check_signature(signed(tmp_path / "world", ours), read_keys(tmp_path / "keys.pem"))


def test_a_changed_card_another_key_and_no_signature_are_refused_by_name(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    card = signed(tmp_path / "world", key)
    with pytest.raises(ModelError, match=r"card\.json\.sig: none of the keys in model_keys signed the card as it is"):
        check_signature(card, [Ed25519PrivateKey.generate().public_key()])
    card.write_text(json.dumps(json.loads(card.read_text()) | {"title": "Another"}))
    with pytest.raises(ModelError, match=r"card\.json\.sig: none of the keys"):
        check_signature(card, [key.public_key()])
    for content in (b"", b"no base64!"):
        card.with_name("card.json.sig").write_bytes(content)
        with pytest.raises(ModelError, match=r"card\.json\.sig: "):
            check_signature(card, [key.public_key()])
    card.with_name("card.json.sig").unlink()
    with pytest.raises(ModelError, match=r"no signature can be read .* sign the card, or unset model_keys"):
        check_signature(card, [key.public_key()])


def test_with_keys_an_unsigned_folder_is_left_out_and_the_packaged_weights_stay(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key = Ed25519PrivateKey.generate()
    signed(tmp_path / "models" / "good", key)
    write_world(tmp_path / "models" / "bad")
    with caplog.at_level(logging.WARNING):
        models = Catalogue([WEIGHTS, tmp_path / "models"], WEIGHTS, 1, 8, keys=[key.public_key()])
    assert list(models.entries) == ["imagen-base", "good"]
    assert "bad/card.json.sig: no signature can be read" in caplog.text


@pytest.mark.parametrize("content", [b"", b"no key", pem(X25519PrivateKey.generate())], ids=["empty", "text", "other"])
def test_a_file_without_ed25519_keys_stops_the_start(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "keys.pem").write_bytes(content)
    with pytest.raises(ConfigError, match="model_keys: "):
        read_keys(tmp_path / "keys.pem")
