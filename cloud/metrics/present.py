"""What one scrape of the centre says. Every number of /readyz appears, those that nobody thought of here too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from cloud.metrics.families import ANY, FAMILIES, INFO, REQUESTS, SECONDS, Family
from cloud.metrics.requests import Seen
from runtime.release import software

PREFIX = "gridwhistle_centre_"
Numbers = Mapping[tuple[str, ...], float]


class Present:
    """`checks` are those of /readyz; `more` is for those who may read metrics only."""

    def __init__(
        self, checks: Mapping[str, Callable[[], object]], more: Mapping[str, Callable[[], object]], seen: Seen
    ) -> None:
        self._checks = checks
        self._more = more
        self._seen = seen

    def collect(self) -> Iterator[Metric]:
        """All families."""
        info = GaugeMetricFamily(PREFIX + INFO, "Which release this is.", labels=["software"])
        info.add_metric([software()], 1)
        yield info
        checks = {name: check() for name, check in self._checks.items()}
        ready = all(value is not False for value in checks.values())
        yield from families({"ready": ready, **checks, **{name: look() for name, look in self._more.items()}})
        yield from self._requests()

    def _requests(self) -> Iterator[Metric]:
        seconds = HistogramMetricFamily(PREFIX + SECONDS, "Time until an answer begins.", labels=["route"])
        for route, histogram in self._seen.seconds.items():
            seconds.add_metric([route], buckets=histogram.buckets, sum_value=histogram.sum_s)
        answers = CounterMetricFamily(PREFIX + REQUESTS, "Answers by status.", labels=["route", "code"])
        for (route, code), count in sorted(self._seen.answers.copy().items()):
            answers.add_metric([route, str(code)], count)
        yield from (seconds, answers)


def families(found: Mapping[str, object]) -> Iterator[Metric]:
    """What parts say of themselves, as families; those without a number do not appear."""
    rows: dict[Family, dict[tuple[str, ...], float]] = {family: {} for family in FAMILIES}
    for path, value in numbers(found).items():
        family, labels = place(path)
        rows[family][labels] = value * family.scale
    for family, row in rows.items():
        make = CounterMetricFamily if family.counter else GaugeMetricFamily
        metric = make(PREFIX + family.name, family.says, labels=family.labels)
        for labels, value in sorted(row.items()):
            metric.add_metric(labels, value)
        if row:
            yield metric


def numbers(found: object, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], float]:
    """Each number by the way to it. A text is 1 where it says something, a name in a list is 1."""
    if isinstance(found, Mapping):
        below = [numbers(value, (*path, str(name))) for name, value in found.items()]
        return {way: value for part in below for way, value in part.items()}
    if isinstance(found, list | tuple | set | frozenset):
        return {(*path, str(name)): 1.0 for name in found}
    if isinstance(found, int | float):
        return {path: float(found)}
    return {path: float(bool(found))}


def place(path: tuple[str, ...]) -> tuple[Family, tuple[str, ...]]:
    """Its family and its labels."""
    for family in FAMILIES[:-1]:
        if len(family.path) == len(path) and all(map(_fits, family.path, path)):
            return family, tuple(one for step, one in zip(family.path, path, strict=True) if step == ANY or "|" in step)
    return FAMILIES[-1], (".".join(path),)


def _fits(step: str, one: str) -> bool:
    return step in (ANY, one) or ("|" in step and one in step.split("|"))
