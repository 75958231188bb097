"""What the figures say beside their targets, and what is wrong, the worst first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cloud.review.alarms.span import Behind
from cloud.review.alarms.views import AlarmReport, Fault, Stream, Verdict
from domain.assessment.alarm_figures import LEVELS
from domain.assessment.alarm_targets import WINDOW_MS, AlarmTargets
from domain.incidents import Severity

NEAR = (Severity.WARNING, Severity.MINOR)  # shares that are aimed at; of the graver two less is better
FALSE_SHARE = 0.2  # default of ours: every fifth one false makes people slow
FALSE_SHARE_DEVICE = 0.5  # default of ours: of one device


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table. `told`: as the sensors told it, where that is another number."""

    name: str  # rate, peak, windows, flood, top, chattering, fleeting, stale, split.<severity>, life_accepted, ...
    unit: str  # number, share
    value: float | None
    told: float | None = None
    target: float | None = None
    sense: str = "most"  # most: up to the target; below: under it; least: so much or more; near; none
    verdict: Verdict = Verdict.NOTHING
    behind: Behind | None = None
    severity: str = ""
    hits: int | None = None  # so many
    of: int | None = None  # of so many; None where no share of alarms is meant


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it should be; `certain`: a fact, however short the span."""

    fault: Fault
    certain: bool = False


def figures(report: AlarmReport) -> tuple[Figure, ...]:
    """The table, in the order of the guides."""
    return tuple(_judged(report, one) for one in (*_pace(report), *_habits(report), *_split(report), *_life(report)))


def _judged(report: AlarmReport, one: Figure) -> Figure:
    """With its verdict. Numbers of life safety are facts; all others need a month."""
    if one.value is None or one.target is None:
        return one
    certain = one.name.startswith("life_")
    verdict = Verdict.GOOD if _meets(one, report.targets) else Verdict.POOR
    verdict = verdict if report.enough or certain else Verdict.SHORT
    names = {name: getattr(one, name) for name in Figure.__slots__}
    return Figure(**names | {"verdict": verdict})


def _meets(one: Figure, targets: AlarmTargets) -> bool:
    if one.value is None or one.target is None:
        return True
    if one.sense == "near":
        return abs(one.value - one.target) <= targets.split_slack
    if one.sense == "least":
        return one.value >= one.target
    return one.value < one.target if one.sense == "below" else one.value <= one.target


def _pace(report: AlarmReport) -> Iterator[Figure]:
    targets = report.targets

    def both(name: str, unit: str, of: Callable[[Stream], float | None], target: float, sense: str) -> Figure:
        return Figure(
            name=name, unit=unit, value=of(report.seen), told=of(report.told), target=target, sense=sense,
            behind=Behind.SEEN,
        )  # fmt: skip

    yield both("rate", "number", lambda one: one.pace.per(WINDOW_MS), targets.rate, "most")
    yield both("peak", "number", lambda one: one.pace.peak_each, targets.window_above, "most")
    yield both("windows", "share", lambda one: one.pace.busy_share, targets.windows_share, "below")
    yield both("flood", "share", lambda one: one.flood_share, targets.flood_share, "below")


def _habits(report: AlarmReport) -> Iterator[Figure]:
    targets = report.targets
    some = bool(report.told.pace.count)
    yield Figure(name="top", unit="share", value=report.top_share, target=targets.top_share)
    yield Figure(
        name="chattering", unit="number", value=report.chattering if some else None, target=0, behind=Behind.CHATTERING
    )
    yield Figure(
        name="stale", unit="number", value=report.stale_worst, target=targets.stale_a_day, sense="below",
        behind=Behind.STALE,
    )  # fmt: skip
    yield Figure(
        name="fleeting", unit="number", value=report.fleeting if some else None, sense="none", behind=Behind.FLEETING
    )
    rate = report.false_all
    share = rate.percent()
    yield Figure(
        name="false", unit="share", value=None if share is None else share / 100, sense="none", behind=Behind.VOID,
        hits=rate.hits, of=rate.of,
    )  # fmt: skip


def _split(report: AlarmReport) -> Iterator[Figure]:
    total = sum(report.split)
    for level, count in zip(LEVELS, report.split, strict=True):
        yield Figure(
            name=f"split.{level}", unit="share", value=count / total if total else None,
            target=report.targets.share_of(level), sense="near" if level in NEAR else "most", behind=Behind.SEEN,
            severity=str(level), hits=count, of=total,
        )  # fmt: skip


def _life(report: AlarmReport) -> Iterator[Figure]:
    """Of all alarms of life safety, each in time: no share of them is good enough."""
    rows = (
        ("life_accepted", report.life_answered[0].waits, Behind.LATE_ACCEPTED),
        ("life_told", report.life_told, Behind.LATE_TOLD),
        ("life_shown", report.life_shown, Behind.LATE_TOLD),
    )
    for name, waits, behind in rows:
        hits, of = waits.in_time or 0, (waits.in_time or 0) + (waits.late or 0)
        yield Figure(
            name=name, unit="share", value=hits / of if of else None, target=1.0, sense="least", behind=behind,
            hits=hits, of=of,
        )  # fmt: skip


_OF = {
    "rate": Fault.RATE, "peak": Fault.FLOODS, "windows": Fault.WINDOWS, "flood": Fault.FLOODS, "top": Fault.TOP,
    "chattering": Fault.CHATTERING, "stale": Fault.STALE, "life_accepted": Fault.SLOW_LIFE,
    "life_told": Fault.SLOW_LIFE,
}  # fmt: skip


def findings(report: AlarmReport) -> tuple[Finding, ...]:
    """What is wrong, the worst first, each once. Of a short span: what was seen, without a judgement."""
    found = {_OF.get(one.name, Fault.SPLIT) for one in figures(report) if _misses(report, one)}
    share = report.false_all.percent()
    if (share is not None and share > 100 * FALSE_SHARE) or any(
        (of_one := one.rate.percent()) is not None and of_one > 100 * FALSE_SHARE_DEVICE
        for one in report.false_by_device
    ):
        found.add(Fault.FALSE)
    if any(one.life_safety for one in report.shelved):
        found.add(Fault.SHELVED)
    if any(one.site_incidents for one in report.away):
        found.add(Fault.AWAY)
    certain = (Fault.SLOW_LIFE, Fault.SHELVED)
    return tuple(Finding(fault=fault, certain=fault in certain) for fault in Fault if fault in found)


def _misses(report: AlarmReport, one: Figure) -> bool:
    if one.name == "life_shown":
        return False  # said with life_told
    if one.name.startswith("split.") and sum(report.split) < 10 * len(LEVELS):
        return False  # so few have no shape
    if one.name == "top" and report.told.pace.count < 20 * report.targets.top:
        return False  # ten of twenty say nothing
    return not _meets(one, report.targets)
