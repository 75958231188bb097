"""The alarms of ordinary rules for whoever stands beside the gateway: see them, say that one is known, reset one."""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import Any

import structlog

from domain.alarm_states import move
from domain.endpoints import Endpoint
from domain.incidents import Kind
from gateway.beliefs.memory import Memory
from gateway.control import Control, Fields, Refused
from gateway.pipeline.pipeline import Pipeline
from gateway.site_file.site import Site
from gateway.store.writer import Writer
from runtime.clock import Clock
from runtime.ids import uuid7

log = structlog.get_logger()
MAX_ROWS = 1_000  # of one answer; who has more has a flood


class AlarmDesk:
    """Answers `alarms`, `acknowledge` and `reset` at the control socket; acts in the writer's thread."""

    def __init__(self, site: Site, memory: Memory, pipeline: Pipeline, writer: Writer, clock: Clock) -> None:
        self._site = site
        self._memory = memory
        self._pipeline = pipeline
        self._writer = writer
        self._clock = clock

    def serve(self, control: Control) -> None:
        """Before anything runs."""
        control.on("alarms", self._list)
        control.on("acknowledge", self._acknowledge)
        control.on("reset", self._reset)

    async def _list(self, _question: Fields) -> Fields:
        rows = await self._writer.do(self._rows)
        return {"alarms": rows[:MAX_ROWS], "more": max(0, len(rows) - MAX_ROWS)}

    def _rows(self, db: sqlite3.Connection) -> list[dict[str, Any]]:
        self._pipeline.batch.settle(db)
        return [
            self._row(db, device, self._memory.look(db, device), kind)
            for device in self._site.endpoints
            for kind in sorted(self._memory.look(db, device).alarms)
        ]

    def _row(self, db: sqlite3.Connection, device: str, endpoint: Endpoint, kind: Kind) -> dict[str, Any]:
        incident = endpoint.incidents.get(kind)
        shelf = None if incident is None else self._pipeline.book.kept_back(db, incident.id)
        state = endpoint.alarms[kind]
        return {
            "device": device,
            "place": self._site.endpoints[device].place,
            "kind": str(kind),
            "state": str(state if shelf is None else move(state, shelf.event)),
            "severity": None if incident is None else str(incident.severity),
            "since_ms": None if incident is None else incident.raised_at_ms,
            "rules": [] if incident is None else [signal.rule for signal in incident.signals],
        }

    async def _acknowledge(self, question: Fields) -> Fields:
        device, kind, by = self._asked(question)
        if not await self._writer.do(lambda db: self._change(db, device).acknowledge(kind)):
            raise Refused(f"{device} 没有未确认的 {kind} 报警 / {device} has no {kind} alarm that nobody knows of")
        log.info("alarm_acknowledged", device=device, kind=str(kind), by=by)
        return {}

    async def _reset(self, question: Fields) -> Fields:
        device, kind, by = self._asked(question)
        if not await self._writer.do(lambda db: self._do_reset(db, device, kind)):
            raise Refused(
                f"{device} 的 {kind} 没有等待复位，或原因还在 / nothing of {kind} waits for a reset at {device}, or "
                "its cause is still there"
            )
        log.info("alarm_reset", device=device, kind=str(kind), by=by)
        return {}

    def _do_reset(self, db: sqlite3.Connection, device: str, kind: Kind) -> bool:
        now_ms = self._clock.now_ms()
        changes = self._change(db, device).reset(kind, now_ms, partial(uuid7, now_ms))
        self._pipeline.owe(db, device, changes, now_ms)
        return bool(changes)

    def _change(self, db: sqlite3.Connection, device: str) -> Endpoint:
        self._pipeline.batch.settle(db)
        return self._memory.change(db, device)

    def _asked(self, question: Fields) -> tuple[str, Kind, str]:
        device, kind, by = (question.get(name) for name in ("device", "kind", "by"))
        if not isinstance(device, str) or device not in self._site.endpoints:
            raise Refused(f"本站没有终端 {device} / this site has no endpoint {device}")
        if not isinstance(kind, str) or kind not in set(Kind):
            raise Refused(f"没有事件 {kind} / there is no kind {kind}; kinds: {', '.join(Kind)}")
        if not isinstance(by, str) or not by.strip():
            raise Refused("请写明是谁 / say who does it")
        return device, Kind(kind), by
