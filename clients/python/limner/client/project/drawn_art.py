"""Pictures of assets: drawn by a server, or painted by a person."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from limner.client.drawing import image_brief
from limner.client.project.connecting import Connect
from limner.client.project.contents import digest_of
from limner.client.project.late import first_frame
from limner.client.project.lock_file import Drawn
from limner.client.project.manifest import Drawing, Source, Wanted
from limner.v1.briefs_pb2 import ImageBrief

MOST_PICTURES = 256  # kept for assets that start from others


class Picture(NamedTuple):
    """A PNG, what is known of its drawing, and the asset's name on the server."""

    content: bytes
    drawn: Drawn | None = None
    asset: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One picture of a manifest. By the names of its assets: the assets, what decides their pictures, and the files that
    people painted over drawings."""

    wanted: Wanted
    others: Mapping[str, Wanted]
    requests: Mapping[str, str]
    repainted: Mapping[str, Path]

    @property
    def request(self) -> str:
        return self.requests[self.wanted.name]

    def base(self, name: str) -> Asked:
        return Asked(self.others[name], self.others, self.requests, self.repainted)


class Pictures:
    """Draws each picture once, however many assets start from it."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._drawing: dict[str, asyncio.Task[Picture]] = {}

    async def of(self, asked: Asked) -> Picture:
        """The picture of an asset. Raises what the server does."""
        task = self._drawing.get(asked.request)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            while len(self._drawing) >= MOST_PICTURES:
                del self._drawing[next(iter(self._drawing))]
            task = self._drawing[asked.request] = asyncio.create_task(self._made(asked))
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Cancel what is being drawn."""
        for task in self._drawing.values():
            task.cancel()
        await asyncio.gather(*self._drawing.values(), return_exceptions=True)
        self._drawing.clear()

    async def _made(self, asked: Asked) -> Picture:
        art = asked.wanted.art
        if asked.wanted.name in asked.repainted:
            return Picture(await asyncio.to_thread(asked.repainted[asked.wanted.name].read_bytes))
        if isinstance(art, Source):
            return Picture(await asyncio.to_thread(first_frame, art, lambda line: None))
        assert isinstance(art, Drawing)
        brief = await self._brief(asked, art)
        best = (await (await self._connect()).draw(brief, bulk=True))[0]
        about = best.asset
        digest = digest_of(best.content)
        drawn = Drawn(
            request=asked.request, digest=digest, model=about.model, model_digest=about.model_digest, seed=about.seed
        )
        return Picture(best.content, drawn, about.name)

    async def _brief(self, asked: Asked, art: Drawing) -> ImageBrief:
        base = None if art.base is None else await self.of(asked.base(art.base))
        brief = image_brief(
            art.prompt,
            negative=art.negative,
            model=art.model,
            size=art.size,
            seed=art.seed,
            candidates=art.candidates if art.candidates > 1 else None,
            steps=art.steps,
            guidance=art.guidance,
            style=art.style,
            kind=art.kind,
            reference=art.reference,
            mask=art.mask,
            strength=art.strength,
            tile=art.tile,
            palette=art.palette,
        )
        if base is not None:
            brief.reference_png = base.content
            if art.size is None:
                brief.width = int.from_bytes(base.content[16:20])  # the PNG header's
        return brief
