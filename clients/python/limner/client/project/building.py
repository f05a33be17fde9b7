"""Builds stale assets: draws, exports, writes, and keeps the lock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from limner.client.errors import CredentialsError, LimnerError, UnreachableError
from limner.client.project import lock_file
from limner.client.project.connecting import Connect
from limner.client.project.contents import digest_of
from limner.client.project.drawn_art import Pictures
from limner.client.project.late import files_of
from limner.client.project.lock_file import Drawn, Entry
from limner.client.project.manifest import Manifest, Recipe, Source
from limner.client.project.outputs import Change, ChangedByHandError, write_outputs
from limner.client.project.planning import Planned
from limner.client.project.project import Project
from limner.client.project.recipes import made

if TYPE_CHECKING:
    from limner.client.pictures import Note

WINDOW = 32  # assets in the making: more than a network call holds
PASSES = 10  # of assets that wait for one another's files
SAVE_S = 1.0  # between two writes of the lock while much is built


class PinnedError(LimnerError):
    """The server draws another picture than the lock says."""


@dataclass(frozen=True, slots=True)
class Built:
    """One asset that was built. `asset` is its picture's name on the server, where that drew it."""

    key: str
    reason: str
    changes: tuple[Change, ...]
    repainted: Path | None
    asset: str
    formats: tuple[str, ...]


Tell = Callable[[Built], None]


