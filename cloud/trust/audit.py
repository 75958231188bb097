"""The audit log: each entry is sealed together with the seal before it, so that nothing can be changed or cut unseen.

The seals need a key that is not in the database. Whoever has the key file and the database can forge; note the last
seal elsewhere now and then (`gridwhistle cloud audit verify` prints it).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cloud.store.engine import Store
from cloud.store.models_trust import AuditEntry, AuditHead
from cloud.trust.vault import Vault

NOTHING = "0" * 64  # the seal before the first entry
HEAD = 1
BATCH = 1000
TEXT_MAX = {"actor": 128, "action": 64, "target": 200, "address": 64}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What is put on record."""

    actor: str
    action: str
    target: str = ""
    outcome: str = "done"  # done, allowed, refused
    address: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a look at the whole log found. `seq` is the first entry that is wrong."""

    entries: int
    seq: int | None = None
    why: str = ""  # changed, missing, extra, head
    last_mac: str = NOTHING

    @property
    def ok(self) -> bool:
        """True where nothing was tampered with."""
        return not self.why


class Trail:
    """Writes and checks the log. `note` joins a transaction, `write` is one."""

    def __init__(self, store: Store, vault: Vault, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._vault = vault
        self._now_ms = now_ms

    def note(self, session: Session, deed: Deed) -> None:
        """Append within a write transaction."""
        head = session.get(AuditHead, HEAD, with_for_update=True) or self._begin(session)
        texts = {name: _plain(str(getattr(deed, name)))[:most] for name, most in TEXT_MAX.items()}
        entry = AuditEntry(
            seq=head.last_seq + 1, at_ms=self._now_ms(), outcome=deed.outcome, detail=deed.detail, mac="", **texts
        )
        entry.mac = self._seal(entry, head.last_mac)
        session.add(entry)
        head.last_seq, head.last_mac = entry.seq, entry.mac
        head.mac = self._seal_head(head)

    def write(self, deed: Deed) -> None:
        """Append in a transaction of its own."""
        with self._store.write() as session:
            self.note(session, deed)

    def open(self) -> bool:
        """Make the head at the first start. False where the head was sealed by other keys than ours."""
        with self._store.read() as session:
            head = session.get(AuditHead, HEAD)
        if head is not None:
            return self._seal_head(head) == head.mac
        try:
            with self._store.write() as session:
                if session.get(AuditHead, HEAD) is None:
                    self._begin(session)
        except IntegrityError:
            return self.open()  # another worker was faster
        return True

    def entries(self, limit: int, before_seq: int | None = None, actor: str | None = None) -> list[AuditEntry]:
        """The newest first."""
        query = select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(limit)
        if before_seq is not None:
            query = query.where(AuditEntry.seq < before_seq)
        if actor is not None:
            query = query.where(AuditEntry.actor == actor)
        with self._store.read() as session:
            return list(session.scalars(query))

    def verify(self) -> Verdict:
        """Look at every entry that is kept."""
        with self._store.read() as session:
            head = session.get(AuditHead, HEAD)
            if head is None:
                first = session.scalar(select(func.min(AuditEntry.seq)))
                return Verdict(entries=0) if first is None else Verdict(entries=0, seq=first, why="head")
            return self._follow(head, _all(session))

    def prune(self, before_ms: int) -> int:
        """Forget the oldest entries; the rest still verifies. How many went."""
        with self._store.write() as session:
            head = session.get(AuditHead, HEAD, with_for_update=True)
            old = select(AuditEntry).where(AuditEntry.at_ms < before_ms).order_by(AuditEntry.seq.desc()).limit(1)
            last = session.scalars(old).first()
            if head is None or last is None or self._seal_head(head) != head.mac:
                return 0
            gone = last.seq - head.first_seq + 1
            session.execute(delete(AuditEntry).where(AuditEntry.seq <= last.seq))
            head.first_seq, head.before_mac = last.seq + 1, last.mac
            head.mac = self._seal_head(head)
            return gone

    def _follow(self, head: AuditHead, rows: Iterable[AuditEntry]) -> Verdict:
        count, before, expected = 0, head.before_mac, head.first_seq
        if self._seal_head(head) != head.mac:
            return Verdict(entries=0, seq=head.first_seq, why="head")
        for entry in rows:
            if entry.seq > head.last_seq or entry.seq < expected:
                return Verdict(entries=count, seq=entry.seq, why="extra")
            if entry.seq != expected:
                return Verdict(entries=count, seq=expected, why="missing")
            if self._seal(entry, before) != entry.mac:
                return Verdict(entries=count, seq=entry.seq, why="changed")
            count, before, expected = count + 1, entry.mac, expected + 1
        if expected != head.last_seq + 1:
            return Verdict(entries=count, seq=expected, why="missing")
        return Verdict(entries=count, last_mac=before)

    def _begin(self, session: Session) -> AuditHead:
        head = AuditHead(id=HEAD, first_seq=1, before_mac=NOTHING, last_seq=0, last_mac=NOTHING, mac="")
        head.mac = self._seal_head(head)
        session.add(head)
        session.flush()
        return head

    def _seal(self, entry: AuditEntry, before: str) -> str:
        told = [
            entry.seq, entry.at_ms, entry.actor, entry.action, entry.target, entry.outcome, entry.address, entry.detail,
            before,
        ]  # fmt: skip
        return self._vault.mac(json.dumps(told, sort_keys=True, ensure_ascii=True).encode())

    def _seal_head(self, head: AuditHead) -> str:
        told = ["head", head.first_seq, head.before_mac, head.last_seq, head.last_mac]
        return self._vault.mac(json.dumps(told).encode())


def _plain(text: str) -> str:
    """Without control characters: PostgreSQL takes no NUL, and a terminal that shows the log obeys the others."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _all(session: Session) -> Iterator[AuditEntry]:
    """Every entry in its order, a batch at a time."""
    last = None
    while True:
        query = select(AuditEntry).order_by(AuditEntry.seq).limit(BATCH)
        batch = list(session.scalars(query if last is None else query.where(AuditEntry.seq > last)))
        yield from batch
        if len(batch) < BATCH:
            return
        last = batch[-1].seq
        session.expunge_all()
