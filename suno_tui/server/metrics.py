"""`GET /metrics` for Prometheus: requests, tasks, credits, renders, storage. Off by default.

Labels are methods, routes and statuses; they name no key, task or file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from suno_tui.server.database import Database
from suno_tui.server.render_queue import RenderFigures
from suno_tui.server.storage import STORAGE_TROUBLES

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

ROUTES = ("/v1/music/generations", "/v1/credits", "/healthz", "/metrics", "/openapi.json")


def route_of(path: str) -> str:
    """Return the route of a path, so that no label contains text from a client."""
    for prefix, name in (("/v1/tasks/", "/v1/tasks/{taskId}"), ("/files/", "/files/{name}")):
        if path.startswith(prefix):
            return name
    return path if path in ROUTES else "other"


class Metrics:
    """The counters of one service, in a registry of their own."""

    def __init__(self, ledger: Database, figures: Callable[[], RenderFigures]) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "suno_tui_requests_total",
            "Requests answered",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "suno_tui_request_seconds", "Time to answer", ["route"], registry=self.registry
        )
        self.registry.register(_LedgerCollector(ledger))
        self.registry.register(_RenderCollector(figures))

    def count(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count a request."""
        where = route_of(path)
        known = method if method in ("GET", "POST", "HEAD") else "other"
        self._requests.labels(known, where, str(status)).inc()
        self._seconds.labels(where).observe(seconds)

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self.registry)


class _RenderCollector(Collector):
    """Figures of the render queue and the storage, read at each request for `/metrics`."""

    def __init__(self, figures: Callable[[], RenderFigures]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        now = self._figures()
        for name, text, value in (
            ("renders_in_flight", "Takes that are being made or are next", now.in_flight),
            ("renders_waiting", "Takes that wait for their turn", now.waiting),
            ("render_workers", "Takes that can be made at once", now.at_once),
            ("storage_ready", "1 if files can be stored, else 0", int(now.storage_trouble is None)),
        ):
            yield GaugeMetricFamily(f"suno_tui_{name}", text, value=value)
        for name, text, total in (
            ("render_retries", "Takes begun again after a process was lost", now.retries),
            ("rendered_audio_seconds", "Seconds of audio made", now.audio_seconds),
        ):
            yield CounterMetricFamily(f"suno_tui_{name}", text, value=total)
        failures = CounterMetricFamily(
            "suno_tui_storage_failures", "Failures of the storage", labels=["kind"]
        )
        for kind in STORAGE_TROUBLES:
            failures.add_metric([kind], now.storage_failures.get(kind, 0))
        yield failures


class _LedgerCollector(Collector):
    """Figures from the ledger, read at each request for `/metrics`."""

    def __init__(self, ledger: Database) -> None:
        self._ledger = ledger

    def collect(self) -> Iterator[Metric]:
        db = self._ledger
        tasks = GaugeMetricFamily("suno_tui_tasks", "Tasks by status", labels=["status"])
        counts = dict.fromkeys(("pending", "processing", "completed", "failed"), 0)
        counts |= {
            row[0]: row[1] for row in db.run("SELECT status, count(*) FROM tasks GROUP BY status")
        }
        for status, count in counts.items():
            tasks.add_metric([status], count)
        yield tasks
        money = GaugeMetricFamily("suno_tui_credits", "Credits of all users", labels=["kind"])
        row = db.row("SELECT total(purchased), total(balance), total(consumed) FROM users")
        assert row is not None
        for kind, figure in zip(("purchased", "balance", "consumed"), row, strict=True):
            money.add_metric([kind], figure)
        yield money
        yield GaugeMetricFamily(
            "suno_tui_callbacks_waiting",
            "Callbacks that are still to be sent",
            value=db.value("SELECT count(*) FROM callbacks WHERE next_at IS NOT NULL"),
        )
