"""Every other second: what rollouts have to tell endpoints, and the incident where one stands still. People's door."""

from __future__ import annotations

import asyncio
import sqlite3
from functools import partial
from typing import Any

import msgspec

from domain.incidents import Kind
from domain.rollouts.plan import Act, Policy
from gateway.control import Control
from gateway.pipeline.pipeline import Pipeline
from gateway.pulse.rounds import Round
from gateway.rollouts.report import problems, report
from gateway.rollouts.rollouts import Bundle, RolloutError, Rollouts
from gateway.site_file.site import Site
from gateway.store.writer import Writer
from gateway.work.mail import Mail
from protocol import topics
from runtime.clock import Clock
from runtime.mqtt import Connection

STEP_S = 2.0


class RolloutLoop:
    """The clock of the rollouts and their post."""

    def __init__(self, site: Site, rollouts: Rollouts, pipeline: Pipeline, writer: Writer, clock: Clock) -> None:
        self._site = site
        self._rollouts = rollouts
        self._pipeline = pipeline
        self._writer = writer
        self._clock = clock

    def serve(self, control: Control) -> None:
        """Answer what people may ask for."""
        control.on("rollout_start", self._start)
        control.on("rollout_act", self._act)
        control.on("rollout_status", self._status)

    async def run(self, link: Connection, alive: Round) -> None:
        """For ever, while the endpoints' broker can be reached."""
        while True:
            await alive.wait(link.wait_up)
            for mail in await self._writer.do(partial(self._step, now_ms=self._clock.now_ms())):
                link.publish(topics.build(self._site.site, mail.device, mail.kind), mail.payload)
            await asyncio.sleep(STEP_S / self._clock.speed)

    def _step(self, db: sqlite3.Connection, now_ms: int) -> list[Mail]:
        mails = self._rollouts.step(db, now_ms) if self._pipeline.watching else []
        self._pipeline.note_own(db, Kind.UPDATE_FAILED, problems(db), now_ms)
        return mails

    async def _start(self, question: dict[str, Any]) -> dict[str, Any]:
        bundle, policy = _asked(question.get("bundle"), Bundle), _asked(question.get("policy"), Policy)
        who, now_ms = str(question.get("who", "")), self._clock.now_ms()
        start = partial(self._rollouts.start, bundle=bundle, policy=policy, now_ms=now_ms, who=who)
        return {"id": (await self._writer.do(start)).id}

    async def _act(self, question: dict[str, Any]) -> dict[str, Any]:
        rollout_id, who, why = (str(question.get(name, "")) for name in ("id", "who", "why"))
        act, now_ms = _asked(question.get("act"), Act), self._clock.now_ms()
        job = partial(self._rollouts.act, rollout_id=rollout_id, act=act, now_ms=now_ms, who=who, why=why)
        return {"state": (await self._writer.do(job)).state}

    async def _status(self, _question: dict[str, Any]) -> dict[str, Any]:
        awake = self._rollouts.awake
        return {"rollouts": await self._writer.do(lambda db: report(db, partial(awake, db)))}


def _asked(value: object, form: Any) -> Any:
    try:
        return msgspec.convert(value, form)
    except msgspec.ValidationError as error:
        raise RolloutError(f"参数有误 / wrong: {error}") from None
