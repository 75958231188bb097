"""Phones and addresses of people: sealed rows that can be erased. Who reads them is for the guard and the audit log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.people.errors import NoVault
from cloud.store.models_people import Contact
from cloud.trust.seals import Seals
from domain.people import CONTACTS

AT_ONCE = 500  # people per query; a statement takes some thousand parameters


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


Values = Mapping[str, str | None]  # kind -> text; None erases


def write(session: Session, seals: Seals, people: Mapping[str, Values], *, by: str, at_ms: int) -> None:
    """Set what is named, by person. Raises NoVault, KeyError for an unknown kind."""
    for some in batched(people, AT_ONCE):
        query = select(Contact).where(Contact.person.in_(some)).order_by(Contact.person, Contact.kind)
        there = {(row.person, row.kind): row for row in session.scalars(query.with_for_update())}
        for person in some:
            for kind, text in people[person].items():
                _write_one(session, seals, there.get((person, kind)), (person, kind, text or ""), (by, at_ms))


def _write_one(
    session: Session, seals: Seals, row: Contact | None, new: tuple[str, str, str], act: tuple[str, int]
) -> None:
    person, kind, text = new
    if kind not in CONTACTS:
        raise KeyError(kind)
    if not text:
        if row is not None:
            session.delete(row)
    elif row is None:
        sealed = seals.seal(text, _what(person, kind))
        session.add(Contact(person=person, kind=kind, sealed=sealed, changed_by=act[0], changed_at_ms=act[1]))
    elif seals.open(row.sealed, _what(person, kind)) != text:
        row.sealed, row.changed_by, row.changed_at_ms = seals.seal(text, _what(person, kind)), *act


def batched(people: Iterable[str], size: int) -> Iterator[list[str]]:
    """In lists of at most `size`."""
    left = iter(people)
    while some := list(islice(left, size)):
        yield some


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
