"""The centre of all panels: works frames in, answers after the commit, asks, sets clocks, listens for silence."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import structlog

from domain.gb26875 import facts, times, units
from domain.gb26875.exchanges import Exchanges, Order, Outcome
from domain.gb26875.frames import Command, Frame, encode, reply
from domain.incidents import Severity
from domain.standing import Problem
from gateway.adapters import Host
from gateway.adapters.gb26875 import orders
from gateway.adapters.gb26875.arrival import Arrival
from gateway.adapters.gb26875.intake import Intake, is_told
from gateway.adapters.gb26875.session import Send, outcome_of, will_pass
from gateway.adapters.gb26875.strangers import Strangers
from gateway.site_file.gb26875_section import Config, PanelMember
from runtime.clock import CLOCK_SET_MS

log = structlog.get_logger()
ROUND_S = 0.5
BEAT_S = 60.0  # a round takes one commit
CLOCK_AGAIN_S = 600.0  # a clock that cannot be set is not set more often than this
OURS = 0  # id of orders that nobody waits for


@dataclass(slots=True, kw_only=True)
class Contact:
    """What lives with the process about one panel: the way to it, and what it was asked."""

    heard_s: float
    send: Send | None = None
    ours: int = 0  # the address it calls us by
    version: bytes = b"\x01\x01"
    clock_s: float | None = None  # when its clock was set last
    polled_s: float = 0.0
    exchanges: Exchanges = field(default_factory=Exchanges)


class Centre:
    """Implements session.Desk. Times in seconds are monotonic: silence must not depend on a clock that may step."""

    def __init__(self, host: Host, config: Callable[[], Config], intake: Intake) -> None:
        self._host = host
        self._config = config
        self._intake = intake
        self._contacts: dict[str, Contact] = {}
        self._since_s = 0.0
        self._strangers = Strangers()
        self._returned: list[str] = []  # panels that were away
        self._told: list[Problem] | None = None  # None: what stood before the start is not known
        self.closed: dict[str, str] = {}  # listeners that cannot listen: name -> why

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()

    def _tag(self, now_ms: int) -> bytes:
        return times.write(now_ms, self._config().listening.zone_minutes)

    async def take(self, frame: Frame, peer: str, send: Send) -> Frame | None:
        """Work in one frame. The reply comes after the commit, and not at all where nothing could be committed."""
        now_ms = self._host.clock.now_ms()
        panel = self._config().find(frame.source, peer)
        who = f"{frame.source}@{peer}"
        if panel is None:
            self._strangers.note(who, self._now_s())
            await outcome_of(self._host.writer.do(lambda db: self._intake.refuse_stranger(db, frame, peer, now_ms)))
            return None
        self._strangers.forget(who)
        if frame.command == Command.REQUEST:  # the standard has no question of a device to its centre
            await self.count({"requests_denied": 1})
            return reply(frame, Command.DENY, self._tag(now_ms))
        self._meet(panel, frame, send, now_ms)
        if frame.command in (Command.CONFIRM, Command.ANSWER, Command.DENY):
            await self._answered(panel, frame)
        if frame.command in (Command.CONFIRM, Command.DENY):
            frame = Frame(serial=frame.serial, command=frame.command, source=frame.source, target=frame.target)
        durable = await self._work_in(Arrival(panel=panel, frame=frame, received_ms=now_ms))
        return reply(frame, Command.CONFIRM, self._tag(now_ms)) if durable and is_told(frame) else None

    async def _work_in(self, arrival: Arrival) -> bool:
        """True once it is durable: taken, or kept aside with the reason."""
        outcome = await outcome_of(self._host.writer.do(lambda db: self._intake.take(db, arrival)))
        if outcome is not None and not will_pass(outcome):  # a fault of ours: neither lost nor back for ever
            log.error("panel_frame_failed", device=arrival.panel.device, exc_info=outcome)
            outcome = await outcome_of(
                self._host.writer.do(lambda db: self._intake.refuse(db, arrival, "internal_error"))
            )
        return outcome is None and not self._host.writer.afloat

    def deny(self, head: Frame, peer: str) -> Frame | None:
        """Clause 6.4: data with a check error are thrown away and denied; the sender sends again."""
        panel = self._config().find(head.source, peer)
        return None if panel is None else reply(head, Command.DENY, self._tag(self._host.clock.now_ms()))

    async def count(self, counts: dict[str, int]) -> None:
        """Count what was no frame."""
        await outcome_of(self._host.writer.do(lambda db: self._intake.count(db, counts)))

    def _meet(self, panel: PanelMember, frame: Frame, send: Send, now_ms: int) -> None:
        contact = self._contacts.setdefault(panel.device, Contact(heard_s=self._now_s()))
        if contact.send is None or self._now_s() - contact.heard_s > self._config().listening.silence_s:
            self._returned.append(panel.device)
        contact.heard_s, contact.send = self._now_s(), send
        contact.ours, contact.version = frame.target, frame.version
        clock = times.senders_clock(frame.time, now_ms, self._config().listening.zone_minutes)
        wrong = not clock.is_right and self._config().listening.set_clock and now_ms >= CLOCK_SET_MS
        again = contact.clock_s is None or self._now_s() - contact.clock_s > CLOCK_AGAIN_S
        if wrong and again and not contact.exchanges.is_full:
            contact.clock_s = self._now_s()
            data = units.encode(90, (facts.SetClock(tag=self._tag(now_ms)),))
            contact.exchanges.add(Order(id=OURS, command=Command.CONTROL, data=data))

    async def _answered(self, panel: PanelMember, frame: Frame) -> None:
        outcome = self._contacts[panel.device].exchanges.hear(frame)
        if outcome is not None:
            await self._settle(outcome)

    async def _settle(self, outcome: Outcome) -> None:
        if outcome.id != OURS:
            now_ms = self._host.clock.now_ms()
            settle = partial(orders.settle, n=outcome.id, phase=outcome.phase, answer=outcome.data, now_ms=now_ms)
            await self._host.writer.do(settle)

    async def run(self) -> None:
        """Ask, poll, listen for silence; for ever."""
        self._since_s = self._now_s()
        await self._host.writer.do(orders.start_anew)
        while True:
            self._host.beat("panels", BEAT_S)
            if not self._config().panels and not self._told:
                await asyncio.sleep(ROUND_S)
                continue
            now_ms, problems = self._host.clock.now_ms(), self._problems()
            tick = partial(self._tick, silent=self._silent(), now_ms=now_ms)
            for device, order in await self._host.writer.do(tick):
                await self._put(device, order)
            if problems != self._told:
                await self._host.writer.do(partial(self._host.note, problems=problems, now_ms=now_ms))
                self._told = problems
            for device, panel in list(self._config().panels.items()):
                if device in self._contacts:
                    await self._speak(panel, self._contacts[device])
            await asyncio.sleep(ROUND_S)

    def _tick(self, db: sqlite3.Connection, silent: frozenset[str], now_ms: int) -> list[tuple[str, Order]]:
        self._intake.tick(db, silent, now_ms)
        returned, self._returned = self._returned, []
        asked = [
            (device, Order(id=OURS, command=Command.REQUEST, data=data))
            for device in returned
            for data in self._intake.doubts(db, device)
        ]
        return orders.fetch(db) + asked

    def _problems(self) -> list[Problem]:
        """What is wrong with the way to panels, and not with one of them."""
        closed = [
            Problem(rule="panel_port", severity=Severity.MAJOR, channel=name, reason=why)
            for name, why in sorted(self.closed.items())
        ]
        return closed + [
            Problem(rule="panel_unknown", severity=Severity.MINOR, channel=who)
            for who in self._strangers.present(self._now_s())
        ]

    def _silent(self) -> frozenset[str]:
        """Panels that said nothing for too long; whoever's fault it is, nobody watches there."""
        limit_s, now_s = self._config().listening.silence_s, self._now_s()
        heard = {device: contact.heard_s for device, contact in self._contacts.items()}
        devices = self._config().panels
        return frozenset(device for device in devices if now_s - heard.get(device, self._since_s) > limit_s)

    async def _put(self, device: str, order: Order) -> None:
        contact = self._contacts.setdefault(device, Contact(heard_s=self._since_s))
        try:
            contact.exchanges.add(order)
        except ValueError as error:
            log.warning("panel_order_refused", device=device, why=str(error))
            await self._host.writer.do(partial(orders.refuse, n=order.id, why=str(error)))

    async def _speak(self, panel: PanelMember, contact: Contact) -> None:
        now_s, now_ms = self._now_s(), self._host.clock.now_ms()
        quiet_s = now_s - max(contact.heard_s, contact.polled_s)
        if contact.send is not None and quiet_s > self._config().listening.poll_s and not contact.exchanges.is_full:
            contact.polled_s = now_s
            data = units.encode(81, (facts.Plain(),))
            contact.exchanges.add(Order(id=OURS, command=Command.REQUEST, data=data))
        due = contact.exchanges.due(
            now_s,
            source=contact.ours or self._config().listening.address,
            target=panel.address,
            time=self._tag(now_ms),
            version=contact.version,
        )
        if isinstance(due, Outcome):
            await self._settle(due)
        elif due is not None and contact.send is not None:
            contact.send(encode(due))
