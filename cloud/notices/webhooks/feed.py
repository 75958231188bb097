"""Carries the log of incidents to other systems: in order, at least once, each from where it stands.

The log is the queue: it is durable, and a webhook is a place in it. So nothing has to be owed to anybody when something
happens, and what was made while a receiver was down comes when it is back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from cloud.notices.channel import REASON_MAX, NotDelivered
from cloud.notices.webhooks.wire import body_of, event
from cloud.plan import Plan
from cloud.store.engine import Store
from cloud.store.models import Incident, IncidentLog
from cloud.store.models_notices import Webhook
from domain.notices import NoticePolicy, backoff_ms
from runtime.clock import Clock

log = structlog.get_logger()
READ = 500  # entries looked at in one step
BATCH = 100  # events of one request
GAP_MS = 5_000  # a number that is missing may still be committed by a transaction that began earlier
LEASE_MS = 60_000
STOP_MS = 3 * 86_400_000  # failing so long, a person has to look; our default
ACTIVE, FAILING, STOPPED = "active", "failing", "stopped"


class Gone(NotDelivered):
    """The receiver says that it wants nothing any more (HTTP 410)."""


Send = Callable[[str, str, str, bytes], None]  # webhook id, url, secret, body; raises NotDelivered


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What one request carries. Without a body only the place in the log moves: nothing of it was for this webhook."""

    webhook: str
    url: str
    secret: str
    from_id: int
    to_id: int
    body: bytes | None


class Feed:
    """One worker. `open_secret` gives a secret in clear; `draw` numbers from 0 to 1."""

    def __init__(
        self, store: Store, clock: Clock, plan: Plan, policy: NoticePolicy,
        open_secret: Callable[[Webhook], str], draw: Callable[[], float],
    ) -> None:  # fmt: skip
        self._store = store
        self._clock = clock
        self._plan = plan
        self._policy = policy
        self._open = open_secret
        self._draw = draw

    def due(self) -> list[str]:
        """Webhooks at which something may be done now."""
        now_ms = self._clock.now_ms()
        with self._store.read() as session:
            return list(session.scalars(select(Webhook.id).where(*_free(now_ms)).order_by(Webhook.id)))

    def claim(self, webhook_id: str) -> Parcel | None:
        """The next parcel of a webhook; None where it has everything, or where somebody else is at it."""
        now_ms = self._clock.now_ms()
        with self._store.write([f"webhook:{webhook_id}"]) as session:
            free = select(Webhook).where(Webhook.id == webhook_id, *_free(now_ms)).with_for_update()
            webhook = session.scalars(free).first()
            if webhook is None:
                return None
            entries = self._next(session, webhook.log_id, now_ms)
            mine = [(entry, incident) for entry, incident in entries if self._wants(webhook, incident)][:BATCH]
            if not entries:
                return None
            webhook.held_until_ms = now_ms + LEASE_MS
            last = mine[-1][0].id if len(mine) == BATCH else entries[-1][0].id
            body = body_of([event(entry, incident) for entry, incident in mine]) if mine else None
            secret = self._open(webhook)
            return Parcel(
                webhook=webhook.id, url=webhook.url, secret=secret, from_id=webhook.log_id, to_id=last, body=body
            )

    def _next(self, session: Session, after: int, now_ms: int) -> list[tuple[IncidentLog, Incident]]:
        """Entries after a place, up to a number that may still come."""
        query = (
            select(IncidentLog, Incident)
            .join(Incident, Incident.id == IncidentLog.incident_id)
            .where(IncidentLog.id > after)
            .order_by(IncidentLog.id)
            .limit(READ)
        )
        found: list[tuple[IncidentLog, Incident]] = []
        expected = after + 1
        for entry, incident in session.execute(query):
            if entry.id != expected and 0 <= now_ms - entry.at_ms < GAP_MS:
                break
            found.append((entry, incident))
            expected = entry.id + 1
        return found

    def _wants(self, webhook: Webhook, incident: Incident) -> bool:
        kinds = webhook.kinds.get("names") or []
        if kinds and incident.kind not in kinds:
            return False
        if webhook.area is None:
            return True
        return any(area.id == webhook.area for area in self._plan.areas.locate(incident.grid, incident.site))

    def settle(self, parcel: Parcel, error: NotDelivered | None) -> None:
        """Note what came of it."""
        now_ms = self._clock.now_ms()
        with self._store.write([f"webhook:{parcel.webhook}"]) as session:
            webhook = session.get(Webhook, parcel.webhook, with_for_update=True)
            if webhook is None or webhook.log_id != parcel.from_id:
                return  # it was taken away, or a person has moved it on
            webhook.held_until_ms = 0
            if error is not None:
                self._failed(webhook, error, now_ms)
                return
            webhook.log_id = parcel.to_id
            if parcel.body is not None:
                webhook.state, webhook.attempts, webhook.reason = ACTIVE, 0, ""
                webhook.failing_since_ms, webhook.last_ok_ms = None, now_ms

    def _failed(self, webhook: Webhook, error: NotDelivered, now_ms: int) -> None:
        webhook.attempts += 1
        webhook.reason = str(error)[:REASON_MAX]
        webhook.failing_since_ms = webhook.failing_since_ms or now_ms
        gone = isinstance(error, Gone) or now_ms - webhook.failing_since_ms > STOP_MS
        webhook.state = STOPPED if gone else FAILING
        webhook.due_ms = now_ms + backoff_ms(self._policy, webhook.attempts, grave=False, draw=self._draw())
        log.warning("webhook_failed", webhook=webhook.name, why=webhook.reason, state=webhook.state)

    def step(self, webhook_id: str, send: Send) -> bool:
        """Carry one parcel; True where there may be more."""
        parcel = self.claim(webhook_id)
        if parcel is None:
            return False
        error: NotDelivered | None = None
        if parcel.body is not None:
            try:
                send(parcel.webhook, parcel.url, parcel.secret, parcel.body)
            except NotDelivered as failed:
                error = failed
        self.settle(parcel, error)
        return error is None


def _free(now_ms: int) -> tuple[ColumnElement[bool], ...]:
    far_ms = 2 * 86_400_000  # after a step back of the clock nothing waits for the old time
    return (
        Webhook.state != STOPPED,
        or_(Webhook.due_ms <= now_ms, Webhook.due_ms > now_ms + far_ms),
        or_(Webhook.held_until_ms <= now_ms, Webhook.held_until_ms > now_ms + far_ms),
    )
