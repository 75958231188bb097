"""Notices by the handheld: named in the list of the site, offered by its gateway, delivered when the terminal says so.

The gateway puts the incident on the worker's list (`called`, protocol/desk.py) and tells us `offered`; the terminal
answers `received`. Who is logged off or revoked receives nothing: his terminal and his gateway see to that.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from cloud.notices.people import Recipients
from cloud.notices.post import OFF_DUTY
from cloud.notices.relief import relieve
from cloud.notices.spread import BATCH, withdraw
from cloud.notices.ways import HANDHELD
from cloud.store.models import FieldReport, Incident, Notice
from domain.incidents import Stage
from domain.notices import WAITING, NoticeEvent, NoticePolicy, NoticeState, move_notice, worth_saying
from domain.roster import Roster

CALLED_MAX = 20  # people of one incident, protocol/desk.py
NOT_RECEIVED = "not_received"  # reason
OPEN = (*WAITING, NoticeState.SENT)


def called(
    session: Session, incidents: Collection[str], now_ms: int, roster: Roster | None = None
) -> dict[str, dict[str, int]]:
    """incident -> person -> how often he was called since it was reported, of incidents that nobody has taken.

    By `roster`, whoever has left meanwhile is left out, though his terminal had said `received`.
    """
    # of two marks, either: a clock that was set back, or calls that began anew, take none away
    of_now = or_(Notice.made_at_ms >= Incident.reported_at_ms, Notice.round == Incident.round)
    query = (
        select(Notice.incident_id, Notice.person, func.count())
        .join(Incident, Incident.id == Notice.incident_id)
        .where(Notice.channel == HANDHELD, Notice.incident_id.in_(incidents), Incident.stage == Stage.REPORTED)
        .where(of_now, Notice.due_ms <= now_ms)
        .where(Notice.state.not_in((NoticeState.WITHDRAWN, NoticeState.GIVEN_UP)))
        .group_by(Notice.incident_id, Notice.person)
        .order_by(Notice.incident_id, func.min(Notice.id))
    )
    found: dict[str, dict[str, int]] = {}
    for incident_id, person, times in session.execute(query):
        if roster is not None and roster.has_left(person):
            continue
        people = found.setdefault(incident_id, {})
        if len(people) < CALLED_MAX:
            people[person] = times
    return found


def heard(session: Session, report: FieldReport, at_ms: int) -> set[str]:
    """A gateway or a terminal says what became of a task: its notices go on; the incident, where that was so."""
    event = {"offered": NoticeEvent.SEND, "received": NoticeEvent.DELIVER}.get(report.what)
    if event is None or report.person is None or report.incident_id is None:
        return set()
    before = WAITING if event is NoticeEvent.SEND else (*OPEN, NoticeState.GIVEN_UP)
    mine = (Notice.incident_id == report.incident_id, Notice.person == report.person, Notice.channel == HANDHELD)
    found = session.scalars(select(Notice).where(*mine, Notice.state.in_(before)).with_for_update()).all()
    for notice in found:
        notice.state = move_notice(NoticeState(notice.state), event)
        notice.sent_at_ms = notice.sent_at_ms or at_ms
        notice.delivered_at_ms = at_ms if event is NoticeEvent.DELIVER else None
        notice.reason = ""
    return {notice.incident_id for notice in found}


def watch(session: Session, recipients: Recipients, policy: NoticePolicy, now_ms: int) -> int:
    """Call failed what no terminal has taken in time, and withdraw what its worker must not hear; how many that was."""
    late_ms = now_ms - policy.receive_s * 1000
    settled = (Notice.state != NoticeState.FAILED, Incident.stage != Stage.REPORTED)
    query = (
        select(Notice, Incident)
        .join(Incident, Incident.id == Notice.incident_id)
        .where(Notice.channel == HANDHELD, Notice.state.in_(OPEN), Notice.due_ms <= now_ms)
        .where(or_(Notice.made_at_ms <= late_ms, *settled))
        .order_by(Notice.attempts, Notice.id)
        .limit(BATCH)
    )
    found = [(row[0], row[1]) for row in session.execute(query.with_for_update(skip_locked=True, of=Notice))]
    changed = sum([_watch(notice, Stage(incident.stage), recipients, policy, now_ms) for notice, incident in found])
    relieve(session, recipients, (pair for pair in found if pair[0].reason == OFF_DUTY), now_ms)
    return changed


def _watch(notice: Notice, stage: Stage, recipients: Recipients, policy: NoticePolicy, now_ms: int) -> bool:
    before = notice.state
    if not worth_saying(notice.step, stage):
        withdraw(notice, "settled")
    elif not recipients.hears(notice.person, notice.made_at_ms, now_ms):
        withdraw(notice, OFF_DUTY)
    elif now_ms - notice.made_at_ms > policy.give_up_s * 1000:
        notice.state, notice.reason = move_notice(NoticeState(before), NoticeEvent.GIVE_UP), NOT_RECEIVED
    elif now_ms - max(notice.made_at_ms, notice.due_ms) > policy.receive_s * 1000 and before != NoticeState.FAILED:
        notice.state, notice.reason = move_notice(NoticeState(before), NoticeEvent.FAIL), NOT_RECEIVED
        notice.attempts += 1
    return notice.state != before
