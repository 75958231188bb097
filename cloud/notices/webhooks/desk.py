"""Who administers webhooks: make one, look at it, let it go on, take it away."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cloud.notices.views import WebhookView
from cloud.notices.webhooks.feed import ACTIVE, FAILING, STOPPED
from cloud.notices.webhooks.reach import OutOfReach, reach_of
from cloud.plan import Plan
from cloud.store.engine import Store
from cloud.store.models import IncidentLog
from cloud.store.models_notices import Webhook
from cloud.trust.seals import Seals
from domain.incidents import Kind
from runtime.clock import Clock

WEBHOOKS_MAX = 20
NAME_MAX, URL_MAX = 128, 2000


class WebhookError(Exception):
    """Nothing has changed; the text says what to mend."""


class UnknownWebhook(WebhookError):
    """There is no such webhook."""


class BadWebhook(WebhookError):
    """A field of it cannot be."""


class Webhooks:
    """Use cases, each in one transaction. `seals` is put in place by whoever has the keys, `reach` by the settings."""

    def __init__(self, store: Store, plan: Plan, clock: Clock) -> None:
        self._store = store
        self._plan = plan
        self._clock = clock
        self.seals: Seals | None = None
        self.reach = reach_of()

    def rows(self) -> tuple[WebhookView, ...]:
        """All of them."""
        with self._store.read() as session:
            newest = _newest(session)
            return tuple(self._view(row, newest) for row in session.scalars(select(Webhook).order_by(Webhook.name)))

    def add(self, name: str, url: str, area: str | None, kinds: Sequence[str], by: str) -> tuple[WebhookView, str]:
        """A new one, which hears of everything from now on; and its secret, which nobody shows again."""
        self._check(name, url, area, kinds)
        webhook_id, secret = f"wh-{secrets.token_hex(8)}", secrets.token_urlsafe(32)
        try:
            with self._store.write(["webhooks:"]) as session:
                if (session.scalar(select(func.count()).select_from(Webhook)) or 0) >= WEBHOOKS_MAX:
                    raise BadWebhook(f"there are {WEBHOOKS_MAX} webhooks already; take one away first")
                newest = _newest(session)
                row = Webhook(
                    id=webhook_id, name=name, url=url, secret=self._seals().seal(secret, _what(webhook_id)), area=area,
                    kinds={"names": list(dict.fromkeys(kinds))}, state=ACTIVE, log_id=newest, attempts=0, due_ms=0,
                    failing_since_ms=None, last_ok_ms=None, reason="", held_until_ms=0,
                    made_ms=self._clock.now_ms(), made_by=by,
                )  # fmt: skip
                session.add(row)
                session.flush()
                return self._view(row, newest), secret
        except IntegrityError:
            raise BadWebhook(f"name: there is a webhook called {name} already") from None

    def resume(self, webhook_id: str, *, skip: bool) -> WebhookView:
        """Try again now; `skip` leaves out what was made meanwhile. Raises UnknownWebhook."""
        with self._store.write([f"webhook:{webhook_id}"]) as session:
            row = _get(session, webhook_id)
            newest = _newest(session)
            row.state, row.attempts, row.due_ms, row.failing_since_ms, row.reason = ACTIVE, 0, 0, None, ""
            row.held_until_ms = 0
            if skip:
                row.log_id = newest
            return self._view(row, newest)

    def remove(self, webhook_id: str) -> None:
        """Take it away. Raises UnknownWebhook."""
        with self._store.write([f"webhook:{webhook_id}"]) as session:
            session.delete(_get(session, webhook_id))

    def open_secret(self, row: Webhook) -> str:
        """For whoever signs."""
        return self._seals().open(row.secret, _what(row.id))

    def health(self) -> dict[str, int]:
        """For /metrics: how many there are of each state, and how far the slowest that is not stopped is behind."""
        with self._store.read() as session:
            rows = session.execute(select(Webhook.state, Webhook.log_id)).all()
            newest = _newest(session)
        counts = Counter(state for state, _ in rows)
        behind = max((newest - log_id for state, log_id in rows if state != STOPPED), default=0)
        return {**{state: counts[state] for state in (ACTIVE, FAILING, STOPPED)}, "behind": max(0, behind)}

    def _seals(self) -> Seals:
        if self.seals is None:
            raise BadWebhook("this process has no key for secrets: give it the key file of the centre")
        return self.seals

    def _check(self, name: str, url: str, area: str | None, kinds: Sequence[str]) -> None:
        if not 1 <= len(name.strip()) <= NAME_MAX:
            raise BadWebhook(f"name: 1 to {NAME_MAX} characters")
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable or len(url) > URL_MAX or not url.isascii() or any(c.isspace() for c in url):
            raise BadWebhook("url: an address that begins with https:// or http://")
        try:
            self.reach.check_host(parts.hostname or "")
        except OutOfReach as error:
            raise BadWebhook(f"url: {error}") from None
        if area is not None and not self._plan.areas.has(area):
            raise BadWebhook(f"area: no area is called {area}")
        strange = [kind for kind in kinds if kind not in tuple(Kind)]
        if strange:
            raise BadWebhook(f"kinds: no incident is called {', '.join(strange)}")

    def _view(self, row: Webhook, newest: int) -> WebhookView:
        parts = urlsplit(row.url)
        port = f":{parts.port}" if parts.port else ""
        waits = row.state != STOPPED and row.due_ms > self._clock.now_ms()
        return WebhookView(
            id=row.id,
            name=row.name,
            url=f"{parts.scheme}://{parts.hostname}{port}{parts.path}",
            area=row.area,
            kinds=tuple(row.kinds.get("names") or ()),
            state=row.state,
            behind=max(0, newest - row.log_id),
            attempts=row.attempts,
            next_at_ms=row.due_ms if waits else None,
            last_ok_ms=row.last_ok_ms,
            reason=row.reason,
            made_ms=row.made_ms,
            made_by=row.made_by,
        )


def reseal(session: Session, seals: Seals) -> int:
    """Every secret under the newest key, after a rotation; how many."""
    rows = session.scalars(select(Webhook).with_for_update()).all()
    for row in rows:
        row.secret = seals.seal(seals.open(row.secret, _what(row.id)), _what(row.id))
    return len(rows)


def _what(webhook_id: str) -> str:
    return f"webhook:{webhook_id}"


def _newest(session: Session) -> int:
    return session.scalar(select(func.max(IncidentLog.id))) or 0


def _get(session: Session, webhook_id: str) -> Webhook:
    row = session.get(Webhook, webhook_id, with_for_update=True)
    if row is None:
        raise UnknownWebhook(f"no webhook {webhook_id}")
    return row
