"""How each person is told: the rules of notices.toml, and over them what the person wishes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.notices.targets import people_of
from cloud.notices.ways import CONSOLE, HANDHELD, LANGUAGE, Ways, quiet_of
from cloud.plan import Plan
from cloud.store.models import Incident
from cloud.store.models_notices import NoticeWish
from domain.shifts import Shift

Contacts = Callable[[Session, str], Mapping[str, str]]  # kind of contact -> its text, opened


class UnknownChannel(ValueError):
    """A wish names a channel that the centre does not have, or hours that are none."""


class WishChanged(Exception):
    """A wish is not as it was seen: another was faster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How one person is told."""

    channels: tuple[str, ...]
    quiet: Shift | None
    language: str


class Recipients:
    """Who is told how, and who must not be told at all. Runs inside the caller's transaction."""

    def __init__(self, plan: Plan, ways: Ways) -> None:
        self._plan = plan
        self._ways = ways

    @property
    def utc_offset_min(self) -> int:
        """Local time."""
        return self._plan.offset_min

    def manners(self, session: Session, people: Iterable[str]) -> dict[str, Manner]:
        """How these are told."""
        names = set(people)
        wishes = session.scalars(select(NoticeWish).where(NoticeWish.person.in_(names)))
        said = {wish.person: wish for wish in wishes}
        return {name: self._manner(name, said.get(name)) for name in names}

    def _manner(self, name: str, wish: NoticeWish | None) -> Manner:
        person = self._plan.roster.get(name)
        rule = self._ways.rule_for(person)
        own = person.language if person else None
        wanted = tuple(wish.channels["names"]) if wish and wish.channels else rule.channels
        known = [channel for channel in wanted if channel in self._ways.names]
        if person is None or person.device is None:
            known = [channel for channel in known if channel != HANDHELD]
        return Manner(
            channels=tuple(dict.fromkeys((CONSOLE, *known))),  # the page always shows it to whoever logs in
            quiet=_quiet(wish, rule.quiet),
            language=(wish.language if wish else None) or own or rule.language or LANGUAGE,
        )

    def hears(self, name: str, made_ms: int, now_ms: int) -> bool:
        """False for whoever has left, may not log in, or has gone off duty since the notice was made.

        Who was off duty already when it was made was called because nobody else could be.
        """
        roster = self._plan.roster
        if roster.has_left(name):
            return False
        if roster.may_page(name, made_ms) and not roster.may_page(name, now_ms):
            return False
        return roster.covers(name, now_ms) or not roster.covers(name, made_ms)

    def is_new(self, name: str, told_ms: int | None, now_ms: int) -> bool:
        """True for somebody on duty who was never told of something, or came on duty after he was."""
        roster = self._plan.roster
        if told_ms is None or roster.begun_since(name, told_ms, now_ms):
            return True
        return not roster.covers(name, now_ms) and roster.book.came_since(name, told_ms, now_ms)

    def instead(self, tier: str, incident: Incident, now_ms: int) -> list[str]:
        """Who has an incident now for whatever a notice was made: a tier, its holder, or what a rule names."""
        if tier in self._plan.areas.levels:
            return [person.id for person in self._plan.team(incident.grid, incident.site, tier, now_ms)]
        if tier == "holder":
            return self._plan.hearing(incident.holder, now_ms)
        return people_of(self._plan, incident, tier, now_ms) if ":" in tier else []

    def still_his(self, name: str, step: str, holder: str | None) -> bool:
        """False where an incident was given to somebody, and now to somebody else."""
        if not step.startswith(("dispatch:", "return:", "rework:")) or name == holder:
            return True
        person = self._plan.roster.get(name)
        return person is not None and person.department is not None and person.department == holder

    def check(self, channels: Iterable[str] | None, quiet: str | None) -> None:
        """Raises UnknownChannel for a wish that cannot be kept."""
        strange = [name for name in channels or () if name not in self._ways.names]
        if strange:
            raise UnknownChannel(f"channels: no {', '.join(strange)} here; known: {', '.join(self._ways.names)}")
        try:
            quiet_of(quiet) if quiet else None
        except ValueError as error:
            raise UnknownChannel(str(error)) from None


def _quiet(wish: NoticeWish | None, rule: Shift | None) -> Shift | None:
    if wish is None or wish.quiet is None:
        return rule
    return quiet_of(wish.quiet) if wish.quiet else None
