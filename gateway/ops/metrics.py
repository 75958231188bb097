"""An overview as Prometheus metrics. Every counter of the gateway appears, those that nobody thought of here too."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from gateway.ops.overview import Overview
from gateway.pulse.latency import Latency
from gateway.store.outbox import DROPPABLE

PREFIX = "gridwhistle_gateway_"
# counters with a family of their own: beginning of the name -> (family, label, help)
FAMILIES = {
    "received.": ("received", "kind", "Messages of endpoints by kind of topic."),
    "outbox.dropped.": ("outbox_dropped", "priority", "Messages given up because the outbox was full."),
    "quarantined.": ("rejected", "reason", "Messages refused and put into quarantine."),
}


class Present:
    """What one scrape says."""

    def __init__(self, overview: Overview, latency: Latency) -> None:
        self._overview = overview
        self._latency = latency

    def collect(self) -> Iterator[Metric]:
        """All families."""
        yield from self._gauges()
        yield from self._counters()
        yield from self._endpoints()
        yield self._latencies()

    def _gauges(self) -> Iterator[Metric]:
        seen, durable = self._overview, self._overview.durable
        oldest_s = 0.0 if durable.oldest_ms is None else max(0.0, (seen.at_ms - durable.oldest_ms) / 1000)
        info = GaugeMetricFamily(PREFIX + "info", "Who this is.", labels=["site", "gateway", "software"])
        info.add_metric([seen.site, seen.gateway, seen.software], 1)
        yield info
        values: list[tuple[str, str, float]] = [
            ("ready", "1 while it commits and hears its endpoints.", seen.ready),
            ("commits", "1 while the last proof was committed.", seen.commit == "good"),
            ("starving", "Reasons for which the watchdog is not fed.", len(seen.complaints)),
            ("site_link_up", "1 while connected to the endpoints' broker.", seen.site_link),
            ("cloud_link_up", "1 while connected to the centre's broker.", seen.cloud_link),
            ("status_refused", "1 while the centre does not take its whole status.", bool(seen.status_refused)),
            ("outbox_messages", "Messages that the centre has not acknowledged.", durable.pending),
            ("outbox_bytes", "Their bytes.", durable.pending_bytes),
            ("outbox_oldest_seconds", "Age of the oldest of them.", oldest_s),
            ("quarantine_messages", "Refused messages that are kept.", sum(durable.quarantined.values())),
            ("database_bytes", "Size of its database.", seen.database_bytes),
            ("databases_torn", "Broken databases put aside since the start.", seen.databases_torn),
            ("start_time_seconds", "Start of this run.", seen.started_ms / 1000),
            ("boot", "Number of this start.", seen.boot),
        ]
        if seen.disk is not None:
            values += [
                ("disk_free_bytes", "Room on the disk of its data.", seen.disk.free),
                ("disk_size_bytes", "Size of that disk.", seen.disk.total),
            ]
        for name, help_text, value in values:
            yield GaugeMetricFamily(PREFIX + name, help_text, value=float(value))

    def _counters(self) -> Iterator[Metric]:
        families = {
            start: CounterMetricFamily(PREFIX + name, text, labels=[label])
            for start, (name, label, text) in FAMILIES.items()
        }
        rest = CounterMetricFamily(PREFIX + "counted", "Everything else that it counts, by name.", labels=["name"])
        # of what is not there before the first time, Prometheus sees no increase then
        nothing = {f"outbox.dropped.{priority.name.lower()}": 0 for priority in DROPPABLE}
        for name, n in (nothing | dict(self._overview.durable.counters)).items():
            start = next((start for start in families if name.startswith(start)), None)
            if start is None:
                rest.add_metric([name], n)
            else:
                families[start].add_metric([name.removeprefix(start)], n)
        failures = CounterMetricFamily(PREFIX + "task_failures", "Inner tasks started again.", labels=["task"])
        for task, n in self._overview.failures.items():
            failures.add_metric([task], n)
        yield from (*families.values(), rest, failures)

    def _endpoints(self) -> Iterator[Metric]:
        rows = self._overview.durable.endpoints
        states = Tally(str(row["state"]) for row in rows)
        by_state = GaugeMetricFamily(PREFIX + "endpoints", "Endpoints by presence.", labels=["state"])
        for state in ("online", "offline", "unknown"):
            by_state.add_metric([state], states[state])
        faulty = sum(str(health).startswith("fault:") for row in rows for health in row["channels"].values())
        yield by_state
        yield GaugeMetricFamily(PREFIX + "channels_faulty", "Channels without a credible value.", value=float(faulty))

    def _latencies(self) -> Metric:
        family = HistogramMetricFamily(PREFIX + "hop_seconds", "How long a hop takes.", labels=["hop"])
        for hop, histogram in self._latency.hops.items():
            family.add_metric([hop], buckets=histogram.buckets, sum_value=histogram.sum_s)
        return family
