"""The incidents behind a number: which ones the address means, and how that is worded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Query

from cloud.console.review.frame import HERE, Frame
from cloud.console.words import Words
from cloud.plan import Plan
from cloud.review.cases.wish import PEOPLE, Where, WishError

LIST = f"{HERE}/incidents"
NOW = "now"  # whatever period is chosen
BEFORE = 1 << 53
CODES = {"kind": "kind", "severity": "severity", "stage": "stage", "tier": "tier", "matter": "matter", "grade": "grade",
         "due": "review.step"}  # fmt: skip
NAMED = (*PEOPLE, "lead")  # a department
Moment = Annotated[int | None, Query(ge=0, lt=BEFORE)]


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The times of a list that the period does not say: any (`now`), since a moment, or until one."""

    when: str = ""
    since: int | None = None
    until: int | None = None

    @property
    def query(self) -> dict[str, str]:
        """For an address."""
        told = {"when": self.when, "since": self.since, "until": self.until}
        return {name: str(value) for name, value in told.items() if value}

    def bounds(self, frame: Frame) -> tuple[int | None, int | None]:
        """From, to; None without an end."""
        if self.when == NOW:
            return None, None
        if self.since is not None:
            return self.since, None
        to_ms = frame.period.to_ms
        return frame.period.from_ms, to_ms if self.until is None else min(to_ms, self.until)


def when_of(when: Annotated[str, Query(max_length=8)] = "", since: Moment = None, until: Moment = None) -> When:
    """From the address."""
    return When(when=when if when == NOW else "", since=since, until=until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One filter in words, and the address of the list without it."""

    text: str
    href: str


def where_of(query: Mapping[str, str], frame: Frame, when: When) -> tuple[Where, bool]:
    """What the address means, and False where a part of it made no sense and was left out."""
    from_ms, to_ms = when.bounds(frame)
    try:
        where, fine = Where.of(query, from_ms, to_ms), True
    except WishError:
        where, fine = Where(from_ms=from_ms, to_ms=to_ms), False
    return replace(where, at=frame.at), fine


def chips(words: Words, plan: Plan | None, frame: Frame, where: Where, when: When) -> list[Chip]:
    """Every filter but period and area. Without a plan, names stay codes: of whom one sees nothing, not even that."""
    query = {name: value for name, value in where.query().items() if name != "at"}
    found = []
    for name, value in query.items():
        rest = {key: kept for key, kept in query.items() if key != name and not (name == "due" and key == "outcome")}
        found.append(Chip(text=worded(words, plan, name, value), href=frame.address(LIST, **rest, **when.query)))
    if when.query:
        text = words.t("review.f.now") if when.when else words.t("review.f.part")
        found.append(Chip(text=text, href=frame.address(LIST, **query)))
    return found


def worded(words: Words, plan: Plan | None, name: str, value: str) -> str:
    """One filter: 类别：火警."""
    if name == "life_safety":
        return words.t("review.total.life" if value == "1" else "review.total.other")
    if name in CODES:
        said = words.code(CODES[name], value)
    elif name in NAMED:
        said = plan.name_of(value) if plan else value
    elif name == "grid":
        said = plan.areas.name_of(value) if plan else value
    elif name == "day":
        said = words.t(f"review.day.{value}")
    else:
        said = words.code(f"review.{name}", value)
    return f"{words.code('review.f', name)}{words.t('sep.colon')}{said}"
