"""What the server counts, in the format of Prometheus."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 10_000)


class Measures:
    """Of one server, since it was started."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = self._counter("rookery_requests", "Requests to /predict, by status", ["status"])
        self.errors = self._counter("rookery_errors", "Requests to /predict that got no predictions")
        self.rows = self._counter("rookery_rows", "Rows predicted")
        self.seconds = self._histogram("rookery_request_seconds", "From a request to its answer", _SECONDS)
        self.batches = self._histogram("rookery_batch_rows", "Rows in one pass of the network", _ROWS)

    def answered(self, status: int, seconds: float, rows: int) -> None:
        """A request to /predict."""
        self.requests.labels(str(status)).inc()
        self.seconds.observe(seconds)
        if status == 200:
            self.rows.inc(rows)
        else:
            self.errors.inc()

    def text(self) -> bytes:
        """What GET /metrics answers."""
        return generate_latest(self.registry)

    def _counter(self, name: str, what: str, labels: Sequence[str] = ()) -> Counter:
        return Counter(name, what, labels, registry=self.registry)

    def _histogram(self, name: str, what: str, buckets: Sequence[float]) -> Histogram:
        return Histogram(name, what, buckets=buckets, registry=self.registry)
