"""Numbers as Prometheus reads them: what a process says of itself, and what every process says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Present(Protocol):
    """What one scrape says."""

    def collect(self) -> Iterator[Metric]:
        """All families."""


class _Collector:
    def __init__(self, present: Present) -> None:
        self._present = present

    def collect(self) -> Iterator[Metric]:
        """As prometheus_client asks for them."""
        return self._present.collect()


def exposition(present: Present) -> bytes:
    """What `/metrics` answers: this, and processor time, memory and files of the process."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(present))
    ProcessCollector(registry=registry)
    return generate_latest(registry)
