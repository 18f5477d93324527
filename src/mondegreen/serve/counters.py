"""What the server counts, for Prometheus: times, outcomes and loads, and nothing that was said."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import MissingExtra
from ..types import ALL, Decided, Event, Final, Understanding

try:
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
except ImportError as error:
    raise MissingExtra("mondegreen serve", "serve") from error

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0)


class Counters:
    """The numbers of one server, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "mondegreen_requests", "Requests by interface, route and status.",
            ["interface", "route", "status"], registry=self.registry,
        )  # fmt: skip
        self.seconds = Histogram(
            "mondegreen_request_seconds", "From the request to its reply.",
            ["interface", "route"], buckets=_SECONDS, registry=self.registry,
        )  # fmt: skip
        self._results = Counter(
            "mondegreen_results", "Utterances by what became of them.", ["status"],
            registry=self.registry,
        )  # fmt: skip
        self._audio = Counter(
            "mondegreen_audio_seconds", "Speech understood.", registry=self.registry
        )
        self._compute = Histogram(
            "mondegreen_compute_seconds", "Time that an utterance took to understand.",
            buckets=_SECONDS, registry=self.registry,
        )  # fmt: skip
        self._decisions = Counter(
            "mondegreen_early_decisions", "Meanings decided before the speaker had stopped.",
            registry=self.registry,
        )  # fmt: skip

    def watch(self, name: str, about: str, value: Callable[[], float]) -> None:
        """A number that is asked for whenever somebody looks."""
        Gauge(f"mondegreen_{name}", about, registry=self.registry).set_function(value)

    def count(self, event: Event | Understanding) -> None:
        """What was understood, or happened in a stream."""
        if isinstance(event, Decided) and event.part == ALL:
            self._decisions.inc()
        result = event.result if isinstance(event, Final) else event
        if isinstance(result, Understanding):
            self._results.labels(result.status).inc()
            self._audio.inc(result.audio_seconds)
            self._compute.observe(result.compute_ms / 1000)

    def text(self) -> bytes:
        """All numbers in Prometheus' text format."""
        return generate_latest(self.registry)
