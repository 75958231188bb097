"""The figures of the alarms as rows of a file: what the page shows, with numbers that can be reckoned with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cloud.console.review.alarm_said import limits_of
from cloud.console.words import Words
from cloud.review.alarms.findings import Figure, figures
from cloud.review.alarms.views import Actor, AlarmReport, Answered, FalseAlarms, Stream
from domain.assessment.alarm_figures import Waits

Row = tuple[str, ...]
DECIMALS = 4


def rows_of(words: Words, report: AlarmReport) -> Iterator[Row]:
    """Every table, each under its heading."""
    t, limits = words.t, limits_of(report.targets)
    yield (
        t("review.alarms.positions"),
        _number(report.positions.count),
        t(f"review.alarms.how.{report.positions.how}"),
    )
    if not report.enough:
        yield (t("review.alarms.short", days=_number(report.days_counted), least=report.targets.days),)
    yield ()
    yield _head(words, "figure", "value", "as_told", "target", "verdict", "counted")
    for one in figures(report):
        yield _figure(words, one, limits)
    yield ()
    yield _head(words, "day", "seen", "seen_peak", "told", "told_peak", "stale")
    for day in report.days:
        numbers = (day.seen, day.seen_peak, day.told, day.told_peak, day.stale)
        yield (words.date(day.from_ms), *map(str, numbers))
    yield from _floods(words, "seen", report.seen)
    yield from _floods(words, "told", report.told)
    yield from _actors(words, "top", report.actors)
    yield from _actors(words, "chatterers", report.chatterers)
    yield from _answers(words, report)
    yield from _false(words, report)
    yield from _beside(words, report)


def _head(words: Words, *names: str) -> Row:
    return tuple(words.t(f"review.alarms.col.{name}") for name in names)


def _figure(words: Words, one: Figure, limits: dict[str, str]) -> Row:
    counted = f"{one.hits} / {one.of}" if one.of else ""
    name, verdict = words.t(f"review.alarms.f.{one.name}", **limits), words.t(f"review.alarms.verdict.{one.verdict}")
    return (name, _number(one.value), _number(one.told), _number(one.target), verdict, counted)


def _floods(words: Words, name: str, stream: Stream) -> Iterator[Row]:
    yield ()
    yield (words.t(f"review.alarms.floods.{name}"),)
    yield _head(words, "begin", "end", "minutes", "count", "peak")
    for one in stream.floods:
        minutes = _number((one.end_ms - one.begin_ms) / 60_000)
        yield (_at(words, one.begin_ms), _at(words, one.end_ms), minutes, str(one.count), str(one.peak))


def _actors(words: Words, name: str, actors: Iterable[Actor]) -> Iterator[Row]:
    yield ()
    yield (words.t(f"review.alarms.{name}"),)
    yield _head(words, "source", "kind", "place", "rules", "count", "share", "chattering", "fleeting", "void")
    for one in actors:
        rules = ", ".join(words.code("rule", rule) for rule in one.rules)
        numbers = (one.chattering, one.fleeting, one.void)
        kind = words.code("kind", one.kind)
        yield (one.device, kind, one.place, rules, str(one.count), _number(one.share), *map(str, numbers))


def _answers(words: Words, report: AlarmReport) -> Iterator[Row]:
    yield ()
    yield _head(words, "whom", "count", "done", "median_s", "p90_s", "worst_s", "in_time")
    for one in report.life_answered:
        yield _waits(_whom(words, one, "kind"), one.waits)
    yield _waits(words.t("review.alarms.f.life_told", **limits_of(report.targets)), report.life_told)
    for one in report.answered:
        yield _waits(_whom(words, one, "severity"), one.waits)


def _whom(words: Words, one: Answered, group: str) -> str:
    return words.t(f"review.alarms.all.{group}") if one.name == "all" else words.code(group, one.name)


def _waits(name: str, waits: Waits) -> Row:
    times = (waits.median_ms, waits.p90_ms, waits.worst_ms)
    seconds = ("" if ms is None else _number(ms / 1000) for ms in times)
    return (name, str(waits.count), str(waits.done), *seconds, "" if waits.in_time is None else str(waits.in_time))


def _false(words: Words, report: AlarmReport) -> Iterator[Row]:
    yield ()
    yield _head(words, "false", "place", "void", "ended")
    groups: tuple[tuple[str, tuple[FalseAlarms, ...]], ...] = (
        ("", report.false_by_device), ("kind", report.false_by_kind), ("", report.false_by_site),
    )  # fmt: skip
    for group, rows in groups:
        for one in rows:
            name = words.code(group, one.name) if group else one.name
            yield (name, one.place, str(one.rate.hits), str(one.rate.of))


def _beside(words: Words, report: AlarmReport) -> Iterator[Row]:
    yield ()
    yield _head(words, "stale", "kind", "place", "begin")
    for row in report.stale:
        yield (row.device, words.code("kind", row.kind), row.place, _at(words, row.raised_ms))
    yield ()
    yield _head(words, "shelved", "place", "kinds", "person", "reason", "begin", "end")
    for kept in report.shelved:
        kinds = ", ".join(words.code("kind", kind) for kind in kept.kinds) or words.t("review.alarms.kinds.all")
        begin = "" if kept.from_ms is None else _at(words, kept.from_ms)
        yield (kept.device, kept.place, kinds, kept.person, kept.reason, begin, _at(words, kept.until_ms))
    yield ()
    yield _head(words, "away", "count", "devices", "of_devices", "hours", "site_count", "site_hours")
    for one in report.away:
        hours, site_hours = _number(one.total_ms / 3_600_000), _number(one.site_ms / 3_600_000)
        counts = (str(one.incidents), str(one.devices), str(one.of_devices))
        yield (one.site, *counts, hours, str(one.site_incidents), site_hours)


def _at(words: Words, at_ms: int) -> str:
    return f"{words.date(at_ms)} {words.clock(at_ms)}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{round(value, DECIMALS):g}"
