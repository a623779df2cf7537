"""`GET /metrics` for Prometheus: requests, tasks by status, credits. Off by default.

Labels are methods, routes and statuses; they name no key, task or file.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from suno_tui.server.database import Database

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

    def __init__(self, ledger: Database) -> None:
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

    def count(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count a request."""
        where = route_of(path)
        known = method if method in ("GET", "POST", "HEAD") else "other"
        self._requests.labels(known, where, str(status)).inc()
        self._seconds.labels(where).observe(seconds)

    def text(self) -> bytes:
        """Return all figures in Prometheus' text format."""
        return generate_latest(self.registry)


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
