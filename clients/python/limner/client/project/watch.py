"""`limner watch`: what is stale is built the moment that something changes, and engines are told."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

from limner.client.access import exits, first_fault
from limner.client.errors import CredentialsError, LimnerError, UnreachableError
from limner.client.options import Settings
from limner.client.project.building import Builder, Built
from limner.client.project.change_sets import ChangeSet, watching
from limner.client.project.connecting import connecting
from limner.client.project.dependents import Dependents
from limner.client.project.holding import held
from limner.client.project.late import prepare
from limner.client.project.lock_file import NAME, LockError
from limner.client.project.manifest import SUFFIX
from limner.client.project.planning import Planned
from limner.client.project.project import Project
from limner.client.project.publishing import Publisher
from limner.client.project.scanning import Scope, manifests_in, scope_of
from limner.client.project.telling import complain, tell_broken, tell_built, tell_failed
from limner.client.screen import Screen, warn

SAVE_S = 0.5  # from a change of the lock to its writing: the engines do not wait for it
RETRY_S = 2.0  # before what a missing server left undone is tried again


def watch_project(settings: Settings, path: Path, *, poll: bool = False, name: str = "") -> None:
    """Watch until Ctrl-C."""
    with exits():
        scope = scope_of(path)
        with held(scope.root, "limner watch"), collecting_later() as started:
            asyncio.run(first_fault(watch(settings, scope, poll, name, started)))


@contextmanager
def collecting_later() -> Iterator[Callable[[], None]]:
    """No garbage is looked for until the function is called: what is read before that stays, and is never looked at again."""
    gc.disable()

    def begin() -> None:
        gc.freeze()
        gc.enable()

    try:
        yield begin
    finally:
        gc.enable()


async def watch(
    settings: Settings, scope: Scope, poll: bool, name: str, started: Callable[[], None] = lambda: None
) -> None:
    """Build what is stale, then what every change makes stale; publish it. `started` is called once everything is read."""
    folder = scope.part if scope.part.is_dir() else scope.root
    async with AsyncExitStack() as stack:
        sets = await stack.enter_async_context(watching(scope.root, poll=poll))  # before anything is read: no gap
        connect = await stack.enter_async_context(connecting(settings, serves=True))
        project = await asyncio.to_thread(Project, scope)
        publisher = Publisher(connect, name or scope.root.name, scope.root, complain)
        watcher = Watcher(
            settings,
            project,
            publisher,
            lambda save: Builder(project, connect, lambda line: warn(settings, line), save),
        )
        stack.push_async_callback(watcher.close)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        tasks.create_task(publisher.run())
        await watcher.start(tasks)
        client = await connect()
        count = sum(len(manifest.assets) for manifest in project.manifests.values())
        said = f"watching {folder}: {count} assets in {len(project.manifests)} manifests; engines listen at {client.server}"
        facts = {"state": "watching", "folder": str(folder), "assets": count, "server": client.server}
        Screen(settings, "").result(facts, said)
        started()
        tasks.create_task(asyncio.to_thread(prepare))  # the first save waits for no import
        async for changes in sets:
            watcher.react(changes)


class Watcher:
    """Brings manifests up to date, each by one task at a time, and keeps the lock."""

    def __init__(
        self,
        settings: Settings,
        project: Project,
        publisher: Publisher,
        builder: Callable[[Callable[[], None]], Builder],
    ) -> None:
        self._settings, self._project, self._publisher = settings, project, publisher
        self._builder = builder(self._save_soon)
        self._screen = Screen(settings, "")
        self._dependents = Dependents()
        self._turns: dict[Path, asyncio.Lock] = {}
        self._waiting: set[Path] = set()  # manifests whose next turn has not begun
        self._said: dict[str, str] = {}  # the last complaint about each asset
        self._unsaved = False
        self._saving: asyncio.Task[None] | None = None
        self._write: asyncio.Task[None] | None = None
        self._tasks: asyncio.TaskGroup

    async def start(self, tasks: asyncio.TaskGroup) -> None:
        """Build what is stale now; `tasks` runs the builds."""
        self._tasks = tasks
        tell_broken(self._settings, self._project.broken.values())
        self._builder.forget(self._project.gone())
        for path in self._project.manifests:
            self._connect(path)
        plans = await asyncio.to_thread(self._project.plan)
        stale = {each.wanted.origin.path for each in plans if not isinstance(each, Planned) or each.reason is not None}
        self._bring_up(stale)

    def react(self, changes: ChangeSet) -> None:
        """Read what changed and build what that makes stale."""
        self._forget(changes)
        fresh = self._manifests_to_read(changes)
        before = dict(self._project.broken)
        self._project.read(fresh)
        for path in fresh:
            self._connect(path)
        tell_broken(
            self._settings,
            [error for path, error in self._project.broken.items() if str(before.get(path)) != str(error)],
        )
        self._bring_up({*fresh, *self._affected(changes)})

    async def close(self) -> None:
        """Write the lock, after a writing that runs."""
        if self._saving is not None:
            self._saving.cancel()
        if self._write is not None:
            await asyncio.wait([self._write])
        self._project.save()

    def _forget(self, changes: ChangeSet) -> None:
        contents, root = self._project.contents, self._project.scope.root
        if changes.everything or changes.folders:
            contents.clear()
        else:
            contents.forget(changes.files)
        lock = root / NAME
        if (lock in changes.files or changes.everything) and self._saving is None:
            self._take_over(lock)

    def _take_over(self, lock: Path) -> None:
        """Use a lock that somebody else wrote, such as a pull; our own writing changes nothing."""
        self._project.contents.forget([lock])
        if self._project.contents.digest(lock) in (None, self._project.saved):
            return
        try:
            self._project.reload_lock()
        except LockError as error:
            complain(str(error))
        else:
            self._bring_up(self._project.manifests)

    def _manifests_to_read(self, changes: ChangeSet) -> set[Path]:
        """Changed manifests, and those that took defaults from a changed file."""
        scope, known = self._project.scope, {*self._project.manifests, *self._project.broken}
        if changes.everything:
            return {*manifests_in(scope), *known}
        found = {
            path for path in changes.files if path in known or (path.name.endswith(SUFFIX) and self._is_meant(path))
        }
        for folder in changes.folders:
            found |= {path for path in known if path.is_relative_to(folder)}
            if folder.is_dir() and self._is_meant(folder):
                found |= set(manifests_in(Scope(scope.root, folder)))
        affected = {path for changed in changes.files for path in self._dependents.of(changed)}
        return found | {path for path in affected if self._includes(path, changes)}

    def _includes(self, path: Path, changes: ChangeSet) -> bool:
        manifest = self._project.manifests.get(path)
        return path in self._project.broken or (manifest is not None and bool(changes.files & {*manifest.includes}))

    def _is_meant(self, path: Path) -> bool:
        """In the part of the project that is watched, and in no project of its own."""
        scope = self._project.scope
        if not path.is_relative_to(scope.part):
            return False
        between = [folder for folder in path.parents if folder.is_relative_to(scope.root) and folder != scope.root]
        return not any((folder / NAME).exists() for folder in between)

    def _affected(self, changes: ChangeSet) -> set[Path]:
        """The manifests whose pictures or files changed."""
        if changes.everything:
            return set(self._project.manifests)
        found = {path for changed in changes.files for path in self._dependents.of(changed)}
        return found | {path for folder in changes.folders for path in self._dependents.below(folder)}

    def _connect(self, path: Path) -> None:
        """Note what matters to a manifest."""
        manifest = self._project.manifests.get(path)
        if manifest is None:
            self._dependents.set(path, ())
            return
        root, entries = self._project.scope.root, self._project.lock.entries
        parts = {file for wanted in manifest.assets for file in wanted.art.files.values()}
        outputs = {
            root / file for wanted in manifest.assets if wanted.key in entries for file in entries[wanted.key].outputs
        }
        self._dependents.set(path, {*manifest.includes, *parts, *outputs})

    def _bring_up(self, paths: Iterable[Path]) -> None:
        for path in set(paths) - self._waiting:
            self._waiting.add(path)
            self._tasks.create_task(self._turn(path))

    async def _turn(self, path: Path) -> None:
        """Build what is stale of one manifest, once its build that runs has ended."""
        async with self._turns.setdefault(path, asyncio.Lock()):
            self._waiting.discard(path)
            manifest = self._project.manifests.get(path)
            if manifest is None or path in self._project.broken:
                return
            errors: dict[str, LimnerError] = {}
            try:
                errors = dict(await self._builder.bring_up(self._tell, [manifest]))
            except* (UnreachableError, CredentialsError) as group:
                errors[path.name] = LimnerError(f"{group.exceptions[0]}; trying again")
                self._tasks.create_task(self._again(path))
            self._connect(path)
            self._complain({path.name, *(wanted.key for wanted in manifest.assets)}, errors)

    async def _again(self, path: Path) -> None:
        await asyncio.sleep(RETRY_S)
        self._bring_up([path])

    def _tell(self, built: Built) -> None:
        self._publisher.publish(built)
        tell_built(self._screen, built)

    def _complain(self, keys: set[str], errors: dict[str, LimnerError]) -> None:
        """Say what failed of these assets, once as long as it stays the same."""
        for key in keys - errors.keys():
            self._said.pop(key, None)
        for key, error in errors.items():
            if self._said.get(key) != str(error):
                self._said[key] = str(error)
                tell_failed(self._settings, key, error)

    def _save_soon(self) -> None:
        self._unsaved = True
        if self._saving is None:
            self._saving = asyncio.create_task(self._save())

    async def _save(self) -> None:
        """Write the lock until it says everything. As long as this runs, the lock on the disk is older than ours."""
        while self._unsaved:
            await asyncio.sleep(SAVE_S)
            self._unsaved = False
            self._write = asyncio.create_task(asyncio.to_thread(self._project.save))
            try:
                await asyncio.shield(self._write)
            except LimnerError as error:
                complain(str(error))
        self._saving = None
        self._take_over(self._project.scope.root / NAME)  # one that came meanwhile, where ours said nothing new
