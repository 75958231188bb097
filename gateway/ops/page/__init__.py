"""The page of a technician who stands beside the gateway: what is wrong, what it means, what to do. It only shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from gateway.ops.findings import Finding, Level, worst
from gateway.ops.judge import judge
from gateway.ops.overview import Overview
from gateway.ops.words import Said, duration, say, size, words_of
from gateway.pulse.latency import Latency

FOLDER = Path(__file__).parent
CSS = (FOLDER / "page.css").read_text(encoding="utf-8")
SHOWN = 200  # endpoints; those with something wrong come first
ORDER = ("offline", "unknown", "online")
REFRESH_S = 10
LOCAL = timezone(timedelta(hours=8))  # one zone for the whole country


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One finding as the page shows it."""

    level: str
    word: str
    said: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointLine:
    """One endpoint as the page shows it."""

    device: str
    kind: str
    place: str
    state: str
    word: str
    heard: str
    faults: tuple[str, ...]


@cache
def _template() -> Template:
    loader = FileSystemLoader(FOLDER)
    made = Environment(
        loader=loader, autoescape=select_autoescape(), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return made.get_template("page.html")


def render(seen: Overview, latency: Latency, lang: str) -> str:
    """The page in one language."""
    words = words_of(lang)
    findings = judge(seen)
    lines = [
        Line(level=finding.level.name.lower(), word=words.LEVELS[finding.level], said=say(finding, lang))
        for finding in sorted(findings, key=lambda finding: -finding.level)
    ]
    counts = {level: sum(finding.level is level for finding in findings) for level in Level}
    verdict = words.VERDICT.format(bad=counts[Level.BAD], warnings=counts[Level.WARNING])
    rows = _endpoints(seen, words)
    text = _template().render(
        lang=lang,
        words=words.PAGE,
        seen=seen,
        refresh_s=REFRESH_S,
        level=worst(findings).name.lower(),
        verdict=words.ALL_WELL if worst(findings) is Level.GOOD else verdict,
        means=words.MEANS,
        do=words.DO,
        now=_local(seen.at_ms),
        tiles=_tiles(seen, findings, words),
        problems=[line for line in lines if line.level != "good"],
        checks=[line for line in lines if line.level == "good"],
        rows=rows[:SHOWN],
        more=len(rows) - SHOWN,
        hops=_hops(latency, words),
    )
    return str(text)


def _local(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, LOCAL).strftime("%Y-%m-%d %H:%M:%S")


def _tiles(seen: Overview, findings: Sequence[Finding], words: ModuleType) -> list[tuple[str, str, str]]:
    """(name, value, level) of the figures that are read first; each has the level of what was found about it."""

    def level(topic: str) -> str:
        return worst([finding for finding in findings if finding.topic == topic]).name.lower()

    rows, page = seen.durable.endpoints, words.PAGE
    there = sum(row["state"] == "online" for row in rows)
    tiles = [
        (page["online_of"], f"{there}/{len(rows)}", level("endpoints")),
        (page["site_link"], page["up" if seen.site_link else "down"], level("site_broker")),
        (page["cloud_link"], page["up" if seen.cloud_link else "down"], level("cloud_broker")),
        (page["owed"], f"{seen.durable.pending:,}", level("outbox")),
    ]
    return tiles if seen.disk is None else [*tiles, (page["free"], size(seen.disk.free), level("disk"))]


def _endpoints(seen: Overview, words: ModuleType) -> list[EndpointLine]:
    lines = [_endpoint(row, seen.at_ms, words) for row in seen.durable.endpoints]
    return sorted(lines, key=lambda line: (ORDER.index(line.state), not line.faults, line.device))


def _endpoint(row: Mapping[str, Any], now_ms: int, words: ModuleType) -> EndpointLine:
    heard_ms = row["last_seen_ms"]
    age = "" if heard_ms is None else duration(max(0, now_ms - heard_ms) / 1000, words)
    bad = {name: health.removeprefix("fault:") for name, health in row["channels"].items() if ":" in health}
    return EndpointLine(
        device=row["device"],
        kind=words.KINDS.get(row["kind"], row["kind"]),
        place=row["place"],
        state=row["state"],
        word=words.PAGE[row["state"]],
        heard=words.PAGE["ago"].format(age=age) if age else words.PAGE["never"],
        faults=tuple(f"{name}: {reason}" for name, reason in bad.items()),
    )


def _hops(latency: Latency, words: ModuleType) -> list[tuple[str, str, str, str, int]]:
    """(hop, half, 99 %, worst, count)."""

    def said(seconds: float | None) -> str:
        if seconds is None:
            return "—"
        return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"

    def within(seconds: float | None) -> str:
        text = said(seconds)
        return text if seconds is None else words.PAGE["within"].format(seconds=text)

    return [
        (
            words.HOPS[hop],
            within(of.below_s(0.5)),
            within(of.below_s(0.99)),
            said(of.worst_s if of.count else None),
            of.count,
        )
        for hop, of in latency.hops.items()
    ]
