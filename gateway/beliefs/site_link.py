"""The link to the endpoints' broker: while it is down nobody watches the site, and that is one incident."""

from __future__ import annotations

import sqlite3
from contextlib import suppress

import msgspec

from domain.alarms import Change, NewId
from domain.availability import Availability, Sign
from domain.incidents import Kind, Severity
from gateway.site_file.site import Member, Site


def member(site: Site) -> Member:
    """The gateway in the place of an endpoint. Its site stands for a grid: such an incident goes to the community."""
    return Member(device=site.gateway, kind="gateway", place=site.gateway, grid=site.site)


def note(db: sqlite3.Connection, at_ms: int, new_id: NewId, *, up_ms: int) -> list[Change]:
    """What it changes that the link stands, or was up last at `up_ms`, too long ago."""
    link = Availability(Kind.SITE_LINK_DOWN, Severity.MAJOR)
    row = db.execute("SELECT state FROM site_link").fetchone()
    if row is not None:
        with suppress(ValueError, TypeError, LookupError):  # rotten bytes: it begins anew
            link.restore(msgspec.json.decode(row[0]))
    link.on(Sign.TALKED, up_ms, "", new_id)
    changes = link.on(Sign.HEARD if up_ms == at_ms else Sign.SILENT, at_ms, "site_link_down", new_id)
    db.execute("INSERT OR REPLACE INTO site_link VALUES (1, ?)", (msgspec.json.encode(link.to_state()),))
    return changes
