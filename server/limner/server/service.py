"""Puts the server together, runs it, and ends it without losing anything."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from limner.server import access, folder, guard, logs
from limner.server.assets import AssetStore
from limner.server.audit import Audit
from limner.server.catalogue import WEIGHTS, Catalogue
from limner.server.changes import Changes
from limner.server.config import ServerConfig
from limner.server.credentials import Credentials
from limner.server.database import Database, open_database, open_shared
from limner.server.drawing import Drawing
from limner.server.engine import JobEngine
from limner.server.errors import ConfigError
from limner.server.interceptors import Edge
from limner.server.jobs import JobStore
from limner.server.leases import Leases
from limner.server.memory import few_arenas
from limner.server.metrics import Metrics
from limner.server.screening import Policy, Screen
from limner.server.services.asset import AssetService
from limner.server.services.generation import GenerationService
from limner.server.services.model import ModelService, ServerService
from limner.server.signatures import read_keys
from limner.server.vault import BlobLock, Vault
from limner.server.watching import Watching
from limner.server.worker.life import Terms
from limner.v1 import (
    asset_service_pb2_grpc,
    generation_service_pb2_grpc,
    model_service_pb2_grpc,
    server_service_pb2_grpc,
)

if TYPE_CHECKING:
    from limner.server.web.door import Door

log = logging.getLogger("limner.server")
Add = Callable[[Any], None]  # registers one service with a door
MAX_PENDING = 20_000  # calls that wait to be read; gRPC drops those beyond 1,000 by itself, without a reason
MAX_PENDING_S = 600  # gRPC cancels a call that was not looked at for so long, after 30 s by default
HANDSHAKE_MS = 20_000  # for a client to say that it speaks HTTP/2
KEEPALIVE_MS = 60_000  # between two pings to a client
KEEPALIVE_TIMEOUT_MS = 20_000  # for the answer to a ping; then the other end is gone, though it never said so
PLAIN = 1  # of gRPC's compressions: none. It unpacks a message before it counts its bytes
SWITCH_S = 0.001  # how long the network's thread waits for the interpreter while the event loop is busy, at most
STOP_S = 0.5  # for calls that are still being answered when everything has drained
SERVICES = ("GenerationService", "AssetService", "ModelService", "ServerService")


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers at `address`, and over HTTP at `web`."""

    address: str
    web: str | None
    engine: JobEngine
    health: health.aio.HealthServicer
    server: grpc.aio.Server


@contextlib.asynccontextmanager
async def running(
    config: ServerConfig,
    authenticator: access.Authenticator | None = None,
    quota: access.Quota = access.unlimited,
) -> AsyncIterator[Running]:
    """The whole server, answering; on the way out it drains. Its own keys are asked for unless an `authenticator` is given."""
    tls = guard.Tls.of(config)
    async with opened_database(config) as database:
        vault = Vault.of(config.encryption_key_file)
        await database.run(vault.check)
        store = JobStore(database, config.max_queued, vault=vault)
        guarding = await guard.guarded(config, database) if authenticator is None else guard.Guard(authenticator, quota)
        place = config.asset_url or config.data_dir / "assets"
        assets = await AssetStore.open(place, config.quota_bytes, config.garbage_age_s, BlobLock(database, vault))
        await assets.collect(await store.named_digests())
        catalogue = _catalogue(config)
        changes = Changes(database)
        await changes.start()
        watching = Watching(changes.created)
        drawing = Drawing(catalogue, store, assets, watching, comparing=config.originality == "flag")
        leases = Leases(store, config.lease_s, config.max_attempts)
        engine = JobEngine(store, leases, watching, drawing, config.max_running)
        metrics = Metrics(store, engine, catalogue)
        screen = Screen(Policy.read(config.content_policy), catalogue.sentences, Audit(database))
        server = grpc.aio.server(
            interceptors=[Edge(guarding.authenticator, metrics.seconds, config.stall_s)],
            options=[
                ("grpc.max_receive_message_length", config.max_message_bytes),
                ("grpc.so_reuseport", 0),
                ("grpc.max_allowed_incoming_connections", config.max_connections),
                ("grpc.server_handshake_timeout_ms", HANDSHAKE_MS),
                ("grpc.keepalive_time_ms", KEEPALIVE_MS),
                ("grpc.keepalive_timeout_ms", KEEPALIVE_TIMEOUT_MS),
                ("grpc.keepalive_permit_without_calls", 1),
                ("grpc.compression_enabled_algorithms_bitset", PLAIN),
                ("grpc.server.max_pending_requests", MAX_PENDING),
                ("grpc.server.max_pending_requests_hard_limit", MAX_PENDING),
                ("grpc.server_max_unrequested_time_in_server", MAX_PENDING_S),
            ],
        )
        generations = GenerationService(
            config, store, engine, watching, catalogue, assets, drawing, guarding.quota, screen
        )
        services = [
            partial(generation_service_pb2_grpc.add_GenerationServiceServicer_to_server, generations),
            partial(
                asset_service_pb2_grpc.add_AssetServiceServicer_to_server,
                AssetService(store, assets, changes, Credentials.of(config), config.provenance_prompts),
            ),
            partial(model_service_pb2_grpc.add_ModelServiceServicer_to_server, ModelService(catalogue)),
            partial(server_service_pb2_grpc.add_ServerServiceServicer_to_server, ServerService()),
        ]
        for add in services:
            add(server)
        alive = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(alive, server)
        names = [f"limner.v1.{name}" for name in SERVICES]
        reflection.enable_server_reflection([*names, health.SERVICE_NAME, reflection.SERVICE_NAME], server)
        try:
            if tls is None:
                port = server.add_insecure_port(config.listen)
            else:
                port = server.add_secure_port(config.listen, tls.credentials())
        except RuntimeError as error:
            raise ConfigError(
                f"listen: {config.listen} cannot be opened; is a server running there already?"
            ) from error
        door = opened_door(config, services, guarding.authenticator, metrics)
        stop_metrics = metrics.serve(config.metrics_listen, config.tls_certificate, config.tls_key)
        await engine.start()
        await server.start()
        for name in ["", *names]:
            await alive.set(name, health_pb2.HealthCheckResponse.SERVING)
        address = f"{config.listen.rpartition(':')[0]}:{port}"
        if not store.shared:
            folder.publish(config.data_dir, address)
        cleaning = asyncio.create_task(collecting(store, assets, config.garbage_interval_s))
        try:
            if door is not None:
                door.start()
            async with guard.watched(guarding):
                yield Running(address, door.address if door else None, engine, alive, server)
        finally:
            if door is not None:
                door.serving = False
            await alive.enter_graceful_shutdown()
            cleaning.cancel()
            await engine.drain(config.grace_s)
            await asyncio.gather(server.stop(STOP_S), *([door.stop(STOP_S)] if door else []))
            stop_metrics()
            await catalogue.close()
            await changes.close()
            store.close()


