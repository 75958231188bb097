"""What a route declares: `caller: Annotated[Caller, Depends(allow(Action.X))]`, or `Depends(EVERYBODY)`.

The place in question is read from `incident_id`, `site`, `device` or `area` of the path or the query and judged here;
a route whose place stands in its body calls `caller.check(code)`, one that lists filters by `caller.sees(code, site)`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from fastapi import Request

from cloud.trust.audit import Deed
from cloud.trust.errors import TooMany
from cloud.trust.limits import Buckets, Rate
from cloud.trust.principals import Principal
from cloud.trust.rights import Action, Forbidden, Guard, NotLoggedIn

Place = tuple[str, str]  # grid or area code, site; both may be empty
NOWHERE: Place = ("", "")  # stands at the top of the tree
# what the audit log knows by itself: reads of personal fields, and everything that changes the system
AUDITED = frozenset(
    {
        Action.PEOPLE_PERSONAL, Action.PLAN_WRITE, Action.PEOPLE_WRITE, Action.ROSTER_WRITE, Action.ACCOUNT_WRITE,
        Action.TOKEN_WRITE, Action.WEBHOOK_WRITE, Action.AUDIT_READ, Action.TRACK_READ, Action.SHELF_WRITE,
        Action.PHOTO_ADD, Action.PHOTO_REMOVE, Action.ASSESS_READ,
    }
)  # fmt: skip
# an open map asks for these again and again: a look is on record once for so long, the same for both
POLLED = frozenset({"/api/map/people", "/parts/map/people"})
LOOK = Rate(per_s=1 / 600, burst=1)  # default: per person and browser


class Places(Protocol):
    """Where things are. None for what nobody knows: the use case answers 404."""

    def incident(self, incident_id: str) -> Place | None:
        """Where an incident stands."""

    def device(self, device: str) -> Place | None:
        """Where an endpoint hangs."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who was let in for one action."""

    principal: Principal
    action: Action
    guard: Guard
    place: Place | None = None  # what path or query named
    note: Callable[[Action, str], None] = lambda _action, _outcome: None  # puts on record

    @property
    def actor(self) -> str:
        """For logs and use cases."""
        return self.principal.actor

    @property
    def source(self) -> str:
        """Where the request came from: console or api."""
        return self.principal.source

    def named(self, actor: str | None) -> str:
        """Who acts, where the request names somebody. Raises Forbidden for a name that is not his own."""
        if actor is None or actor == self.actor:
            return self.actor
        if not self.principal.speaks_for_others:
            raise Forbidden(f"{self.actor} may not act as {actor}; leave the actor out, it is who logged in")
        return actor

    def check(self, code: str, site: str = "") -> None:
        """Raises Forbidden where the place is not his."""
        judge(self, self.action, code, site)

    def also(self, action: Action, place: Place | None = None) -> None:
        """Raises Forbidden where another action is not among his rights, at the same place or at the one given."""
        code, site = place or self.place or (None, "")
        judge(self, action, code, site)

    def reaches(self, site: str) -> bool:
        """True for a site in one of his areas, and for the one that serves his area."""
        return self.guard.reaches(self.principal, self.action, site)

    def sees(self, code: str, site: str = "") -> bool:
        """For lists: True where the place is his."""
        return self.guard.may(self.principal, self.action, code, site)


@dataclass(frozen=True, slots=True)
class Door:
    """What routes need of trust; one per application, in `app.state.door`."""

    guard: Guard
    places: Places
    record: Callable[[Deed], None]
    refusals: Buckets  # a program that keeps knocking must not fill the audit log
    looks: Buckets  # nor does a map that stays open

    def put_down(self, request: Request, principal: Principal, action: Action, outcome: str) -> None:
        """On record: who asked what of which page, from where."""
        address = request.client.host if request.client else ""
        target = f"{request.method} {request.url.path}"
        deed = Deed(actor=principal.actor, action=str(action), target=target, outcome=outcome, address=address)
        if outcome == "refused":
            try:
                self.refusals.take(principal.actor)
            except TooMany:
                return
            self.record(deed)
        elif request.url.path in POLLED:
            self._look(deed)
        else:
            self.record(deed)

    def _look(self, deed: Deed) -> None:
        key = f"{deed.actor} {deed.address}"
        try:
            self.looks.check(key)
        except TooMany:
            return
        self.record(deed)  # first: what could not be written down was not looked at
        with suppress(TooMany):  # two requests at once
            self.looks.take(key)


def _places(door: Door, request: Request) -> list[Place]:
    """Every place that path and query name, whether the route asks for it or not: a name more never lets in.

    An incident that nobody knows is no place where the path names it: the use case answers 404.
    """
    path = request.path_params
    given = {name: value for name, value in request.query_params.items() if value} | path  # an empty one names nothing
    places: list[Place | None] = []
    if "incident_id" in given:
        found = door.places.incident(given["incident_id"])
        places += [found] if found or "incident_id" in path else [NOWHERE]
    if "site" in given:
        places.append(("", given["site"]))
    if "device" in given:
        places.append(door.places.device(given["device"]) or NOWHERE)
    if "area" in given:
        places.append((given["area"], ""))
    return [place for place in places if place is not None]


def judge(caller: Caller, action: Action, code: str | None, site: str) -> None:
    """The one place where a request is let in or refused, and put on record. Raises Forbidden."""
    if not caller.guard.may(caller.principal, action, code, site):
        caller.note(action, "refused")
    caller.guard.check(caller.principal, action, code, site)
    if action in AUDITED:
        caller.note(action, "allowed")


class Allow:
    """A dependency that lets in who may do one action here."""

    def __init__(self, action: Action) -> None:
        self.action = action

    def __call__(self, request: Request) -> Caller:
        """The caller. Raises NotLoggedIn, Forbidden."""
        door: Door = request.app.state.door
        principal: Principal | None = getattr(request.state, "principal", None)
        if principal is None:
            raise NotLoggedIn("log in first, or send a token: Authorization: Bearer …")
        places = _places(door, request)
        note = partial(door.put_down, request, principal)
        caller = Caller(principal, self.action, door.guard, places[0] if places else None, note)
        for code, site in places:
            judge(caller, self.action, code, site)
        if not places:
            judge(caller, self.action, None, "")
        request.state.caller = caller  # for what draws pages
        return caller


def allow(action: Action) -> Allow:
    """The dependency of a route that does `action`."""
    return Allow(action)


def EVERYBODY() -> None:  # noqa: N802 - reads as a word of the declaration
    """Declared by a route that needs nobody's name: health, the log-in itself, static files."""
