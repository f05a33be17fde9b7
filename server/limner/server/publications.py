"""Published files of projects: what a publisher may say of them."""

import re
from collections.abc import Iterator

from limner.server.errors import FieldViolation, InvalidRequestError
from limner.server.names import asset_id
from limner.v1 import asset_pb2

MOST = 1000  # publications of one call, and files of one publication
DIGEST = re.compile(r"([0-9a-f]{64})?")
FORMAT = re.compile(r"[a-z0-9-]{1,64}")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check_publications(publications: list[asset_pb2.Publication]) -> None:
    """Raises InvalidRequestError that names every field that is wrong: subscribers write and load by what it says."""
    if not 1 <= len(publications) <= MOST:
        raise InvalidRequestError.of("publications", f"{len(publications)} of them; name 1 to {MOST:,}")
    wrong = [
        violation for number, each in enumerate(publications) for violation in _wrong(f"publications[{number}]", each)
    ]
    if wrong:
        raise InvalidRequestError(*wrong[:20])
    for number, each in enumerate(publications):
        if each.asset:
            asset_id(each.asset, f"publications[{number}].asset")


def _wrong(at: str, publication: asset_pb2.Publication) -> Iterator[FieldViolation]:
    for field, low, high in (("project", 1, 200), ("folder", 0, 4096), ("key", 1, 1000)):
        text = getattr(publication, field)
        if not low <= len(text) <= high or CONTROL.search(text):
            yield FieldViolation(
                f"{at}.{field}", f"{len(text)} characters; write {low} to {high:,}, no control characters"
            )
    if len(publication.formats) > 100 or not all(map(FORMAT.fullmatch, publication.formats)):
        yield FieldViolation(f"{at}.formats", "name up to 100 formats, such as png")
    if not 1 <= len(publication.files) <= MOST:
        yield FieldViolation(f"{at}.files", f"{len(publication.files)} files; name 1 to {MOST:,}")
    for number, file in enumerate(publication.files):
        if not plain(file.path):
            yield FieldViolation(
                f"{at}.files[{number}].path", "must be relative, with / and without .., up to 1,000 characters"
            )
        if not DIGEST.fullmatch(file.digest) or file.size_bytes < 0:
            yield FieldViolation(
                f"{at}.files[{number}].digest", "must be a sha256 in hex, or empty; size_bytes at least 0"
            )


def plain(path: str) -> bool:
    """A path that stays in the folder that it is put into, on every system."""
    parts = path.split("/")
    return 1 <= len(path) <= 1000 and not re.search(r"[\\\x00-\x1f\x7f:]", path) and not {"", ".", ".."} & set(parts)
