"""The audit log: each entry is sealed together with the seal before it, so that nothing can be changed or cut unseen.

The seals need a key that is not in the database. Whoever has the key file and the database can forge; note the last
seal elsewhere now and then (`gridwhistle cloud audit verify` prints it).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cloud.store.engine import Store
from cloud.store.models_trust import AuditEntry, AuditHead
from cloud.trust import audit_reading
from cloud.trust.audit_reading import EVERYTHING, Wanted
from cloud.trust.vault import Vault
from runtime.brokers import files

log = structlog.get_logger()
NOTHING = "0" * 64  # the seal before the first entry
HEAD = 1
BROKEN = ""  # seal of a head that was tampered with
PRUNE_MOST = 1000  # at once: it holds the log meanwhile
MARK = "audit.mark"  # beside the keys: how far the log was; a database put back or emptied shows
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


def because(why: str) -> dict[str, Any]:
    """The reason that somebody gave, for the detail of a deed."""
    return {"why": why} if why else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a look at the whole log found. `seq` is the first entry that is wrong."""

    entries: int
    seq: int | None = None
    why: str = ""  # changed, missing, extra, head, cut
    last_mac: str = NOTHING

    @property
    def ok(self) -> bool:
        """True where nothing was tampered with."""
        return not self.why


class Trail:
    """Writes and checks the log. `note` joins a transaction, `write` is one."""

    def __init__(self, store: Store, vault: Vault, now_ms: Callable[[], int], mark: Path | None = None) -> None:
        self._store = store
        self._vault = vault
        self._now_ms = now_ms
        self._mark = mark
        self._told = False

    def note(self, session: Session, deed: Deed) -> None:
        """Append within a write transaction. A head that was tampered with stays so: no entry heals it."""
        head = session.get(AuditHead, HEAD, with_for_update=True) or self._begin(session)
        whole = self._seal_head(head) == head.mac
        if not whole:
            self._alarm("head")
            head.last_seq = max(head.last_seq, session.scalar(select(func.max(AuditEntry.seq))) or 0)
        texts = {name: _plain(str(getattr(deed, name)))[:most] for name, most in TEXT_MAX.items()}
        entry = AuditEntry(
            seq=head.last_seq + 1, at_ms=self._now_ms(), outcome=deed.outcome, detail=deed.detail, mac="", **texts
        )
        entry.mac = self._seal(entry, head.last_mac)
        session.add(entry)
        head.last_seq, head.last_mac = entry.seq, entry.mac
        head.mac = self._seal_head(head) if whole else BROKEN

    def write(self, deed: Deed) -> None:
        """Append in a transaction of its own."""
        with self._store.write() as session:
            self.note(session, deed)

    def open(self) -> bool:
        """Make the head at the first start. False where other keys than ours sealed it, or it was tampered with."""
        with self._store.read() as session:
            head = session.get(AuditHead, HEAD)
        if head is not None:
            return self._seal_head(head) == head.mac
        try:
            with self._store.write() as session:
                head = session.get(AuditHead, HEAD) or self._begin(session)
                return head.mac != BROKEN
        except IntegrityError:
            return self.open()  # another worker was faster

    def entries(
        self, limit: int, before_seq: int | None = None, actor: str | None = None, wanted: Wanted = EVERYTHING
    ) -> list[AuditEntry]:
        """The newest first. `actor` is one of `wanted` by itself."""
        wanted = wanted if actor is None else replace(wanted, actors=(actor,))
        with self._store.read() as session:
            return list(session.scalars(audit_reading.newest(limit, before_seq, wanted)))

    def verify(self) -> Verdict:
        """Look at every entry that is kept."""
        with self._store.read() as session:
            head = session.get(AuditHead, HEAD)
            if head is None:
                first = session.scalar(select(func.min(AuditEntry.seq)))
                if first is not None:
                    return Verdict(entries=0, seq=first, why="head")
            cut = self._cut(session, head)
            if cut is not None or head is None:
                return Verdict(entries=0, seq=cut, why="" if cut is None else "cut")
            return self._follow(head, audit_reading.in_order(session))

    def prune(self, before_ms: int) -> int:
        """Forget the oldest entries, at most PRUNE_MOST; the rest still verifies. How many went.

        Only what verifies itself is cut: otherwise whoever changed an entry had it swept away.
        """
        with self._store.write() as session:
            head = session.get(AuditHead, HEAD, with_for_update=True)
            if head is None or self._seal_head(head) != head.mac:
                return 0
            first, last = head.first_seq, None
            seq, mac = first, head.before_mac
            for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.seq).limit(PRUNE_MOST)):
                if entry.seq != seq or self._seal(entry, mac) != entry.mac:
                    self._alarm("changed")
                    return 0
                if entry.at_ms >= before_ms:
                    break
                last, seq, mac = entry.seq, entry.seq + 1, entry.mac
            if last is None:
                return 0
            session.execute(delete(AuditEntry).where(AuditEntry.seq <= last))
            head.first_seq, head.before_mac = seq, mac
            head.mac = self._seal_head(head)
            return seq - first

    def remember(self) -> None:
        """Write down beside the keys how far the log is; where it has lost what was written down, say so instead."""
        with self._store.read() as session:
            head = session.get(AuditHead, HEAD)
            if self._cut(session, head) is not None:
                self._alarm("cut")
            elif head is not None and head.last_seq and self._seal_head(head) == head.mac and self._mark is not None:
                told = {"seq": head.last_seq, "mac": head.last_mac}
                files.write(self._mark, json.dumps({**told, "seal": self._seal_mark(told)}).encode("ascii"))
                log.info("audit_seal", **told)  # and in the journal, which may be kept elsewhere

    def _cut(self, session: Session, head: AuditHead | None) -> int | None:
        """The number up to which the log once went, where it does not any more."""
        if self._mark is None or not self._mark.exists():
            return None
        try:
            told = json.loads(self._mark.read_text(encoding="ascii"))
            seq, mac = int(told["seq"]), str(told["mac"])
            if told["seal"] != self._seal_mark({"seq": seq, "mac": mac}):
                return seq
        except (OSError, ValueError, KeyError, TypeError):
            return 0
        if head is None or head.last_seq < seq:
            return seq
        if head.first_seq > seq:  # pruned since
            return None if head.first_seq > seq + 1 or head.before_mac == mac else seq
        return None if session.scalar(select(AuditEntry.mac).where(AuditEntry.seq == seq)) == mac else seq

    def _seal_mark(self, told: dict[str, Any]) -> str:
        return self._vault.mac(json.dumps(["mark", told["seq"], told["mac"]]).encode())

    def _alarm(self, why: str) -> None:
        if not self._told:
            log.error("audit_tampered", why=why, remedy="gridwhistle cloud audit verify; keep the database as it is")
        self._told = True

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
        """The head of a new log; a broken one where there was a log already."""
        head = AuditHead(id=HEAD, first_seq=1, before_mac=NOTHING, last_seq=0, last_mac=NOTHING, mac=BROKEN)
        old = session.scalar(select(func.min(AuditEntry.seq))) is not None or self._cut(session, None) is not None
        if old:
            self._alarm("head")
        else:
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
