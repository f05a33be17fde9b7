"""Who gets in where: keys and TLS, and the refusal to serve other machines without them."""

import contextlib
import ipaddress
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from limner.server import access
from limner.server.audit import Audit
from limner.server.config import ServerConfig
from limner.server.database import Database
from limner.server.errors import ConfigError
from limner.server.keyring import Keyring
from limner.server.keys import KeyStore
from limner.server.limits import Calls, Pictures

log = logging.getLogger("limner.server")


@dataclass(frozen=True, slots=True)
class Guard:
    """How a server tells its callers apart. Without a `keyring` its authenticator knows of no keys."""

    authenticator: access.Authenticator
    quota: access.Quota
    keyring: Keyring | None = None


async def guarded(config: ServerConfig, database: Database) -> Guard:
    """The guard that the settings and the stored keys ask for. Raises ConfigError where other machines would meet none."""
    keys = KeyStore(database)
    asks = config.access == "keys" or (config.access == "auto" and bool(config.tls_client_ca or await keys.all()))
    check_exposure(config, asks and (config.tls_client_ca is not None or await keys.any_active()))
    if not asks:
        return Guard(access.everybody, access.unlimited)
    keyring = Keyring(keys, Calls(database), Audit(database), certificates=config.tls_client_ca is not None)
    return Guard(keyring, Pictures(database), keyring)


def check_exposure(config: ServerConfig, keyed: bool) -> None:
    """Raise ConfigError for an address that other machines reach without TLS or keys; with `insecure`, only say so."""
    secret = config.tls_certificate is not None
    for setting, address in (("listen", config.listen), ("web", config.web), ("metrics_listen", config.metrics_listen)):
        if address is None or loopback(address):
            continue
        missing = [] if secret else ["TLS (set tls_certificate and tls_key)"]
        if not keyed and setting != "metrics_listen":  # what is counted is nobody's
            missing.append("keys (make one with `limner keys create --owner NAME`)")
        if not missing:
            continue
        open_door = f"{setting}: other machines reach {address} without {' and without '.join(missing)}"
        if not config.insecure:
            raise ConfigError(f"{open_door}; or listen on 127.0.0.1, or accept it with insecure = true (--insecure)")
        log.warning("INSECURE, as you asked: %s", open_door)


def loopback(address: str) -> bool:
    """Only this machine reaches HOST:PORT."""
    if address.startswith("unix:"):
        return True
    host = address.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Tls:
    """The files of a server's TLS. A certificate that is replaced on the disk is used from the next connection on."""

    def __init__(self, certificate: Path, key: Path, client_ca: Path | None) -> None:
        self._paths = [path for path in (certificate, key, client_ca) if path is not None]
        self._certificate, self._key, self._client_ca = certificate, key, client_ca
        self._seen = self._stamps()

    @classmethod
    def of(cls, config: ServerConfig) -> "Tls | None":
        """TLS as the settings say, or None. Raises ConfigError for half of it, and for files that cannot be read."""
        if config.tls_certificate is None and config.tls_key is None and config.tls_client_ca is None:
            return None
        if config.tls_certificate is None or config.tls_key is None:
            raise ConfigError("tls_certificate and tls_key belong together; set both, or neither and no tls_client_ca")
        try:
            return cls(config.tls_certificate, config.tls_key, config.tls_client_ca)
        except OSError as error:
            raise ConfigError(f"cannot read {error.filename}: {error.strerror}; correct the tls_ settings") from error

    def credentials(self) -> grpc.ServerCredentials:
        """What a gRPC server listens with."""
        changed: Any = self._changed  # may answer None, which the stubs do not know
        return grpc.dynamic_ssl_server_credentials(self._configured(), changed, self._client_ca is not None)

    def _configured(self) -> grpc.ServerCertificateConfiguration:
        pair = [(self._key.read_bytes(), self._certificate.read_bytes())]
        roots = None if self._client_ca is None else self._client_ca.read_bytes()
        return grpc.ssl_server_certificate_configuration(pair, roots)

    def _changed(self) -> grpc.ServerCertificateConfiguration | None:
        """The files as they are now when they changed; None keeps what is in use."""
        try:
            stamps = self._stamps()
            if stamps == self._seen:
                return None
            fresh = self._configured()
        except OSError as error:
            log.warning("kept the certificate in use: %s", error)
            return None
        self._seen = stamps
        return fresh

    def _stamps(self) -> list[tuple[int, int]]:
        return [(path.stat().st_mtime_ns, path.stat().st_size) for path in self._paths]


@contextlib.asynccontextmanager
async def watched(guard: Guard) -> AsyncIterator[None]:
    """While it is open, revoked keys are noticed; at the end, rates are written down."""
    if guard.keyring is None:
        yield
        return
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(guard.keyring.look)
        stack.callback(guard.keyring.started().cancel)
        yield