def opened_door(
    config: ServerConfig, services: Sequence[Add], authenticator: access.Authenticator, metrics: Metrics
) -> "Door | None":
    """The HTTP door, where one is wanted. What it needs is imported only then. Raises ConfigError."""
    if config.web is None:
        return None
    from limner.server.web.connect import Services
    from limner.server.web.door import NEVER_S, Door
    from limner.server.web.messages import read

    edge = Edge(authenticator, metrics.seconds, NEVER_S, read)
    return Door(config, config.web, Services(services, edge, config.max_message_bytes))


def _catalogue(config: ServerConfig) -> Catalogue:
    threads = config.intra_op_threads or os.cpu_count() or 1
    limit = config.max_model_bytes
    folders = [WEIGHTS, *config.model_dirs]
    terms = Terms(
        sandbox=config.device == "cpu",  # a GPU's driver needs its devices
        memory_bytes=config.worker_memory_bytes,
        stall_s=config.worker_stall_s,
        max_model_bytes=limit,
    )
    keys = [] if config.model_keys is None else read_keys(config.model_keys)
    worker = terms if config.worker == "process" and os.name == "posix" else None
    return Catalogue(
        folders, WEIGHTS, threads, config.max_batch, config.device, worker=worker, max_model_bytes=limit, keys=keys
    )


async def collecting(store: JobStore, assets: AssetStore, interval_s: float) -> None:
    """Delete now and then what nothing names any more."""
    while True:
        await asyncio.sleep(interval_s)
        try:
            await assets.collect(await store.named_digests())
        except Exception:  # a store that is away comes back
            log.exception("the asset store could not be cleaned")


@contextlib.asynccontextmanager
async def opened_database(config: ServerConfig) -> AsyncIterator[Database]:
    """The database: a Postgres that other processes share, or SQLite in a folder that no other process has meanwhile.

    SQLite stays with one process: its locks do not hold on network folders, it has one writer anyway, and a sole process
    takes up what its predecessor left at once instead of waiting for leases.
    """
    with contextlib.ExitStack() as stack:
        if config.database_url is None:
            stack.enter_context(folder.locked(config.data_dir))
            database: Database = await open_database(config.data_dir / "limner.db")
        else:
            config.data_dir.mkdir(parents=True, exist_ok=True)
            database = await open_shared(config.database_url)
        try:
            yield database
        finally:
            await database.dispose()


def serve(*, config_path: Path | None, listen: str | None, web: str | None, insecure: bool = False) -> None:
    """Run until SIGTERM or SIGINT, then drain. Raises ConfigError."""
    config = ServerConfig.read(config_path, os.environ)
    if listen is not None:
        config = replace(config, listen=listen)
    if insecure:
        config = replace(config, insecure=True)
    if web is not None:
        config = replace(config, web=web)
    logs.configure(config.log_level, config.log_format)
    few_arenas()
    sys.setswitchinterval(SWITCH_S)
    asyncio.run(_serve(config))


async def _serve(config: ServerConfig) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(config) as server:
        log.info("serving on %s", server.address)
        print(f"limner serves on {server.address}", flush=True)
        if server.web is not None:
            scheme = "http" if config.tls_certificate is None else "https"
            print(f"Studio and the HTTP door: {scheme}://{server.web}/", flush=True)
        await stop.wait()
        log.info("draining for up to %s s", config.grace_s)
