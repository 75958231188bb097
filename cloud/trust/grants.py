"""Grants as documents, and as the roster gives them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cloud.trust.errors import BadRequest
from cloud.trust.principals import Grant
from cloud.trust.rights import Action
from domain.grids import AreaTree
from domain.people import Role
from domain.roster import Roster


def parse(texts: Iterable[str], areas: AreaTree | None = None) -> tuple[Grant, ...]:
    """From `role` or `role@area`. Raises BadRequest."""
    return tuple(_one(text, areas) for text in texts)


def _one(text: str, areas: AreaTree | None) -> Grant:
    name, _, area = text.partition("@")
    if name not in set(Role):
        raise BadRequest(f"role {name!r} is unknown; roles: {', '.join(Role)}")
    if area and areas is not None and not areas.has(area):
        raise BadRequest(f"area {area!r} is unknown; give the id of an area of the plan, or none for all of them")
    return Grant(role=Role(name), area=area or None)


def check_scopes(scopes: Iterable[str]) -> tuple[Action, ...]:
    """Raises BadRequest."""
    unknown = sorted(set(scopes) - set(Action))
    if unknown:
        raise BadRequest(f"scope {', '.join(unknown)} is unknown; scopes: {', '.join(Action)}")
    return tuple(Action(scope) for scope in scopes)


def to_rows(grants: Iterable[Grant]) -> list[Any]:
    """For the store."""
    return [[str(grant.role), grant.area] for grant in grants]


def from_rows(rows: Iterable[Any]) -> tuple[Grant, ...]:
    """From the store; a role that a newer version knew gives nothing."""
    return tuple(Grant(role=Role(role), area=area) for role, area in rows if role in set(Role))


def of_person(roster: Roster, account: str) -> tuple[Grant, ...]:
    """Every role of the person in every area of his; nothing for somebody who has left."""
    person = roster.get(account)
    if person is None or not person.active:
        return ()
    return tuple(Grant(role=role, area=area) for role in sorted(person.roles) for area in person.areas)
