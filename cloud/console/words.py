"""How codes, times and numbers are worded on pages."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cloud.board.views import IncidentRow, LogEntry
from cloud.console.texts import HTML_LANG, LANGUAGES
from cloud.history.views import PlotView
from cloud.words import times
from cloud.words.codes import headline

DAY_S = 86_400
TOOK = (  # a duration of figures is rounded to one unit: below how many ms, the text, ms of the unit, its digits
    (2 * 60_000, "review.took.s", 1000, 0),
    (2 * 3_600_000, "review.took.min", 60_000, 0),
    (2 * DAY_S * 1000, "review.took.h", 3_600_000, 1),
    (math.inf, "review.took.d", DAY_S * 1000, 1),
)
BUTTONS = frozenset({"call_point", "alarm_button", "sos"})  # channels that somebody presses
LATE_MS = 60_000  # the site told us later than that: then its own time is shown too


@dataclass(frozen=True, slots=True)
class Words:
    """One language, and the local time of the centre."""

    lang: str
    offset_min: int = times.CHINA_MIN

    @property
    def html_lang(self) -> str:
        """For the lang attribute."""
        return HTML_LANG[self.lang]

    @property
    def all(self) -> Mapping[str, str]:
        """Every text of the language."""
        return LANGUAGES[self.lang]

    def t(self, key: str, **values: object) -> str:
        """A text. KeyError for a key that no language has."""
        text = self.all[key]
        return text.format(**values) if values else text

    def code(self, group: str, code: str) -> str:
        """Word for a code; the bare code where a newer part of the system speaks one that we do not know."""
        return self.all.get(f"{group}.{code}", code)

    def headline(self, row: IncidentRow) -> str:
        """What it is, in one word: 确认火警, 终端离线."""
        return headline(self.lang, row.kind, row.severity)

    def step(self, code: str) -> str:
        """What the clock does: `escalate:<tier>`, `repeat:<n>`, `call:<n>`, `chase:<n>`, `red:<deadline>`, ..."""
        name, _, rest = code.partition(":")
        text = self.all.get(f"next.{name}")
        if text is None:
            return code
        return text.format(tier=self.code("tier", rest), n=rest, due=self.code("limit", rest))

    def health(self, state: str) -> str:
        """Health of a channel: `good`, `missing`, `fault:<reason>`."""
        name, _, reason = state.partition(":")
        return self.code("health", name).format(reason=self.code("fault", reason))

    def actor(self, entry: LogEntry) -> str:
        """Who did it."""
        name, _, rest = entry.actor.partition(":")
        text = self.all.get(f"actor.{name}")
        return text.format(id=rest) if text else entry.actor_name or entry.actor

    def told(self, entry: LogEntry, name_of: Callable[[str], str], kind: str) -> str:
        """What a log entry adds to its verb: how bad, which place, which tiers and people."""
        detail = entry.detail
        parts = []
        if entry.what in ("raised", "changed"):
            severity = str(detail.get("severity", ""))
            parts.append(self.code("fire" if kind == "fire" else "severity", severity))
            parts += [self.code("rule", str(rule)) for rule in _list(detail.get("signals"))]
        if entry.what in ("answer", "task_offered", "task_withdrawn"):
            parts += self._work(entry)
        if "place" in detail:
            parts.append(str(detail["place"]))
        parts += self._flow(entry, name_of)
        parts += [self.code("tier", str(tier)) for tier in _list(detail.get("tiers"))]
        to = [] if entry.what == "merge" else _list(detail.get("to"))  # the place says it already
        people = [name_of(str(person)) for person in [*_list(detail.get("people")), *to]]
        text = self.t("list.sep").join(part for part in parts if part)
        return text + (f" {self.t('log.to', who=self.t('list.sep').join(people))}" if people else "")

    def _flow(self, entry: LogEntry, name_of: Callable[[str], str]) -> list[str]:
        """Which department, until when, how satisfied."""
        detail = entry.detail
        parts = [name_of(str(detail["department"]))] if "department" in detail else []
        parts += [self.t("inc.lead")] if detail.get("leads") else []
        until_ms = detail.get("until_ms")
        parts += [self.t("log.until", time=self.moment(until_ms, entry.at_ms))] if isinstance(until_ms, int) else []
        return parts + ([self.code("grade", str(detail["grade"]))] if "grade" in detail else [])

    def _work(self, entry: LogEntry) -> list[str]:
        """What a worker answered or why a task came and went; when, where we heard of it much later."""
        detail = entry.detail
        parts = [self.code("answer", str(detail["answer"]))] if "answer" in detail else []
        parts += [self.code("why", str(detail["why"]))] if "why" in detail else []
        at_ms = detail.get("event_at_ms")
        if isinstance(at_ms, int) and abs(entry.at_ms - at_ms) >= LATE_MS:
            parts.append(self.t("log.at", time=self.moment(at_ms, entry.at_ms)))
        return parts + ([self.t("log.contradicts")] if detail.get("contradicts") else [])

    def value(self, value: float | bool, unit: str = "", channel: str = "") -> str:
        """A measured value with its unit; of a button that it is pressed."""
        if isinstance(value, bool) and channel in BUTTONS:
            return self.t("value.pressed" if value else "value.released")
        if isinstance(value, bool):
            return self.t("value.true" if value else "value.false")
        number = f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
        return f"{number} {self.code('unit', unit)}".rstrip()

    def curve(self, view: PlotView, values: list[float] | None = None) -> str:
        """A plot in one sentence, for those who do not see it; its values where the view has no points of its own."""
        if values is None:
            values = [value for _, value in view.points if value is not None]
        low, high = (f"{edge(values):.3g}" if values else "-" for edge in (min, max))
        limit, clear = ("-" if level is None else f"{level:.3g}" for level in (view.limit, view.clear))
        return self.t(
            "inc.plot.label", channel=self.code("channel", view.channel), n=len(values), low=low, high=high,
            unit=self.code("unit", view.unit), limit=limit, clear=clear,
        )  # fmt: skip

    def span(self, ms: int) -> str:
        """A duration as a clock shows it: 04:07, 3:04:07, 2天 03:04. live.js words it the same way."""
        total = abs(ms) // 1000
        days, rest = divmod(total, DAY_S)
        hours, minutes, seconds = rest // 3600, rest // 60 % 60, rest % 60
        if days:
            return f"{days}{self.t('unit.day')} {hours:02}:{minutes:02}"
        return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"

    def took(self, ms: int) -> str:
        """A duration in one unit, as figures need it: 90 s, 3 min, 2.5 h."""
        _, key, unit_ms, digits = next(one for one in TOOK if ms < one[0])
        return self.t(key, n=f"{ms / unit_ms:.{digits}f}")

    def hours(self, ms: int) -> str:
        """A number of hours without its unit, for a column of them."""
        return f"{ms / 3_600_000:.1f}"

    def clock(self, ms: int) -> str:
        """Local time of day."""
        return times.clock(ms, self.offset_min)

    def moment(self, ms: int, now_ms: int) -> str:
        """Local time, with the date where it is not today."""
        return times.moment(ms, now_ms, self.offset_min)

    def date(self, ms: int) -> str:
        """The local date."""
        return times.date(ms, self.offset_min)

    def field(self, ms: int) -> str:
        """Local time as a field of a form holds it."""
        return times.field(ms, self.offset_min)

    def iso(self, ms: int) -> str:
        """For the datetime attribute."""
        return datetime.fromtimestamp(min(ms, times.LAST_MS) / 1000, UTC).isoformat(timespec="seconds")


def _list(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]
