"""Shelves for whoever stands beside the gateway: put one up, take one away, see them; always by name."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from domain.incidents import Kind
from domain.shelving import Shelf, ShelfError
from gateway.beliefs.memory import Memory
from gateway.beliefs.site_book import ENDED_BY_TIME
from gateway.control import Control, Fields, Refused
from gateway.pipeline.pipeline import Pipeline
from gateway.site_file.site import Site
from gateway.store.writer import Writer
from runtime.clock import Clock
from runtime.ids import uuid7

log = structlog.get_logger()
MAX_SHELVES = 200  # at once; who needs more changes the site file
HOUR_MS = 3_600_000


class ShelfDesk:
    """Answers `shelve`, `unshelve` and `shelved` at the control socket; acts in the writer's thread."""

    def __init__(self, site: Site, memory: Memory, pipeline: Pipeline, writer: Writer, clock: Clock) -> None:
        self._site = site
        self._memory = memory
        self._pipeline = pipeline
        self._writer = writer
        self._clock = clock

    def serve(self, control: Control) -> None:
        """Before anything runs."""
        for word, handler in self.words().items():
            control.on(word, handler)

    def words(self) -> dict[str, Callable[[Fields], Awaitable[Fields]]]:
        """What it answers."""
        return {"shelve": self._shelve, "unshelve": self._unshelve, "shelved": self._shelved}

    def take_away(self, db: sqlite3.Connection, shelf_id: str, by: str) -> bool:
        """Who ends it by hand knows what is still true: told, and acknowledged on the spot (ISA-18.2, 11.7.3).

        False where it does not hold.
        """
        self._pipeline.batch.settle(db)
        known = self._pipeline.book.waiting(db, shelf_id)
        if not self._pipeline.book.unshelve(db, shelf_id, by, self._clock.now_ms()):
            return False
        for device, kind in known:
            if device in self._site.endpoints:
                self._memory.change(db, device).acknowledge(kind)
        return True

    def end(self, db: sqlite3.Connection, shelf_id: str) -> bool:
        """Its time is over, whatever our clock says. What is still true is told as new."""
        self._pipeline.batch.settle(db)
        return self._pipeline.book.unshelve(db, shelf_id, ENDED_BY_TIME, self._clock.now_ms())

    async def _shelve(self, question: Fields) -> Fields:
        shelf = self._asked(question, self._clock.now_ms())
        await self._writer.do(lambda db: self.put(db, shelf))
        log.warning("shelved", **self._named(shelf))
        return {"id": shelf.id, "until_ms": shelf.until_ms}

    def put(self, db: sqlite3.Connection, shelf: Shelf) -> None:
        """Put it up, in a transaction. Raises Refused where there are too many."""
        self._pipeline.batch.settle(db)
        if len(self._pipeline.book.shelved(db, shelf.from_ms)) >= MAX_SHELVES:
            raise Refused(f"已搁置 {MAX_SHELVES} 项，请先取消一些 / {MAX_SHELVES} shelves hold already; take some away")
        self._pipeline.book.shelve(db, shelf)

    async def _unshelve(self, question: Fields) -> Fields:
        shelf_id, by = question.get("id"), question.get("author")
        if not isinstance(shelf_id, str) or not isinstance(by, str) or not by.strip():
            raise Refused("请写明编号和操作人 / say which one and who does it: ID --author NAME")
        if not await self._writer.do(lambda db: self.take_away(db, shelf_id, by)):
            raise Refused(f"没有搁置 {shelf_id} / no shelf {shelf_id} holds; see `gridwhistle gateway shelved`")
        log.warning("unshelved", id=shelf_id, by=by)
        return {}

    async def _shelved(self, _question: Fields) -> Fields:
        rows = await self._writer.do(lambda db: self._pipeline.book.shelved(db, self._clock.now_ms()))
        return {"shelved": rows}

    def _asked(self, question: Fields, now_ms: int) -> Shelf:
        try:
            shelf = Shelf(
                id=uuid7(now_ms),
                device=_text(question, "device"),
                via=_text(question, "via"),
                kinds=_kinds(question),
                rule=_text(question, "rule"),
                author=_text(question, "author") or "",
                reason=_text(question, "reason") or "",
                from_ms=now_ms,
                until_ms=now_ms + _span_ms(question),
                service=question.get("service") is True,
            )
        except ShelfError as error:
            raise Refused(f"{error.zh} / {error}") from None
        self.check(shelf)
        return shelf

    def check(self, shelf: Shelf) -> None:
        """Whether this site takes it. Raises Refused."""
        if shelf.device is not None and self._site.member(shelf.device) is None:
            raise Refused(f"本站没有设备 {shelf.device} / this site has no device {shelf.device}")
        vias = sorted({member.via for member in self._site.endpoints.values() if member.via})
        if shelf.via is not None and shelf.via not in vias:
            raise Refused(
                f"站点文件里没有 via {shelf.via} / no endpoint hangs on {shelf.via}; known: {', '.join(vias)}"
            )
        people = {person.id for person in self._site.people.roster.people}
        if shelf.life_safety and people and shelf.author not in people:
            known = ", ".join(sorted(people))
            raise Refused(f"危及生命的只能由在册人员搁置 / life safety is shelved by somebody of the roster: {known}")

    @staticmethod
    def _named(shelf: Shelf) -> dict[str, Any]:
        kinds = ",".join(shelf.kinds) or "all but life safety"
        return {
            "id": shelf.id, "where": shelf.device or shelf.via, "kinds": kinds, "by": shelf.author,
            "reason": shelf.reason, "until_ms": shelf.until_ms, "out_of_service": shelf.service,
        }  # fmt: skip


def _text(question: Fields, name: str) -> str | None:
    value = question.get(name)
    if value is not None and not isinstance(value, str):
        raise Refused(f"{name} 应为文字 / {name} is text")
    return value or None


def _kinds(question: Fields) -> tuple[Kind, ...]:
    said = question.get("kinds") or []
    known = set(Kind)
    if not isinstance(said, list) or any(kind not in known for kind in said):
        raise Refused(f"没有这种事件 / there is no such kind; kinds: {', '.join(Kind)}")
    return tuple(dict.fromkeys(Kind(kind) for kind in said))


def _span_ms(question: Fields) -> int:
    hours = question.get("hours")
    if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 < hours < 1e6:
        raise Refused("请写明多少小时 / say for how many hours: --hours 2")
    return round(hours * HOUR_MS)
