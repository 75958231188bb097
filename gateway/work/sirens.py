"""Sounders of other places that shall sound too. Runs in the writer's thread, inside a transaction."""

from __future__ import annotations

import sqlite3

from domain.incidents import Condition
from gateway.site_file.sirens_section import MINUTES_MAX, Siren
from gateway.store.counters import Counters
from gateway.work.cases import CaseRow
from gateway.work.mail import Mail
from protocol import commands

AGAIN_MS = 5_000
KEPT_MS = 3_600_000  # after its end: what the endpoint said can be looked up


class Sirens:
    """The table `sirens`: an order is repeated until the endpoint answers it, and renewed while it is needed."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    def look(self, db: sqlite3.Connection, row: CaseRow, sirens: tuple[Siren, ...], now_ms: int) -> None:
        """Start, renew or end what this incident asks for."""
        on = row.condition == Condition.ACTIVE and not row.over
        for siren in sirens:
            known = db.execute(
                "SELECT number, minutes, until_ms FROM sirens WHERE device = ? AND case_id = ?", (siren.device, row.id)
            ).fetchone()
            if on and siren.sounds_for(row.device, row.kind, row.severity, row.grid):
                if known is None or known[1] == 0 or not now_ms < known[2] <= now_ms + MINUTES_MAX * 60_000:
                    self._order(db, siren.device, row.id, siren.minutes, now_ms)
            elif known is not None and known[1] > 0 and not self._needed(db, siren.device, row.id, now_ms):
                self._order(db, siren.device, row.id, 0, now_ms)
            elif known is not None and known[1] > 0:  # another place goes on: it ends with that one
                rest = "UPDATE sirens SET minutes = 0, send_ms = NULL, until_ms = ? WHERE device = ? AND case_id = ?"
                db.execute(rest, (now_ms, siren.device, row.id))  # kept: a number that was carried out is used up

    def _needed(self, db: sqlite3.Connection, device: str, case_id: str, now_ms: int) -> bool:
        query = "SELECT 1 FROM sirens WHERE device = ? AND case_id != ? AND minutes > 0 AND until_ms > ?"
        return db.execute(query, (device, case_id, now_ms)).fetchone() is not None

    def _order(self, db: sqlite3.Connection, device: str, case_id: str, minutes: int, now_ms: int) -> None:
        # an endpoint that was away must not sound for an order of long ago: the end of one is given up too
        until_ms = now_ms + (minutes or MINUTES_MAX) * 60_000
        db.execute(
            "INSERT INTO sirens (device, case_id, number, minutes, until_ms, send_ms) VALUES (?, ?, 1, ?, ?, ?) "
            "ON CONFLICT (device, case_id) DO UPDATE SET number = number + 1, minutes = excluded.minutes, "
            "until_ms = excluded.until_ms, send_ms = excluded.send_ms, error = ''",
            (device, case_id, minutes, until_ms, now_ms),
        )
        self._counters.add("sirens.sounded" if minutes else "sirens.ended")

    def due(self, db: sqlite3.Connection, now_ms: int) -> list[Mail]:
        """Orders that no endpoint has answered."""
        db.execute("DELETE FROM sirens WHERE until_ms <= ?", (now_ms - KEPT_MS,))
        rows = db.execute(
            "SELECT device, case_id, number, minutes, until_ms FROM sirens "
            "WHERE (send_ms <= ? OR send_ms > ?) AND until_ms > ?", (now_ms, now_ms + 2 * AGAIN_MS, now_ms)
        ).fetchall()  # fmt: skip
        mails = []
        for device, case_id, number, minutes, until_ms in rows:
            db.execute(
                "UPDATE sirens SET send_ms = ? WHERE device = ? AND case_id = ?", (now_ms + AGAIN_MS, device, case_id)
            )
            left = max(1, -(-(until_ms - now_ms) // 60_000)) if minutes else 0
            command = commands.encode_command("sound", order_id(case_id, number), minutes=min(left, MINUTES_MAX))
            mails.append(Mail(device=device, kind="command", payload=command))
        return mails

    def answered(self, db: sqlite3.Connection, device: str, payload: bytes) -> None:
        """An endpoint did it, or says why not. Raises PayloadError."""
        answer_id, ok, data = commands.decode_answer(payload)
        if not answer_id.startswith("siren-"):
            return
        rows = db.execute("SELECT case_id, number FROM sirens WHERE device = ? AND send_ms IS NOT NULL", (device,))
        for case_id, number in rows.fetchall():
            if order_id(case_id, number) == answer_id:
                error = "" if ok else str(data.get("error", ""))[:200]
                db.execute(
                    "UPDATE sirens SET send_ms = NULL, error = ? WHERE device = ? AND case_id = ?",
                    (error, device, case_id),
                )
                self._counters.add("sirens.done" if ok else "sirens.refused")


def order_id(case_id: str, number: int) -> str:
    """The id of a command: each number is carried out once."""
    return f"siren-{case_id[-12:]}-{number}"
