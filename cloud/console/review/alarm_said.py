"""What is wrong with the alarms, in words: what it is, what it means, what to do next and where."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote

from cloud.console.words import Words
from cloud.review.alarms.findings import Finding
from cloud.review.alarms.views import AlarmReport, Fault
from domain.assessment.alarm_targets import AlarmTargets
from domain.assessment.hours import HOUR_MS
from domain.assessment.periods import MINUTE_MS

Href = Callable[..., str]  # (what, **cut): the list behind a number


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing to see to."""

    fault: Fault
    certain: bool
    title: str
    why: str
    todo: str
    links: tuple[tuple[str, str], ...]  # (words, address)


def said_of(
    words: Words, report: AlarmReport, found: Iterable[Finding], href: Href, *, may_equip: bool
) -> tuple[Said, ...]:
    """In the order of the findings."""
    said = []
    for one in found:
        name, values = f"review.alarms.bad.{one.fault}", _values(report)[one.fault]
        links = _links(words, report, one.fault, href, may_equip=may_equip)
        texts = {part: words.t(f"{name}.{part}", **values) for part in ("title", "why", "todo")}
        said.append(Said(fault=one.fault, certain=one.certain, links=links, **texts))
    return tuple(said)


def _values(report: AlarmReport) -> dict[Fault, dict[str, object]]:
    """The numbers of each sentence."""
    whole, told, targets = report.life_answered[0].waits, report.life_told, report.targets
    top, limits = report.actors[0] if report.actors else None, limits_of(targets)
    return {
        Fault.SLOW_LIFE: {
            "late": whole.late, "of": whole.count, "limit": limits["accept_min"],
            "slow": told.late, "told": limits["told_s"],
        },
        Fault.FLOODS: {
            "n": len(report.seen.floods), "peak": f"{report.seen.pace.peak_each:.3g}", "above": targets.flood_above,
            "share": percent(report.seen.flood_share),
        },
        Fault.RATE: {"rate": f"{report.seen.pace.per(600_000) or 0:.2g}", "target": f"{targets.rate:g}"},
        Fault.WINDOWS: {"n": report.seen.pace.busy, "of": report.seen.pace.windows, "above": targets.window_above},
        Fault.CHATTERING: {"n": report.chattering, "devices": len(report.chatterers)},
        Fault.TOP: {
            "top": len(report.actors), "share": percent(report.top_share), "n": top.count if top else 0,
            "name": (top.place or top.device) if top else "",
        },
        Fault.STALE: {
            "n": report.stale_count, "worst": report.stale_worst, "target": targets.stale_a_day,
            "hours": limits["stale_h"],
        },
        Fault.SPLIT: {"critical": percent(_part(report, -1)), "warning": percent(_part(report, 0))},
        Fault.FALSE: {"void": report.false_all.hits, "of": report.false_all.of},
        Fault.SHELVED: {"n": sum(one.life_safety for one in report.shelved)},
        Fault.AWAY: {
            "sites": sum(bool(one.site_incidents) for one in report.away),
            "hours": f"{sum(one.site_ms for one in report.away) / HOUR_MS:.1f}",
        },
    }  # fmt: skip


def _part(report: AlarmReport, place: int) -> float:
    return report.split[place] / max(1, sum(report.split))


def limits_of(targets: AlarmTargets) -> dict[str, str]:
    """The limits that stand in the words of the figures: they can be configured."""
    found = {
        "above": targets.window_above, "top": targets.top, "chatter": targets.chatter_count,
        "chatter_s": targets.chatter_within_ms / 1000, "fleeting_s": targets.fleeting_below_ms / 1000,
        "stale_h": targets.stale_after_ms / HOUR_MS, "accept_min": targets.accept_ms / MINUTE_MS,
        "told_s": targets.transmit_ms / 1000, "shown_s": targets.shown_ms / 1000,
    }  # fmt: skip
    return {name: f"{limit:g}" for name, limit in found.items()}


def percent(share: float | None) -> str:
    """Of a share, with one digit at most; below a tenth of a percent it says so."""
    if share is None:
        return "—"
    return "<0.1%" if 0 < share < 0.001 else f"{round(100 * share, 1):g}%"


def _links(
    words: Words, report: AlarmReport, fault: Fault, href: Href, *, may_equip: bool
) -> tuple[tuple[str, str], ...]:
    """Where to go next: the alarms themselves first."""
    found: list[tuple[str, str]] = []
    if fault is Fault.SLOW_LIFE:
        found += [("late", href("late_accepted")), ("slow", href("late_told")), ("duty", "/duty")]
    elif fault in (Fault.CHATTERING, Fault.STALE):
        found.append(("list", href(str(fault))))
    elif fault is Fault.FALSE:
        found.append(("list", href("void")))
    elif fault is Fault.FLOODS:
        found.append(("floods", "#floods"))
    elif fault is Fault.SPLIT:
        found += [("list", href("seen", severity="critical"))]
    elif fault in (Fault.TOP, Fault.RATE, Fault.WINDOWS):
        found.append(("top", "#top"))
    elif fault is Fault.SHELVED:
        found.append(("shelved", "#shelved"))
    else:
        found.append(("away", "#away"))
    actors = report.chatterers if fault is Fault.CHATTERING else report.actors if fault is Fault.TOP else ()
    known = [one for one in actors if one.known][:1] if may_equip else []
    told = [(words.t(f"review.alarms.go.{word}"), address) for word, address in found]
    told += [
        (words.t("review.alarms.go.device", name=one.place or one.device), device_href(one.device)) for one in known
    ]
    return tuple(told)


def device_href(device: str) -> str:
    """The page of an endpoint: its limits, shelving, maintenance."""
    return f"/equipment/endpoints/{quote(device, safe='')}"
