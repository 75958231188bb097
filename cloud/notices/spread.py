"""What happens to notices while nobody is called: owed to each channel, withdrawn when there is nothing to say."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.notices.people import Manner, Recipients
from cloud.notices.ways import CONSOLE, HANDHELD
from cloud.store.models import Incident, Notice
from domain.incidents import Stage, is_grave
from domain.notices import WAITING, NoticeEvent, NoticeState, move_notice, quiet_until_ms, worth_saying

BATCH = 500
STALE_MS = 7 * 86_400_000  # on the page of somebody who does not log in; our default
SETTLED = "settled"  # reason: somebody has it, or it is over
QUIET = "quiet"  # reason: it waits for the end of quiet hours


def spread(session: Session, recipients: Recipients, now_ms: int) -> tuple[int, frozenset[str]]:
    """Owe new notices to every channel of their people; how many there were, and incidents with some for handhelds."""
    new = (Notice.channel == CONSOLE, Notice.state.in_(WAITING), Notice.spread.is_(False))
    query = select(Notice).where(*new).order_by(Notice.id).limit(BATCH).with_for_update(skip_locked=True)
    rows = list(session.scalars(query))
    grave = _grave(session, {row.incident_id for row in rows})
    manners = recipients.manners(session, {row.person for row in rows})
    known = _known(session, grave)  # one that is there already must hold no other up
    called = set()
    for row in rows:
        row.spread = True
        manner = manners[row.person]
        for channel in manner.channels:
            if channel != CONSOLE and (row.incident_id, row.person, row.step, row.round, channel) not in known:
                at_once = grave[row.incident_id]
                session.add(_copy(row, channel, manner, recipients.utc_offset_min, now_ms, at_once=at_once))
        if HANDHELD in manner.channels:
            called.add(row.incident_id)
    return len(rows), frozenset(called)


def _grave(session: Session, incident_ids: Collection[str]) -> dict[str, bool]:
    query = select(Incident.id, Incident.kind, Incident.placed_as).where(Incident.id.in_(incident_ids))
    return {row.id: is_grave(row.kind, row.placed_as) for row in session.execute(query)}


def _known(session: Session, incident_ids: Collection[str]) -> set[tuple[str, str, str, int, str]]:
    key = (Notice.incident_id, Notice.person, Notice.step, Notice.round, Notice.channel)
    found = session.execute(select(*key).where(Notice.incident_id.in_(incident_ids), Notice.channel != CONSOLE))
    return {(incident, person, step, number, channel) for incident, person, step, number, channel in found}


def _copy(row: Notice, channel: str, manner: Manner, utc_offset_min: int, now_ms: int, *, at_once: bool) -> Notice:
    until_ms = now_ms if at_once else quiet_until_ms(manner.quiet, now_ms, utc_offset_min)
    return Notice(
        incident_id=row.incident_id,
        person=row.person,
        tier=row.tier,
        step=row.step,
        round=row.round,
        channel=channel,
        state=NoticeState.OWED,
        made_at_ms=row.made_at_ms,
        delivered_at_ms=None,
        attempts=0,
        spread=True,
        due_ms=until_ms if until_ms > now_ms else 0,
        reason=QUIET if until_ms > now_ms else "",
    )


def withdraw_settled(
    session: Session, now_ms: int, incidents: Collection[str] | None = None, after: int = 0
) -> tuple[int, int | None]:
    """Withdraw what nobody has to hear any more, of these incidents or of all; (how many, where to go on or None)."""
    query = (
        select(Notice, Incident.stage)
        .join(Incident, Incident.id == Notice.incident_id)
        .where(Notice.state.in_(WAITING), Notice.held_until_ms <= now_ms, Notice.id > after)
        .where(Incident.stage != Stage.REPORTED)
    )
    if incidents is not None:
        query = query.where(Notice.incident_id.in_(incidents))
    rows = session.execute(query.order_by(Notice.id).limit(BATCH).with_for_update(skip_locked=True, of=Notice)).all()
    gone = [
        notice
        for notice, stage in rows
        if not worth_saying(notice.step, Stage(stage)) or now_ms - notice.made_at_ms > STALE_MS
    ]
    for notice in gone:
        withdraw(notice, SETTLED)
    return len(gone), rows[-1][0].id if len(rows) == BATCH else None


def withdraw(notice: Notice, why: str) -> None:
    """Nothing is left to say by this one, or nobody to say it to."""
    notice.state = move_notice(NoticeState(notice.state), NoticeEvent.WITHDRAW)
    notice.reason, notice.held_until_ms = why, 0
