"""Cases and figures as rows of a file, in Chinese or English, with numbers that can be reckoned with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta, timezone

from cloud.plan import Plan
from cloud.review.figures.views import CaseRow
from cloud.words.codes import code
from domain.assessment.periods import MINUTE_MS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Row = tuple[str, ...]
# column -> its heading in Chinese and English
HEADS = {
    "id": ("编号", "number"), "kind": ("类别", "kind"), "matter": ("事项", "matter"), "severity": ("级别", "severity"),
    "stage": ("阶段", "stage"),
    "area": ("网格", "grid"), "grid": ("网格编码", "grid code"), "place": ("地点", "place"),
    "device": ("设备", "device"),
    "reported": ("上报时间", "reported"), "accepted": ("受理时间", "accepted"),
    "fed_back": ("反馈时间", "fed back"), "closed": ("结束时间", "closed"), "accepted_by": ("受理人", "accepted by"),
    "dispatched_to": ("派遣至", "dispatched to"), "handled_by": ("处置", "handled by"),
    "closed_by": ("结案人", "closed by"),
    "missed": ("超时", "overdue"), "late": ("最长超时（分钟）", "late by at most (min)"),
    "returns": ("退单", "returns"),
    "reworks": ("返工", "reworks"), "reopenings": ("重开", "reopenings"), "grade": ("评价", "evaluation"),
    "void": ("作废", "void"), "members": ("并入", "members"),
}  # fmt: skip
DUES = {
    "accept": ("受理", "acceptance"), "dispatch": ("派遣", "dispatch"), "feed_back": ("处置反馈", "feedback"),
    "verify": ("核查", "verification"), "close": ("结案", "closing"), "overall": ("全程", "the whole"),
}  # fmt: skip
YES = ("是", "yes")


class CaseFile:
    """The incidents of a list, with the names of people and areas as they are now."""

    def __init__(self, plan: Plan, lang: str, offset_min: int) -> None:
        self._plan = plan
        self._lang = lang
        self._second = int(lang != "zh")
        self._zone = timezone(timedelta(minutes=offset_min))

    @property
    def heading(self) -> Row:
        """Of the columns."""
        return tuple(head[self._second] for head in HEADS.values())

    def rows(self, cases: Iterable[CaseRow]) -> Iterator[Row]:
        """One each."""
        return (self._row(case) for case in cases)

    def _row(self, case: CaseRow) -> Row:
        told = asdict(case)
        told |= {name: self._at(told[f"{name}_ms"]) for name in ("reported", "accepted", "fed_back", "closed")}
        told |= {name: self._code(name, told[name]) for name in ("kind", "severity", "stage", "grade")}
        for name in ("accepted_by", "dispatched_to", "handled_by", "closed_by"):
            told[name] = self._plan.name_of(told[name]) if told[name] else ""
        told["area"] = self._plan.areas.name_of(case.grid) if case.grid else ""
        told["missed"] = self._dues(case.missed)
        told["late"] = round(case.late_ms / MINUTE_MS) or ""
        told["void"] = YES[self._second] if case.void else ""
        return tuple("" if told[name] is None else str(told[name]) for name in HEADS)

    def _code(self, group: str, name: str | None) -> str:
        return code(self._lang, group, name) if name else ""

    def _dues(self, names: Sequence[str]) -> str:
        return ("、" if self._lang == "zh" else ", ").join(DUES[name][self._second] for name in names)

    def _at(self, at_ms: int | None) -> str:
        """Local, to the second; spreadsheets read it as a time."""
        if at_ms is None:
            return ""
        return (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S")
