"""Pages of lists: a token is the number of the last item that was told."""

from collections.abc import Sequence

from limner.server.errors import InvalidRequestError
from limner.server.jobs import Job, StoredAsset

DEFAULT_SIZE, MAX_SIZE = 50, 500


def page_of(size: int, token: str) -> tuple[int, int | None]:
    """How many items, and the number before which they lie. Raises InvalidRequestError."""
    if not 0 <= size <= MAX_SIZE:
        raise InvalidRequestError.of("page_size", f"{size} is outside 0 to {MAX_SIZE}; 0 means {DEFAULT_SIZE}")
    if token and not (token.isascii() and token.isdecimal() and len(token) < 16):
        raise InvalidRequestError.of("page_token", "is not one that this server gave; start again without it")
    return size or DEFAULT_SIZE, int(token) if token else None


def token_of(items: Sequence[Job | StoredAsset], size: int) -> str:
    """The token of the next page, when one more item than `size` was found."""
    return str(items[size - 1].number) if len(items) > size else ""
