"""Prometheus metrics beside LiteLLM's own, on its `/metrics`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from time import perf_counter
from typing import Any, TypeVar

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram

from ccproxy.facts import TokenCounter
from ccproxy.frozen import frozen
from ccproxy.gateway.records import AnswerRecord, DecisionRecord

DECISION_BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Seconds."""

Metric = TypeVar("Metric", Counter, Histogram)


@frozen
class Metrics:
    """The metrics of this process. If `PROMETHEUS_MULTIPROC_DIR` is set, prometheus_client adds up those of all workers.

    Methods never raise.
    """

    requests: Counter
    decisions: Counter
    failures: Counter
    reloads: Counter
    decision_seconds: Histogram
    tokenising_seconds: Histogram
    dollars: Counter
    shadow: Counter

    def decided(self, record: DecisionRecord) -> None:
        """Count one request."""
        # clients can name any model, and each would be a time series of its own
        label = "" if record.action == "keep" else record.label or ""
        with suppress(Exception):
            self.requests.inc()
            self.decisions.labels(record.action, label, record.rule or "").inc()
            self.decision_seconds.observe(record.seconds)

    def answered(self, record: AnswerRecord) -> None:
        """Add up what an answer cost."""
        with suppress(Exception):
            if record.dollars:
                self.dollars.labels(record.label, record.rule or "").inc(record.dollars)

    def failed(self) -> None:
        """Count a failure of the hook."""
        # a metric that fails must not fail the request: its file may be on a full disk
        with suppress(Exception):
            self.failures.inc()

    def shadowed(self, result: str) -> None:
        """Count what a candidate for the policy decided, against the policy: `same`, `elsewhere`, `undecided` or `failed`."""
        with suppress(Exception):
            self.shadow.labels(result).inc()

    def reloaded(self, good: bool) -> None:
        """Count a reload."""
        with suppress(Exception):
            self.reloads.labels("good" if good else "broken").inc()


def register_metrics(registry: CollectorRegistry = REGISTRY) -> Metrics:
    """Register the metrics in the registry that LiteLLM exposes, or return those that this process has registered before."""
    return Metrics(
        _metric(Counter, "ccproxy_requests", "Requests that reached the hook", registry=registry),
        _metric(Counter, "ccproxy_decisions", "Decisions by action, label and rule", ("action", "label", "rule"), registry=registry),
        _metric(Counter, "ccproxy_failures", "Failures of the policy or its predicates inside the hook", registry=registry),
        _metric(Counter, "ccproxy_reloads", "Policies read again after a change, good and broken ones", ("result",), registry=registry),
        _metric(Histogram, "ccproxy_decision_seconds", "Time that the hook took for a request", registry=registry),
        _metric(Histogram, "ccproxy_tokenising_seconds", "Time that it took to tokenise a text", registry=registry),
        _metric(Counter, "ccproxy_dollars", "Price of answers by the label that served, and by rule", ("label", "rule"), registry=registry),
        _metric(Counter, "ccproxy_shadow", "Requests by what the shadow policy decides against the policy", ("result",), registry=registry),
    )


def _metric(kind: type[Metric], name: str, meaning: str, labels: Sequence[str] = (), *, registry: CollectorRegistry) -> Metric:
    options: dict[str, Any] = {"buckets": DECISION_BUCKETS} if kind is Histogram else {}
    try:
        return kind(name, meaning, labels, registry=registry, **options)
    except ValueError:
        there = getattr(registry, "_names_to_collectors", {}).get(name)
        # metrics that are not exposed are better than a proxy that doesn't start
        return there if isinstance(there, kind) else kind(name, meaning, labels, registry=None, **options)


class TimedTokenCounter(TokenCounter):
    """A token counter that records in a histogram how long each text took."""

    seconds: Histogram | None = None

    def _tokenise(self, text: str) -> int:
        start = perf_counter()
        try:
            return super()._tokenise(text)
        finally:
            if self.seconds is not None:
                with suppress(Exception):
                    self.seconds.observe(perf_counter() - start)
