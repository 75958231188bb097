"""Phones and addresses of people: sealed rows that can be erased. Who reads them is for the guard and the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.people.errors import NoVault
from cloud.store.models_people import Contact
from domain.people import CONTACTS


class Seals(Protocol):
    """Personal fields at rest: cloud.trust.vault."""

    def seal(self, text: str, what: str) -> str:
        """The text, unreadable; `what` binds it to its place."""

    def open(self, sealed: str, what: str) -> str:
        """The text again."""


class NoSeals:
    """Where there is no key nothing personal is kept."""

    def seal(self, text: str, what: str) -> str:
        """Refused."""
        raise NoVault(f"{what} cannot be kept: this process has no key for personal fields")

    def open(self, sealed: str, what: str) -> str:
        """Refused."""
        raise NoVault(f"{what} cannot be read: this process has no key for personal fields")


def _what(person: str, kind: str) -> str:
    return f"contact:{person}:{kind}"


def write(
    session: Session, seals: Seals, person: str, values: Mapping[str, str | None], *, by: str, at_ms: int
) -> None:
    """Set what is named; None erases. Raises NoVault, KeyError for an unknown kind."""
    for kind, text in values.items():
        if kind not in CONTACTS:
            raise KeyError(kind)
        row = session.get(Contact, (person, kind), with_for_update=True)
        if not text:
            if row is not None:
                session.delete(row)
            continue
        if row is not None and seals.open(row.sealed, _what(person, kind)) == text:
            continue
        sealed = seals.seal(text, _what(person, kind))
        if row is None:
            session.add(Contact(person=person, kind=kind, sealed=sealed, changed_at_ms=at_ms, changed_by=by))
        else:
            row.sealed, row.changed_at_ms, row.changed_by = sealed, at_ms, by


def read(session: Session, seals: Seals, person: str) -> dict[str, str]:
    """All of one person, in clear. Raises NoVault."""
    return read_all(session, seals, person).get(person, {})


def read_all(session: Session, seals: Seals, person: str | None = None) -> dict[str, dict[str, str]]:
    """Of everybody, or of one, in clear. Raises NoVault."""
    query = select(Contact).order_by(Contact.person, Contact.kind)
    if person is not None:
        query = query.where(Contact.person == person)
    found: dict[str, dict[str, str]] = {}
    for row in session.scalars(query):
        found.setdefault(row.person, {})[row.kind] = seals.open(row.sealed, _what(row.person, row.kind))
    return found


def reseal(session: Session, seals: Seals) -> int:
    """Everything under the newest key, after a rotation; how many."""
    rows = list(session.scalars(select(Contact).with_for_update()))
    for row in rows:
        what = _what(row.person, row.kind)
        row.sealed = seals.seal(seals.open(row.sealed, what), what)
    return len(rows)


def masked(text: str) -> str:
    """Enough to recognise one's own: 138****0000."""
    return "****" if len(text) < 8 else f"{text[:3]}****{text[-4:]}"
