"""The SDK without asyncio: the same client on an event loop of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from limner.client.aio import AsyncClient, Brief, Drawn
from limner.client.connection import DEFAULT_SERVER, Identity
from limner.v1 import asset_pb2, generation_pb2, model_pb2, server_service_pb2
from limner.v1.asset_pb2 import Asset
from limner.v1.generation_pb2 import Generation, GenerationEvent

Answer = TypeVar("Answer")


class Client:
    """A connection to a server; use it as a context manager, from any thread. See AsyncClient for the methods."""

    def __init__(
        self,
        server: str = DEFAULT_SERVER,
        *,
        key_file: Path | None = None,
        timeout_s: float = 30.0,
        patience_s: float = 10.0,
        identity: Identity | None = None,
    ) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="limner-client", daemon=True)
        self._thread.start()

        async def connect() -> AsyncClient:
            return AsyncClient(server, key_file=key_file, timeout_s=timeout_s, patience_s=patience_s, identity=identity)

        try:
            self._client = self._run(connect())
        except BaseException:
            self._stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection; running generations go on."""
        self._run(self._client.close())
        self._stop()

    def create(
        self, brief: Brief, *, bulk: bool = False, time_limit_s: float | None = None, request_id: str = ""
    ) -> Generation:
        """Ask for art."""
        return self._run(self._client.create(brief, bulk=bulk, time_limit_s=time_limit_s, request_id=request_id))

    def estimate(self, brief: Brief) -> generation_pb2.Estimate:
        """Check a brief and tell what it would cost."""
        return self._run(self._client.estimate(brief))

    def get(self, name: str) -> Generation:
        """One generation as it is now."""
        return self._run(self._client.get(name))

    def generations(self, states: tuple[Generation.State, ...] = ()) -> Iterator[Generation]:
        """All generations, newest first."""
        return self._iterate(self._client.generations(states))

    def cancel(self, name: str) -> Generation:
        """Stop a generation."""
        return self._run(self._client.cancel(name))

    def watch(self, name: str, *, after: int = 0, previews: bool = False) -> Iterator[GenerationEvent]:
        """Follow a generation until it ends, through dropped connections."""
        return self._iterate(self._client.watch(name, after=after, previews=previews))

    def wait(self, name: str) -> Generation:
        """The generation when it has ended."""
        return self._run(self._client.wait(name))

    def draw(
        self,
        brief: Brief,
        *,
        bulk: bool = False,
        previews: bool = False,
        follow: Callable[[GenerationEvent], None] | None = None,
    ) -> list[Drawn]:
        """Ask, wait and read. `follow` is called on the client's own thread. Ctrl-C cancels the generation."""
        return self._run(self._client.draw(brief, bulk=bulk, previews=previews, follow=follow))

    def asset(self, name: str) -> Asset:
        """What is known of one asset."""
        return self._run(self._client.asset(name))

    def assets(self, generation: str = "") -> Iterator[Asset]:
        """All assets, newest first."""
        return self._iterate(self._client.assets(generation))

    def delete(self, name: str) -> None:
        """Forget an asset."""
        self._run(self._client.delete(name))

    def rate(self, name: str, stars: int) -> Asset:
        """Say how good an asset is, in 1 to 5 stars."""
        return self._run(self._client.rate(name, stars))

    def read(self, name: str) -> bytes:
        """The bytes of an asset."""
        return self._run(self._client.read(name))

    def export(
        self, names: list[str], file_format: str, *, stem: str = "", reproducible: bool = False
    ) -> dict[str, bytes]:
        """Assets as the files of a format: relative path to bytes."""
        return self._run(self._client.export(names, file_format, stem=stem, reproducible=reproducible))

    def export_to(self, folder: Path, names: list[str], file_format: str, *, stem: str = "") -> list[Path]:
        """Export assets into a folder, each file whole or not at all."""
        return self._run(self._client.export_to(folder, names, file_format, stem=stem))

    def watch_assets(
        self,
        after: int | None = None,
        *,
        kinds: Sequence[asset_pb2.AssetChange.Kind] = (),
        project: str = "",
        subscribed: Callable[[int], None] | None = None,
    ) -> Iterator[asset_pb2.AssetChange]:
        """Follow changes to assets and published files for ever. `subscribed` is called on the client's own thread."""
        return self._iterate(self._client.watch_assets(after, kinds=kinds, project=project, subscribed=subscribed))

    def publish_asset_changes(self, publications: Sequence[asset_pb2.Publication]) -> int:
        """Tell those who watch that files of a project changed."""
        return self._run(self._client.publish_asset_changes(publications))

    def models(self) -> list[model_pb2.Model]:
        """Every model, the default one first."""
        return self._run(self._client.models())

    def model(self, name: str) -> model_pb2.Model:
        """One model with its card and statistics."""
        return self._run(self._client.model(name))

    def describe(self) -> server_service_pb2.GetServerResponse:
        """The server's version and what it can do."""
        return self._run(self._client.describe())

    def _run(self, coroutine: Coroutine[Any, Any, Answer]) -> Answer:
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def _iterate(self, answers: AsyncIterator[Answer]) -> Iterator[Answer]:
        end = object()

        async def following() -> Answer | object:
            return await anext(answers, end)

        async def close() -> None:
            await answers.aclose()  # type: ignore[attr-defined]  # every one of ours is a generator

        try:
            while (answer := self._run(following())) is not end:
                yield answer  # type: ignore[misc]  # not the end, so an answer
        finally:
            self._run(close())

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