class Builder:
    """Builds the assets of one project. `update` lets pinned pictures change; `save` is called when the lock has changed."""

    def __init__(
        self, project: Project, connect: Connect, note: Note, save: Callable[[], None], *, update: bool = False
    ) -> None:
        self.project, self._note, self._save, self._update = project, note, save, update
        self._connect, self._pictures = connect, Pictures(connect)
        entries = project.lock.entries.items()
        self._owners = {path: key for key, entry in entries for path in entry.outputs}  # who writes a file
        self._saved = time.monotonic()
        self._window = asyncio.Semaphore(WINDOW)

    async def models(self) -> dict[str, str]:
        """The digests of the server's models by name, where they may replace pinned ones."""
        if not self._update:
            return {}
        return {model.name: model.digest for model in await (await self._connect()).models()}

    async def bring_up(self, tell: Tell, manifests: Iterable[Manifest] | None = None) -> list[tuple[str, LimnerError]]:
        """Build what is stale until nothing is; `tell` hears of each success, the answer is what failed.

        An asset may start from files that others write: after every pass it is looked again.
        """
        tried: dict[str, str] = {}
        failed: dict[str, LimnerError] = {}
        models = await self.models()
        for _ in range(PASSES):
            plans = self.project.plan(manifests, models)
            failed = {key: error for key, error in failed.items() if key in tried}
            failed |= {each.wanted.key: each.error for each in plans if not isinstance(each, Planned)}
            todo = [each for each in plans if isinstance(each, Planned) and each.reason is not None]
            todo = [each for each in todo if tried.get(each.wanted.key) != each.request]
            if not todo:
                return list(failed.items())
            tried |= {each.wanted.key: each.request for each in todo}
            for outcome in await self._built(todo, tell):
                failed.pop(outcome[0], None)
                if outcome[1] is not None:
                    failed[outcome[0]] = outcome[1]
        circle = LimnerError(f"still stale after {PASSES} passes: assets are made from one another's files in a circle")
        return [*failed.items(), *((each.wanted.key, circle) for each in todo)]

    async def _built(self, todo: list[Planned], tell: Tell) -> list[tuple[str, LimnerError | None]]:
        async def one(plan: Planned) -> tuple[str, LimnerError | None]:
            async with self._window:
                try:
                    tell(await self.build(plan))
                except (UnreachableError, CredentialsError):
                    raise  # what would fail every other asset too
                except (LimnerError, OSError) as error:
                    self._release(plan.wanted.key)
                    return plan.wanted.key, error if isinstance(error, LimnerError) else LimnerError(str(error))
                return plan.wanted.key, None

        if any(not isinstance(plan.wanted.art, Source) and plan.repainted is None for plan in todo):
            await self._connect()  # a server that is not there is told once, not by every asset
        try:
            async with asyncio.TaskGroup() as tasks:
                started = [tasks.create_task(one(plan)) for plan in todo]
        except BaseException:
            await self._pictures.close()
            raise
        finally:
            self._save()
        return [task.result() for task in started]

    async def build(self, plan: Planned) -> Built:
        """Build one asset. Raises what the server does, ManifestError, ChangedByHandError, PinnedError, WriteError."""
        wanted, root, key = plan.wanted, self.project.scope.root, plan.wanted.key
        before = self.project.lock.entries.get(key)
        self._check_hands(plan, before)
        files, drawn, asset = await self._files(plan, before)
        held = dict(before.outputs) if before else {}
        held |= self._claimed(key, files)
        painted = {} if plan.repainted is None else self._painted(plan.repainted)
        less = {path: digest for path, digest in held.items() if path not in painted}
        changes = await asyncio.to_thread(write_outputs, root, files, less, self.project.contents)
        changes += [
            Change(path, digest, (root / path).stat().st_size)
            for path, digest in painted.items()
            if held.get(path) != digest
        ]
        outputs = {path: digest_of(content) for path, content in files.items()} | painted
        self.project.lock.entries[key] = Entry(
            request=plan.request,
            outputs=outputs,
            drawn=drawn,
            repainted=next(iter(painted), None),
        )
        if held.keys() - outputs.keys():
            self._release(key)
        if time.monotonic() - self._saved > SAVE_S:
            self._save()
            self._saved = time.monotonic()
        formats = tuple(output.file_format for output in wanted.outputs)
        return Built(key, plan.reason or "", tuple(changes), plan.repainted, asset, formats)

    async def _files(self, plan: Planned, before: Entry | None) -> tuple[dict[str, bytes], Drawn | None, str]:
        """The files of an asset, what is known of its drawing, and that drawing's name on the server."""
        root, wanted = self.project.scope.root, plan.wanted
        if isinstance(wanted.art, Recipe):
            result = await made(await self._connect(), wanted, plan.asked.request, root)
            self._check_pin(wanted.key, before, result.drawn)
            for warning in result.warnings:
                self._note(f"{wanted.key}: {warning}")
            return result.files, result.drawn, result.asset
        picture = None if isinstance(wanted.art, Source) else await self._pictures.of(plan.asked)
        if picture is not None and picture.drawn is not None:
            self._check_pin(wanted.key, before, picture.drawn)
        files = await asyncio.to_thread(files_of, root, wanted, picture, self._note, plan.repainted)
        return (files, None, "") if picture is None else (files, picture.drawn, picture.asset)

    def forget(self, keys: Iterable[str]) -> None:
        """Drop assets that no manifest asks for any more; their files stay."""
        for key in keys:
            if self.project.lock.entries.pop(key, None) is not None:
                self._release(key)
                self._save()

    def _check_hands(self, plan: Planned, before: Entry | None) -> None:
        """Raise ChangedByHandError, before anything is drawn, for an output that is as asked for but for somebody's change."""
        if before is None or before.request != plan.request:
            return
        root = self.project.scope.root
        for path, digest in before.outputs.items():
            now = self.project.contents.digest(root / path)
            if now not in (None, digest) and root / path != plan.repainted:
                raise ChangedByHandError.of(root / path)

    def _check_pin(self, key: str, before: Entry | None, new: Drawn) -> None:
        """Raise PinnedError where the lock says that another picture comes of the same request."""
        old = before.drawn if before else None
        if old is None or self._update or old.request != new.request or old.digest == new.digest:
            return
        raise PinnedError(
            f"{key}: {lock_file.NAME} pins {old.model} {old.model_digest[:12]}, the server has {new.model} "
            f"{new.model_digest[:12]} and draws another picture; `limner build --update` takes it"
        )

    def _claimed(self, key: str, files: Iterable[str]) -> dict[str, str]:
        """Take files for an asset; the digests of those that an asset wrote which is asked for no more (it was renamed).

        Raises ChangedByHandError for a file of another living asset.
        """
        entries, inherited = self.project.lock.entries, {}
        for path in files:
            owner = self._owners.get(path, key)
            if owner != key and self.project.asks_for(owner):
                raise ChangedByHandError(f"{path}: {owner} writes it already; choose another name or out")
            if owner != key and owner in entries:
                inherited[path] = entries[owner].outputs[path]
        self._owners |= dict.fromkeys(files, key)
        return inherited

    def _release(self, key: str) -> None:
        """Give up files that an asset did not come to write, or writes no more."""
        entry = self.project.lock.entries.get(key)
        kept = {} if entry is None else entry.outputs
        for path in [path for path, owner in self._owners.items() if owner == key and path not in kept]:
            del self._owners[path]

    def _painted(self, path: Path) -> dict[str, str]:
        digest = self.project.contents.digest(path)
        return {path.relative_to(self.project.scope.root).as_posix(): digest} if digest else {}
