"""The use cases of rollouts. All of it runs in the writer's thread, inside a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from domain.rollouts import plan
from domain.rollouts.plan import ACTS, Act, Policy, State, Unit, moved
from domain.rollouts.progress import Progress, Word, move
from gateway.beliefs.memory import Memory
from gateway.rollouts import ledger
from gateway.rollouts.answers import word_of
from gateway.rollouts.ledger import Rollout
from gateway.site_file.site import Site
from gateway.store.counters import Counters
from gateway.work.mail import Mail
from protocol import commands
from runtime.ids import uuid7

log = structlog.get_logger()
SELF = "gateway"
# every endpoint says it twice a minute, and flash is worn by what is written, not by what is read
_NOTE_FIRMWARE = """
    INSERT INTO firmware VALUES (?, ?, ?, ?) ON CONFLICT (device) DO UPDATE
    SET board = excluded.board, version = excluded.version, at_ms = excluded.at_ms
    WHERE board != excluded.board OR version != excluded.version
"""


class RolloutError(ValueError):
    """It cannot be done; the text says why and what to do, in Chinese and English."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What is to be brought to the endpoints; the file lies in the folder `bundles`."""

    kind: str
    board: str
    version: tuple[int, int, int]
    sha256: str
    size: int


class Rollouts:
    """All rollouts of the site; of one kind and board at most one is running or paused."""

    def __init__(self, site: Site, memory: Memory, counters: Counters) -> None:
        self._site = site
        self._memory = memory
        self._counters = counters

    # what endpoints say

    def noted(self, db: sqlite3.Connection, device: str, fields: dict[str, Any], at_ms: int) -> None:
        """A status: what it runs."""
        version, board = fields.get("firmware"), fields.get("board")
        if isinstance(version, str) and isinstance(board, str):
            row = (device, board[:32], version[:32], at_ms)
            db.execute(_NOTE_FIRMWARE, row)

    def answered(self, db: sqlite3.Connection, device: str, payload: bytes, now_ms: int) -> None:
        """An answer of an endpoint; what is of no rollout is left alone. Raises PayloadError."""
        answer_id, ok, data = commands.decode_answer(payload)
        rollout_id, _, attempt = answer_id.rpartition(".")
        if not attempt.isdecimal():
            return
        for unit in ledger.units(db, rollout_id):
            if unit.device == device and int(attempt) == unit.attempts:
                word, error = word_of(ok, data)
                self._move(db, rollout_id, unit, word, now_ms, error)

    def _move(
        self, db: sqlite3.Connection, rollout_id: str, unit: Unit, word: Word | None, now_ms: int, error: str = ""
    ) -> Unit:
        to = None if word is None else move(unit.progress, word)
        if to is None or (to is unit.progress and error == unit.error):
            return unit
        after = moved(unit, to, now_ms, error)
        ledger.put_unit(db, rollout_id, after)
        self._counters.add(f"rollout.{to}")
        log.info("rollout_moved", rollout=rollout_id, device=unit.device, progress=str(to), error=error)
        return after

    # what people do

    def start(self, db: sqlite3.Connection, bundle: Bundle, policy: Policy, now_ms: int, who: str) -> Rollout:
        """Begin. Raises RolloutError."""
        devices = [d for d, member in self._site.endpoints.items() if member.kind == bundle.kind]
        if not devices:
            raise RolloutError(f"站点没有这种终端 / the site has no endpoint of kind {bundle.kind}")
        for other in ledger.in_state(db, State.RUNNING, State.PAUSED):
            if (other.kind, other.board) == (bundle.kind, bundle.board):
                raise RolloutError(
                    f"同类终端正在升级 / rollout {other.id} of {other.version_text} is {other.state}: "
                    "先等它结束或终止 wait for its end, or abort it first"
                )
        rollout = Rollout(
            id=uuid7(now_ms), kind=bundle.kind, board=bundle.board, version=bundle.version, sha256=bundle.sha256,
            size=bundle.size, policy=policy, state=State.RUNNING, forgiven=0, why="", changed_ms=now_ms,
        )  # fmt: skip
        ledger.put(db, rollout)
        ledger.put_units(db, rollout.id, self._units(db, rollout, devices, now_ms))
        ledger.note(db, rollout.id, now_ms, "start", who)
        ledger.forget_old(db)
        return rollout

    def _units(self, db: sqlite3.Connection, rollout: Rollout, devices: Sequence[str], now_ms: int) -> list[Unit]:
        known = db.execute("SELECT device, board, version FROM firmware")
        runs = {device: (board, version) for device, board, version in known}
        suitable = [device for device in devices if runs.get(device, (rollout.board, ""))[0] == rollout.board]
        old = [device for device in suitable if runs.get(device, ("", ""))[1] != rollout.version_text]
        awake = {device for device in old if self.awake(db, device)}
        units = list(plan.waves(old, rollout.policy, awake)) if old else []
        rest = dict.fromkeys(suitable, Progress.CURRENT) | {
            device: Progress.UNSUITABLE for device in devices if device not in suitable
        }
        done = {unit.device for unit in units}
        units += [Unit(device=d, wave=0, progress=at, since_ms=now_ms) for d, at in rest.items() if d not in done]
        return units

    def act(self, db: sqlite3.Connection, rollout_id: str, act: Act, now_ms: int, who: str, why: str) -> Rollout:
        """Pause, resume or abort. Raises RolloutError."""
        rollout = ledger.get(db, rollout_id)
        if rollout is None:
            raise RolloutError(f"没有这次升级 / there is no rollout {rollout_id}; see: gateway rollout status")
        if not why.strip():
            raise RolloutError("请写明原因 / say why: --reason")
        return self._act(db, rollout, act, now_ms, who, why.strip())

    def _act(self, db: sqlite3.Connection, rollout: Rollout, act: Act, now_ms: int, who: str, why: str) -> Rollout:
        to = ACTS.get((rollout.state, act))
        if to is None:
            legal = ", ".join(a for state, a in ACTS if state is rollout.state) or "—"
            raise RolloutError(f"不能 / cannot {act} what is {rollout.state}; 可以 possible: {legal}")
        bad = len(plan.failed(ledger.units(db, rollout.id), rollout.policy))
        forgiven = bad if act is Act.RESUME else rollout.forgiven
        after = replace(rollout, state=to, forgiven=forgiven, why=why if to is State.PAUSED else "", changed_ms=now_ms)
        ledger.put(db, after)
        ledger.note(db, rollout.id, now_ms, act, who, why)
        log.info("rollout", rollout=rollout.id, what=str(act), who=who, why=why)
        return after

    # what time does

    def step(self, db: sqlite3.Connection, now_ms: int) -> list[Mail]:
        """What to tell endpoints now; sent after the commit. One that never arrives is found by its silence."""
        mails: list[Mail] = []
        for rollout in ledger.in_state(db, State.RUNNING):
            mails += self._step(db, rollout, now_ms)
        return mails

    def _step(self, db: sqlite3.Connection, rollout: Rollout, now_ms: int) -> list[Mail]:
        units = {unit.device: unit for unit in self._checked(db, rollout, now_ms)}
        step = plan.step(
            tuple(units.values()), rollout.policy, now_ms, forgiven=rollout.forgiven,
            ready=lambda device: self.awake(db, device) and not self._memory.look(db, device).in_alarm,
        )  # fmt: skip
        if step.pause:
            self._act(db, rollout, Act.PAUSE, now_ms, SELF, step.pause)
        elif step.finish:
            self._act(db, rollout, Act.FINISH, now_ms, SELF, "")
        for unit in units.values():
            if unit.wave == step.open_wave:
                self._move(db, rollout.id, unit, Word.OPEN, now_ms)
        for device in step.lost:
            self._move(db, rollout.id, units[device], Word.SILENCE, now_ms)
        for device in step.retry:
            self._move(db, rollout.id, units[device], Word.RETRY, now_ms, units[device].error)
        mails = [_restart(rollout, units[device]) for device in step.restart_first]
        ordered = [self._move(db, rollout.id, units[device], Word.ORDER, now_ms) for device in step.order]
        return mails + [_order(rollout, unit) for unit in ordered]

    def _checked(self, db: sqlite3.Connection, rollout: Rollout, now_ms: int) -> list[Unit]:
        """The endpoints that are still of the site; who was updated by hand meanwhile is current."""
        query = "SELECT device FROM firmware WHERE version = ? AND board = ?"
        current = {device for (device,) in db.execute(query, (rollout.version_text, rollout.board))}
        units = [
            self._not_ahead(db, rollout.id, unit, now_ms)
            for unit in ledger.units(db, rollout.id)
            if unit.device in self._site.endpoints
        ]
        return [  # one that was told to and lost may be on trial: it is asked again
            self._move(db, rollout.id, unit, Word.RUNS, now_ms) if self._came_by(unit, current) else unit
            for unit in units
        ]

    def _not_ahead(self, db: sqlite3.Connection, rollout_id: str, unit: Unit, now_ms: int) -> Unit:
        """After the clock was set back its times begin now: nothing waits until a wrong year has come."""
        if unit.since_ms <= now_ms:
            return unit
        now = replace(unit, since_ms=now_ms)
        ledger.put_unit(db, rollout_id, now)
        return now

    def _came_by(self, unit: Unit, current: set[str]) -> bool:
        return unit.device in current and not unit.attempts

    def awake(self, db: sqlite3.Connection, device: str) -> bool:
        """True where it is there and measures."""
        return device in self._site.endpoints and self._memory.look(db, device).presence == "online"


def _order(rollout: Rollout, unit: Unit) -> Mail:
    details = {"version": list(rollout.version), "size": rollout.size, "sha256": rollout.sha256}
    command = commands.encode_command("update", f"{rollout.id}.{unit.attempts}", **details)
    return Mail(device=unit.device, kind="command", payload=command)


def _restart(rollout: Rollout, unit: Unit) -> Mail:
    command = commands.encode_command("reboot", f"{rollout.id}.{unit.attempts}.reboot")
    return Mail(device=unit.device, kind="command", payload=command)
