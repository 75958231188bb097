"""Who asks: a person behind a session, or a program behind a token. Facts only; `rights` judges them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from domain.people import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A role in an area and everything below it; None is the whole district."""

    role: Role
    area: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who asks. `actor` goes into logs: a person's or account's id, or `token:<name>`."""

    actor: str
    grants: tuple[Grant, ...]
    scopes: frozenset[str] | None = None  # what a token is narrowed to; None: not narrowed
    speaks_for_others: bool = False  # a program that passes on what people did, and names them
    session: str | None = None  # id of the session, where a browser asks
    source: str = "api"  # console or api: where a move came from


def as_texts(grants: Iterable[Grant]) -> tuple[str, ...]:
    """`role` or `role@area`."""
    return tuple(f"{grant.role}@{grant.area}" if grant.area else str(grant.role) for grant in grants)
