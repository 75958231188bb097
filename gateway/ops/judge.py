"""From what is known about a gateway to findings. Used by its page and by the doctor, so that both say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from domain.shelving import Shelf, Shelves
from gateway.ops.findings import Finding, bad, good, warning
from gateway.ops.overview import Disk, Overview
from gateway.ops.runs import CLEAN, Run
from gateway.ops.standing import Standing
from gateway.ops.words import size
from gateway.telemetry.command import local

DAY_MS = 86_400_000
MANY_STARTS = 5  # in a day; default, an update and a visit make three
BEHIND_S = 300.0  # default: a centre acknowledges in well under a second; five minutes are no hiccup
LOW_SHARE, LOW_BYTES = 0.15, 1_000_000_000  # both: 15 % of a large disk is no reason to drive out
FULL_BYTES = 100_000_000  # below this a database of the default size can no longer be packed
DROPPED = "outbox.dropped."


def judge(seen: Overview) -> list[Finding]:
    """Everything about a running gateway, most basic first."""
    durable = seen.durable
    findings = [_process(seen), release(seen.version, seen.standing), _database(seen)]
    findings += [] if seen.disk is None else [disk(seen.disk)]
    findings += [_link(seen.site_link, "site"), _link(seen.cloud_link, "cloud")]
    findings += refused(seen.status_refused)
    findings += [clear(address) for address in seen.in_clear]
    findings += endpoints(durable.endpoints, heard=seen.site_link)
    findings.append(shelved(durable.shelves, seen.at_ms))
    findings += outbox(durable.pending, durable.oldest_ms, durable.counters, seen.at_ms)
    findings += [quarantine(durable.quarantined), starts(durable.runs, seen.at_ms), _tasks(seen.failures)]
    return findings


def _process(seen: Overview) -> Finding:
    if seen.complaints:
        return bad("process", "hangs", why="; ".join(seen.complaints))
    return good("process", "running_since", boot=seen.boot, age=(seen.at_ms - seen.started_ms) / 1000)


def _database(seen: Overview) -> Finding:
    if seen.commit == "failing":
        return bad("database", "database_failing", why=seen.commit_error)
    if seen.commit == "stuck" or not seen.answered:
        return bad("database", "database_silent")
    if seen.databases_torn:
        return warning("database", "database_torn", count=seen.databases_torn, names="*.torn-*")
    return good("database", "database_good", size=size(seen.database_bytes))


def _link(up: bool, which: str) -> Finding:
    topic = f"{which}_broker"
    if up:
        return good(topic, "link_up")
    return bad(topic, "site_link_down") if which == "site" else warning(topic, "cloud_link_down")


def clear(address: str) -> Finding:
    """A connection that anybody on the way can read and change."""
    return bad("certificates", "broker_clear", address=address)


def refused(reason: str) -> list[Finding]:
    """The centre does not take our whole status, and is told less."""
    return [warning("cloud_broker", "status_refused", reason=reason)] if reason else []


def release(version: str, standing: Standing) -> Finding:
    """Which version, whether it is on trial, and whether another one failed."""
    if standing.on_trial is not None:
        noted = standing.on_trial
        return warning("release", "on_trial", version=noted.version, previous=noted.previous)
    if standing.failed is not None:
        return warning("release", "rolled_back", version=standing.failed.version, previous=standing.failed.previous)
    return good("release", "release_good", version=version)


def disk(found: Disk) -> Finding:
    """Room for what has to be kept."""
    facts = {"free": size(found.free), "total": size(found.total)}
    if found.free < FULL_BYTES:
        return bad("disk", "disk_full", **facts)
    if found.free < LOW_BYTES and found.share < LOW_SHARE:
        return warning("disk", "disk_low", **facts)
    return good("disk", "disk_good", **facts)


def outbox(pending: int, oldest_ms: int | None, counters: Mapping[str, int], now_ms: int) -> list[Finding]:
    """What the centre has not acknowledged, and what was given up."""
    age_s = 0.0 if oldest_ms is None else max(0, now_ms - oldest_ms) / 1000
    if not pending:
        findings = [good("outbox", "outbox_good")]
    elif age_s > BEHIND_S:
        findings = [warning("outbox", "outbox_behind", count=pending, age=age_s)]
    else:
        findings = [good("outbox", "outbox_waiting", count=pending, age=age_s)]
    dropped = {name.removeprefix(DROPPED): n for name, n in counters.items() if name.startswith(DROPPED) and n}
    if dropped:
        findings.append(warning("outbox", "outbox_dropped", counts=_counted(dropped)))
    return findings


def quarantine(by_reason: Mapping[str, int]) -> Finding:
    """Messages that could not be accepted."""
    if not by_reason:
        return good("quarantine", "quarantine_good")
    return warning("quarantine", "quarantine_some", count=sum(by_reason.values()), reasons=_counted(by_reason))


def endpoints(rows: Sequence[Mapping[str, Any]], *, heard: bool = True) -> list[Finding]:
    """Who is there, and which channels say nothing credible. Without a link nothing can be said of them."""
    offline = _names(rows, "offline")
    unknown = _names(rows, "unknown") if heard else ()
    findings = []
    if offline:
        findings.append(bad("endpoints", "endpoints_offline", count=len(offline), total=len(rows), names=offline))
    if unknown:
        findings.append(warning("endpoints", "endpoints_unknown", count=len(unknown), names=unknown))
    if not findings and heard:
        findings.append(good("endpoints", "endpoints_good", count=len(rows)))
    faulty = tuple(
        f"{row['device']} {channel} ({health.removeprefix('fault:')})"
        for row in rows
        for channel, health in row["channels"].items()
        if health.startswith("fault:")
    )
    found = bad("channels", "channels_faulty", count=len(faulty), names=faulty)
    return [*findings, found if faulty else good("channels", "channels_good")]


def shelved(shelves: Sequence[Shelf], now_ms: int) -> Finding:
    """What people keep back; where lives are concerned somebody is not protected."""
    held = Shelves(shelves).held(now_ms)
    names = tuple(
        f"{shelf.device or shelf.via} {'/'.join(shelf.kinds)} {shelf.author}: {shelf.reason} → {_end(shelf)}"
        for shelf in sorted(held, key=lambda shelf: not shelf.life_safety)
    )
    if any(shelf.life_safety for shelf in held):
        return bad("shelves", "shelves_lives", count=len(held), names=names)
    return warning("shelves", "shelves_hold", count=len(held), names=names) if held else good("shelves", "shelves_none")


def _end(shelf: Shelf) -> str:
    return local(shelf.until_ms)[:16]


def starts(runs: Sequence[Run], now_ms: int) -> Finding:
    """How often it had to start; the newest run comes first and has no end yet."""
    of_today = [run for run in runs if now_ms - run.started_ms < DAY_MS]
    ended_badly = sum(run.ended != CLEAN for run in of_today if run is not runs[0])
    if len(of_today) >= MANY_STARTS and ended_badly:
        return warning("starts", "starts_many", count=len(of_today), unclean=ended_badly)
    return good("starts", "starts_good", count=len(of_today))


def _tasks(failures: Mapping[str, int]) -> Finding:
    failed = {name: n for name, n in failures.items() if n}
    if failed:
        return warning("tasks", "tasks_failed", names=_counted(failed))
    return good("tasks", "tasks_good")


def _names(rows: Sequence[Mapping[str, Any]], state: str) -> tuple[str, ...]:
    return tuple(f"{row['device']} ({row['place']})" for row in rows if row["state"] == state)


def _counted(counts: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(f"{name} {n}" for name, n in sorted(counts.items(), key=lambda item: -item[1]))
