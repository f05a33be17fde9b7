"""Who holds a valid key: the authenticator of a server with keys.

A key's secret is checked with argon2id once, off the event loop and one at a time, so that a flood of wrong keys takes one
thread and no more. After that a call costs a keyed digest and a comparison in constant time. Once a second the ring asks
the database what was revoked, by whichever process, and ends the calls of those keys.
"""

import asyncio
import hashlib
import hmac
import logging
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from limner.server.access import Caller, Scope
from limner.server.audit import Audit
from limner.server.errors import LimnerError, UnauthenticatedError
from limner.server.keys import Key, KeyStore, Secret, proves
from limner.server.limits import Calls

log = logging.getLogger(__name__)
LOOK_S = 1.0  # between two looks at what was revoked
MAX_WRONG = 10_000  # wrong keys to remember; more start anew
HELD_BY_CERTIFICATE = frozenset({Scope.GENERATE, Scope.READ})
NO_KEY = "no valid key came with the call; send `authorization: Bearer KEY`, with a key from `limner keys create`"


@dataclass(frozen=True, slots=True)
class Held:
    """A key that was proved in this process."""

    digest: bytes
    key: Key
    caller: Caller


class Keyring:
    """Callers by their keys."""

    def __init__(self, store: KeyStore, calls: Calls, audit: Audit, certificates: bool = False) -> None:
        """With `certificates`, the name in a verified client certificate is an owner of its own right."""
        self._store, self._calls, self._audit, self._certificates = store, calls, audit, certificates
        self._pepper = secrets.token_bytes(32)
        self._held: dict[str, Held] = {}
        self._wrong: set[bytes] = set()
        self._refused: Counter[str] = Counter()
        self._by_certificate: dict[str, Caller] = {}
        self._proving = asyncio.Lock()

    async def __call__(self, metadata: Mapping[str, str | bytes], certificate: str) -> Caller:
        given = bearer(metadata)
        if given is None and certificate and self._certificates:
            fresh = Caller(owner=certificate, scopes=HELD_BY_CERTIFICATE)
            return self._by_certificate.setdefault(certificate, fresh)
        secret = None if given is None else Secret.parse(given)
        if secret is None:
            self._refused["no key" if given is None else "malformed"] += 1
            raise UnauthenticatedError(NO_KEY)
        held = await self._proved(secret)
        if (fault := ended(held.key, self._store.clock())) is not None:
            self._refused[held.key.id] += 1
            raise fault
        self._calls.take(held.key.id)
        return held.caller

    async def _proved(self, secret: Secret) -> Held:
        digest = hashlib.blake2b(secret.format().encode(), key=self._pepper, digest_size=32).digest()
        if (held := self._same(secret, digest)) is not None:
            return held
        async with self._proving:
            if (held := self._same(secret, digest)) is not None:  # another call proved it meanwhile
                return held
            found = [] if digest in self._wrong else await self._store.some([secret.id])
            if not found or not await asyncio.to_thread(proves, found[0], secret.secret):
                self._remember_wrong(digest)
                self._refused["wrong"] += 1
                raise UnauthenticatedError(NO_KEY)
            return await self._keep(found[0], digest)

    def _same(self, secret: Secret, digest: bytes) -> Held | None:
        held = self._held.get(secret.id)
        return held if held is not None and hmac.compare_digest(held.digest, digest) else None

    async def _keep(self, key: Key, digest: bytes) -> Held:
        if key.calls_per_minute is not None:
            await self._calls.open(key.id, key.calls_per_minute)
        caller = Caller(key.owner, key.scopes, key.id, key.calls_per_minute, key.pictures_per_day)
        held = self._held[key.id] = Held(digest, key, caller)
        return held

    def _remember_wrong(self, digest: bytes) -> None:
        if len(self._wrong) >= MAX_WRONG:
            self._wrong.clear()
        self._wrong.add(digest)

    async def look(self) -> None:
        """End the calls of keys that were revoked or have expired; write down rates and refusals."""
        now = self._store.clock()
        for key in await self._store.some(list(self._held)) if self._held else ():
            held = self._held[key.id]
            self._held[key.id] = Held(held.digest, key, held.caller)
            if (fault := ended(key, now)) is not None:
                held.caller.put_out(fault)
        await self._calls.store()
        if self._refused:
            refused, self._refused = self._refused, Counter()
            await self._audit.append("access.refuse", count=dict(refused))

    def started(self) -> asyncio.Task[None]:
        """Look every second, until cancelled."""
        return asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self.look()
            except Exception:  # a database that is away comes back
                log.exception("the keys could not be looked at")


def bearer(metadata: Mapping[str, str | bytes]) -> str | None:
    """The key in a call's metadata."""
    value = metadata.get("authorization", "")
    scheme, _, key = value.partition(" ") if isinstance(value, str) else ("", "", "")
    return key.strip() if scheme.lower() == "bearer" and key.strip() else None


def ended(key: Key, now: float) -> LimnerError | None:
    """Why a proved key lets nobody in any more; None while it does."""
    state = key.state(now)
    return None if state == "active" else UnauthenticatedError(f"this key is {state}; ask for a new one")
