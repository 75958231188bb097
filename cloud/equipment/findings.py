"""What is wrong with a gateway, as far as it told: what happened, and what to do, in order of weight. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cloud.equipment.views import GatewayView

SKEW_MS = 5_000  # GB 50440: 5 s, general knowledge, not read in the standard; a way of two seconds is part of it
DISK_BYTES = 500_000_000  # default of ours: a day of readings of a large site
OWED_MS = 120_000  # default of ours: two minutes is longer than any drain of a link that is up
OFTEN = 3  # starts within a day; default of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to look at; `bad`: now, otherwise when there is time. `values`: of its text."""

    code: str
    bad: bool = True
    n: int = 0
    span_ms: int = 0
    values: dict[str, str] = field(default_factory=dict)


def findings(view: GatewayView, failed_updates: int, now_ms: int) -> tuple[Finding, ...]:
    """The gravest first. A gateway that says nothing has one above all: the rest is its last word."""
    found = [*_silence(view, now_ms), *_link(view, now_ms), *_box(view), *_runs(view)]
    if failed_updates:
        found.append(Finding(code="update_failed", n=failed_updates, bad=False))
    if view.row.quarantine:
        found.append(Finding(code="refused", n=view.row.quarantine, bad=False))
    return tuple(sorted(found, key=lambda one: not one.bad))


def _silence(view: GatewayView, now_ms: int) -> Iterator[Finding]:
    if view.row.state != "online":
        yield Finding(code="silent", span_ms=now_ms - (view.row.last_seen_ms or now_ms))
        return
    skew_ms = view.skew_ms or 0
    if view.software and abs(skew_ms) >= SKEW_MS:
        yield Finding(code="clock_ahead" if skew_ms > 0 else "clock_behind", span_ms=abs(skew_ms))


def _link(view: GatewayView, now_ms: int) -> Iterator[Finding]:
    if view.site_link == "down":
        yield Finding(code="site_link")
    oldest_ms = view.oldest_owed_ms
    if oldest_ms is not None and view.row.outbox_pending and now_ms - oldest_ms >= OWED_MS:
        yield Finding(code="owed", n=view.row.outbox_pending, span_ms=now_ms - oldest_ms)
    if view.row.dropped:
        yield Finding(code="dropped", n=view.row.dropped)


def _box(view: GatewayView) -> Iterator[Finding]:
    free = view.whole("disk_free")
    if free is not None and free < DISK_BYTES:
        yield Finding(code="disk", n=free // 1_000_000)
    if view.row.databases_torn:
        yield Finding(code="torn", n=view.row.databases_torn)


def _runs(view: GatewayView) -> Iterator[Finding]:
    starts = view.whole("starts_day") or 0
    if starts >= OFTEN:
        yield Finding(code="often", n=starts)
    elif view.last_end == "killed":
        yield Finding(code="killed", bad=False)
    if view.failures:
        names = ", ".join(f"{name} {n}" for name, n in view.failures.items())
        yield Finding(code="failures", n=sum(view.failures.values()), values={"names": names}, bad=False)


def reason_of(code: str) -> str:
    """Which sentence tells why a message was refused; codes of one family have one."""
    for start, name in (("cloud:", "centre"), ("bad_", "field")):
        if code.startswith(start):
            return name
    return code
