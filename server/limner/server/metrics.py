"""Figures for Prometheus, read when the page is asked for."""

from collections.abc import Callable, Iterable
from pathlib import Path

from prometheus_client import CollectorRegistry, Histogram, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from limner.server.catalogue import Catalogue
from limner.server.engine import JobEngine
from limner.server.errors import ConfigError
from limner.server.jobs import JobStore


class Figures(Collector):
    """What the server does now and did since it started."""

    def __init__(self, store: JobStore, engine: JobEngine, catalogue: Catalogue) -> None:
        self._store, self._engine, self._catalogue = store, engine, catalogue

    def collect(self) -> Iterable[Metric]:
        yield GaugeMetricFamily("limner_queue_depth", "Generations that wait", value=self._store.queued)
        yield GaugeMetricFamily("limner_running", "Generations being drawn", value=self._engine.running)
        hits = CounterMetricFamily("limner_cache_hits", "Generations answered from the store", labels=["model"])
        pictures = CounterMetricFamily("limner_pictures", "Pictures drawn", labels=["model"])
        calls = CounterMetricFamily("limner_network_calls", "Calls of the network", labels=["model"])
        rows = CounterMetricFamily(
            "limner_network_rows", "Rows in those calls; over the calls: batch fill", labels=["model"]
        )
        seconds = CounterMetricFamily(
            "limner_network_seconds", "Time in those calls; over them: step time", labels=["model"]
        )
        for name, entry in self._catalogue.entries.items():
            hits.add_metric([name], entry.cache_hits)
            pictures.add_metric([name], entry.pictures)
            if entry.model is not None:
                tally = entry.model.batcher.tally
                calls.add_metric([name], tally.calls)
                rows.add_metric([name], tally.rows)
                seconds.add_metric([name], tally.compute_s)
        yield from (hits, pictures, calls, rows, seconds)


class Metrics:
    """The figures of one server, in a registry of its own."""

    def __init__(self, store: JobStore, engine: JobEngine, catalogue: Catalogue) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(Figures(store, engine, catalogue))
        self.seconds = Histogram(
            "limner_request_seconds", "Time to answer a call", ["method", "code"], registry=self.registry
        )

    def serve(self, listen: str | None, certificate: Path | None = None, key: Path | None = None) -> Callable[[], None]:
        """Serve the page at HOST:PORT, or nothing when there is no address; returns what ends it. Raises ConfigError.

        With a `certificate` and its `key`, over TLS.
        """
        if not listen:
            return lambda: None
        host, _, port = listen.rpartition(":")
        try:
            server, thread = start_http_server(
                int(port), host, self.registry, certfile=_text(certificate), keyfile=_text(key)
            )
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"metrics_listen: {listen!r} cannot be opened ({error}); write HOST:PORT with a free port"
            ) from error

        def stop() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        return stop


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
