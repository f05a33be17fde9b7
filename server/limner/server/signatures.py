"""Who vouches for a model folder: an Ed25519 signature of its card, which has the digest of every other file.

The signature lies beside the card as `card.json.sig`, in base64. Any tool makes it:
`openssl pkeyutl -sign -rawin -inkey key.pem -in card.json | base64 > card.json.sig`.
"""

import base64
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from limner.generators.cards import ModelError
from limner.server.errors import ConfigError

END = b"-----END PUBLIC KEY-----"


def read_keys(path: Path) -> list[Ed25519PublicKey]:
    """The public keys of a PEM file, one after the other. Raises ConfigError."""
    try:
        blocks = path.read_bytes().split(END)[:-1]
        keys = [load_pem_public_key(block.strip() + b"\n" + END + b"\n") for block in blocks]
    except (OSError, ValueError) as error:
        raise ConfigError(f"model_keys: {path} has no public keys in PEM ({error})") from error
    found = [key for key in keys if isinstance(key, Ed25519PublicKey)]
    if not found or len(found) < len(keys):
        raise ConfigError(f"model_keys: {path} must hold Ed25519 public keys in PEM, one or more, and no other")
    return found


def check_signature(card: Path, keys: Sequence[Ed25519PublicKey]) -> None:
    """Raises ModelError when none of the keys signed the card as it is."""
    path = card.with_name(f"{card.name}.sig")
    try:
        signature = base64.b64decode(b"".join(path.read_bytes().split()), validate=True)
        content = card.read_bytes()
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: no signature can be read ({error}); sign the card, or unset model_keys") from error
    for key in keys:
        try:
            key.verify(signature, content)
        except InvalidSignature:
            continue
        return
    raise ModelError(
        f"{path}: none of the keys in model_keys signed the card as it is; sign it again or restore the folder"
    )
