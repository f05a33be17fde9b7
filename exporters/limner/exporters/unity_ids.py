"""The ids that Unity knows assets and sprites by: from their names alone, so that a second export leaves every reference whole."""

import hashlib


def guid(path: str) -> str:
    """The guid of the asset at `path`, relative to the exported folder and with its suffix: 32 hexadecimal digits."""
    return hashlib.md5(f"limner:{path}".encode(), usedforsecurity=False).hexdigest()


def internal_id(name: str) -> int:
    """The id of a sprite inside its picture: 64 bits with a sign, never 0 (Unity's word for none)."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little", signed=True)
    return number or 1
