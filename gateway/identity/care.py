"""Look after the certificates of a site: renew ours, find what is wrong with the others. Blocking; no database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from domain.incidents import Severity
from domain.standing import Problem
from gateway.identity.home import Identity
from runtime.brokers import certificates, reload
from runtime.brokers.certificates import Facts
from runtime.brokers.errors import IdentityError
from runtime.clock import CLOCK_SET_MS

log = structlog.get_logger()
# defaults: time for a person to come; an authority takes a visit to every board
SOON_DAYS, VERY_SOON_DAYS, AUTHORITY_SOON_DAYS = 30, 7, 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """Certificates that are not ours to renew. `centre`: DER, as its broker showed it; `client`: file of our own."""

    centre: bytes = b""
    client: str | None = None


def look_after(identity: Identity, others: Others, now_ms: int, patience_s: float = reload.PATIENCE_S) -> list[Problem]:
    """Renew, make the broker follow, and say what is wrong all the same."""
    if now_ms < CLOCK_SET_MS:  # it judges nobody's end
        return []
    return [*_own(identity, now_ms, patience_s), *_of_others(others, now_ms)]


def ends(name: str, found: Facts, now_ms: int, soon_days: int = SOON_DAYS) -> Iterator[Problem]:
    """The problem of a certificate whose end is near: minor, major in its last week, critical after it."""
    days = found.days_left(now_ms)
    if days < soon_days:
        last = Severity.CRITICAL if days <= 0 else Severity.MAJOR
        severity = Severity.MINOR if days > VERY_SOON_DAYS else last
        yield _problem(f"{name}_ends", severity, value=round(days, 1), unit="day", reason=found.subject)


def _own(identity: Identity, now_ms: int, patience_s: float) -> Iterator[Problem]:
    home = identity.home
    if not home.exists:
        return
    try:
        yield from _renew(identity, now_ms)
        yield from ends("server", home.server_facts(), now_ms)
        yield from ends("authority", home.authority_facts(), now_ms, AUTHORITY_SOON_DAYS)
        yield from _follow(identity, patience_s)
    except (IdentityError, OSError) as error:
        log.warning("identity_damaged", why=str(error))
        yield _problem("identity_damaged", Severity.MAJOR, reason=str(error))


def _renew(identity: Identity, now_ms: int) -> Iterator[Problem]:
    try:
        if identity.home.renew(now_ms):
            log.info("certificate_renewed", names=identity.home.server_facts().names)
    except (IdentityError, OSError) as error:
        log.warning("renewal_failed", why=str(error))
        yield _problem("renewal_failed", Severity.MINOR, reason=str(error))


def _follow(identity: Identity, patience_s: float) -> Iterator[Problem]:
    """The broker works by the newest files, or why not. One that is away is another incident: site_link_down."""
    done = reload.follow(identity.home, patience_s)
    if done.trouble == "not_taken":
        log.error("broker_does_not_follow", detail=done.detail)
        yield _problem("broker_does_not_follow", Severity.MAJOR, reason=done.detail)
    elif done.trouble == "certificate":
        yield _problem("foreign_broker", Severity.MAJOR, reason=done.detail)


def _of_others(others: Others, now_ms: int) -> Iterator[Problem]:
    try:
        if others.centre:
            yield from ends("centre", certificates.facts(others.centre), now_ms)
        if others.client is not None:
            yield from ends("client", certificates.facts(Path(others.client).read_bytes()), now_ms)
    except (IdentityError, OSError) as error:
        yield _problem("identity_damaged", Severity.MAJOR, reason=str(error))


def _problem(rule: str, severity: Severity, *, value: bool | float = True, unit: str = "", reason: str = "") -> Problem:
    return Problem(rule=rule, severity=severity, channel="certificate", value=value, unit=unit, reason=reason)
