"""Small assets that come along with the news of them: a call less for whoever waits."""

from collections.abc import Iterable
from contextlib import suppress

from limner.server.access import caller
from limner.server.assets import SMALL, AssetStore
from limner.server.errors import InvalidRequestError, LimnerError
from limner.v1.asset_pb2 import Asset
from limner.v1.generation_service_pb2 import AssetContent

MOST = 1 << 20  # bytes of one answer


def check_inline(most_bytes: int) -> None:
    """Raises InvalidRequestError."""
    if not 0 <= most_bytes <= SMALL:
        raise InvalidRequestError.of("inline_bytes", f"{most_bytes} is not in [0, {SMALL}]")


async def contents_of(store: AssetStore, assets: Iterable[Asset], most_bytes: int) -> list[AssetContent]:
    """The bytes of the assets up to `most_bytes` each; none for a caller who may not read.

    What cannot be read is left out: who reads it later hears why.
    """
    found: list[AssetContent] = []
    left = MOST if caller.get().may("ReadAsset") else 0
    for asset in assets:
        if asset.size_bytes <= min(most_bytes, left):
            with suppress(LimnerError):
                found.append(AssetContent(name=asset.name, data=await store.get(asset.digest)))
                left -= asset.size_bytes
    return found
