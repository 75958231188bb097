"""The frame of every page of the review: tabs, period and area, all kept in the address, so that a link can be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response

from cloud.console.equipment.filters import area_choices
from cloud.console.looking import picture_of
from cloud.console.review.choice import ReviewWish, address_of, quick
from cloud.console.view import View, visitor
from cloud.console.words import Words
from cloud.desk import Desk
from cloud.trust.door import Caller
from cloud.trust.rights import Action
from domain.assessment.periods import Period, day_of, span

HERE = "/review"
LATE_MS = 60_000  # figures that are older than that say so; a default of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One page of the room; its word is `review.tab.<name>`."""

    name: str
    path: str
    action: Action = Action.REVIEW_READ


TABS = (
    Tab(name="overview", path=HERE),
    Tab(name="people", path=f"{HERE}/people", action=Action.ASSESS_READ),
    Tab(name="grids", path=f"{HERE}/grids", action=Action.ASSESS_READ),
    Tab(name="departments", path=f"{HERE}/departments", action=Action.ASSESS_READ),
    Tab(name="alarms", path=f"{HERE}/alarms"),
    Tab(name="mine", path=f"{HERE}/mine", action=Action.BOARD_READ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quick:
    """A period that one press chooses."""

    word: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every page of the review knows."""

    tab: str
    tabs: tuple[Tab, ...]
    period: Period
    at: str  # id of the area that was chosen; empty: everything that the caller sees
    now_ms: int
    areas: tuple[tuple[str, str], ...]  # to choose from: (id, name further in for those below)
    quick: tuple[Quick, ...]
    said: str  # the period in words
    said_before: str
    where: str
    fault: str = ""
    keep: Mapping[str, str] = field(default_factory=dict)  # of this page, for the same page of another period

    @property
    def running(self) -> bool:
        """True while the period is not over."""
        return self.now_ms < self.period.to_ms

    @property
    def begun(self) -> bool:
        """False for a period that lies ahead."""
        return self.period.from_ms <= self.now_ms

    @property
    def compared(self) -> tuple[int, int]:
        """(from_ms, to_ms) of what it is compared with."""
        return self.period.compared(self.now_ms)

    @property
    def kept(self) -> Mapping[str, str]:
        """Period and area for an address."""
        return address_of(self.period) | ({"at": self.at} if self.at else {})

    def address(self, path: str, period: Period | None = None, /, **more: object) -> str:
        """A link with the same period and area, or another `period`; `more` goes beside them, what is empty not."""
        kept = {**self.kept} if period is None else address_of(period) | ({"at": self.at} if self.at else {})
        kept |= {name: str(value) for name, value in more.items()}
        return f"{path}?{urlencode({name: value for name, value in kept.items() if value})}"

    def earlier(self, path: str) -> str:
        """The same page of the period before."""
        return self.address(path, self.period.before(), **self.keep)

    def later(self, path: str) -> str:
        """The same page of the next period; empty where that has not begun."""
        after = self.period.after()
        return self.address(path, after, **self.keep) if after.from_ms <= self.now_ms else ""


class Frames:
    """Makes frames, and draws pages in them."""

    def __init__(self, desk: Desk, view: View) -> None:
        self._desk = desk
        self._view = view

    def of(self, request: Request, caller: Caller, wish: ReviewWish, tab: str) -> Frame:
        """The frame of a page. A period or an area that makes no sense is said, and the usual one shown."""
        words, now_ms, tree = visitor(request).words, self._desk.clock.now_ms(), self._desk.plan.areas
        period, fine = wish.read(now_ms, words.offset_min)
        codes = {area.id: area.code for area in tree.areas}
        areas = tuple((area, name) for area, name in area_choices(tree) if caller.sees(codes[area]))
        known = not wish.at or (wish.at in codes and caller.sees(codes[wish.at]))
        at = wish.at if known else ""
        bare = Frame(
            tab=tab, tabs=tuple(one for one in TABS if caller.guard.may(caller.principal, one.action)), period=period,
            at=at, now_ms=now_ms, areas=areas, quick=(), said=said(words, period),
            said_before=said_between(words, *period.compared(now_ms)),
            where=tree.chain(at)[0].name if at else words.t("review.area.all"),
            fault="" if fine and known else words.t("review.bad_period" if not fine else "review.bad_area"),
        )  # fmt: skip
        return keeping(bare, request.url.path, {})

    def html(self, request: Request, template: str, frame: Frame, **values: Any) -> Response:
        """A page in its frame; `template` extends review/_frame.html and fills the block `review`."""
        known: dict[str, Any] = {"page": "review", "now_ms": frame.now_ms, "frame": frame}
        health = self._desk.facts.health()
        known["behind"] = bool(health["filling"]) or health["late_ms"] > LATE_MS
        known["aside"] = health["aside"]
        if "picture" not in values:
            known["picture"] = picture_of(self._desk, request)
        return self._view.html(request, template, **known, **values)


def keeping(frame: Frame, path: str, keep: Mapping[str, str]) -> Frame:
    """With the periods that one press chooses; what the page itself asks for is kept in all of them."""
    frame = replace(frame, keep=keep)
    found = tuple(
        Quick(word=word, href=frame.address(path, period, **keep), current=period == frame.period)
        for word, period in quick(frame.now_ms, frame.period.offset_min)
    )
    return replace(frame, quick=found)


def said(words: Words, period: Period) -> str:
    """2026-11-16 至 11-22; one day is said once."""
    first, last = period.first, period.last
    if first == last:
        return f"{first.isoformat()} {words.t(f'review.day.{first.weekday()}')}"
    end = last.isoformat() if last.year != first.year else f"{last:%m-%d}"
    return words.t("review.span", first=first.isoformat(), last=end)


def said_between(words: Words, from_ms: int, to_ms: int) -> str:
    """The days that a stretch has anything of."""
    first, last = (day_of(at_ms, words.offset_min) for at_ms in (from_ms, to_ms - 1))
    return said(words, span(first, max(first, last)))
