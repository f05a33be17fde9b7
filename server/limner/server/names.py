"""Resource names: what they look like, and what is in them."""

import re

from limner.server.errors import InvalidRequestError

ASSET = re.compile(r"assets/([0-9a-f]{32}-[0-9]{1,4})")


def asset_id(name: str, field: str) -> str:
    """The id in `assets/{asset}`. Raises InvalidRequestError naming `field`."""
    if not (match := ASSET.fullmatch(name)):
        raise InvalidRequestError.of(field, f"{name[:80]!r} is no asset; write it as assets/ID")
    return match[1]
