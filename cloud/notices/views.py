"""What people are shown of notices and webhooks. Times are UTC epoch milliseconds; words come from the console."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """One notice to one person by one channel."""

    id: int
    incident_id: str
    person: str
    person_name: str
    tier: str
    step: str
    channel: str
    state: str  # owed, sent, delivered, failed, given_up, withdrawn
    made_at_ms: int
    sent_at_ms: int | None
    delivered_at_ms: int | None
    attempts: int
    next_at_ms: int | None  # when it is tried (again); None: at once, or never
    reason: str  # a code (unsaid.*), or what the channel said


@dataclass(frozen=True, slots=True, kw_only=True)
class MannerView:
    """How somebody is told: what holds now, and what of it is the person's own wish (None: the centre's rules)."""

    person: str
    channels: tuple[str, ...]
    quiet: str | None
    language: str
    own_channels: tuple[str, ...] | None
    own_quiet: str | None
    own_language: str | None
    known_channels: tuple[str, ...]
    outside: tuple[str, ...]  # of these, what takes a test message
    changed_ms: int | None  # when the wish was last changed, by whom
    changed_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookView:
    """Another system that hears of incidents. Its secret is shown once, when it is made."""

    id: str
    name: str
    url: str  # without user, password and query
    area: str | None
    kinds: tuple[str, ...]
    state: str  # active, failing, stopped
    behind: int  # entries of the log that it does not have yet
    attempts: int
    next_at_ms: int | None
    last_ok_ms: int | None
    reason: str
    made_ms: int
    made_by: str
