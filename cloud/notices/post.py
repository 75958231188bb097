"""The post of one channel to the outside: claims what is due, writes the letter as it goes, and notes what came of it.

Several workers may do this at once: a claim is a row held for a while, and one that died lets go by itself. At least
once: after a crash between the sending and the note of it, a message comes twice; none is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from cloud.notices.channel import REASON_MAX, Letter, NotDelivered, Unreachable
from cloud.notices.letters import Frame, digest, letter
from cloud.notices.people import Contacts, Manner, Recipients
from cloud.notices.relief import relieve
from cloud.notices.spread import QUIET, SETTLED, withdraw
from cloud.notices.ways import TIMEOUT_S, Ways
from cloud.plan import Plan
from cloud.store.engine import Store
from cloud.store.models import Incident, Notice
from domain.incidents import Kind, Severity, Stage, is_grave
from domain.notices import (
    WAITING,
    NoticeEvent,
    NoticeState,
    Waiting,
    backoff_ms,
    gather,
    move_notice,
    quiet_until_ms,
    worth_saying,
)
from runtime.clock import Clock

BATCH = 4000  # notices looked at at once: what is in one look can go in one digest
AT_ONCE = 8  # messages of one channel on their way; no more are claimed, so that a claim is never longer than one
SLACK_S = 10  # a claim outlives the longest attempt by this; after a crash somebody else goes on then
DAY_MS = 86_400_000  # quiet hours and back-off are shorter
# is_grave as a column; by the worst of an incident and its members
GRAVE = or_(Incident.kind.in_([kind for kind in Kind if kind.life_safety]), Incident.placed_as == Severity.CRITICAL)
NEWER, OFF_DUTY, STORM = "newer", "off_duty", "storm"  # reasons

Pair = tuple[Notice, Incident]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Notices that go to one person in one message."""

    person: str
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a job has become when it goes."""

    letter: Letter | None  # None: nothing is left to say
    ids: tuple[int, ...]
    settled: tuple[int, ...]  # of the job, what nobody has to hear any more


class Post:
    """One channel. `draw` gives numbers from 0 to 1 for the back-off."""

    def __init__(
        self, channel: str, store: Store, clock: Clock, plan: Plan, ways: Ways, contacts: Contacts,
        draw: Callable[[], float], timeout_s: int = TIMEOUT_S,
    ) -> None:  # fmt: skip
        self.channel = channel
        self._store = store
        self._clock = clock
        self._plan = plan
        self._ways = ways
        self._contacts = contacts
        self._draw = draw
        self._lease_ms = 1000 * (timeout_s + SLACK_S)
        self._recipients = Recipients(plan, ways)
        self._lock = [f"notices:{channel}"]  # of one channel, one worker claims at a time

    def claim(self) -> list[Job]:
        """Take what is due, what is grave first; what must not go now waits or is withdrawn."""
        now_ms = self._clock.now_ms()
        with self._store.write(self._lock) as session:
            query = (
                select(Notice, Incident)
                .join(Incident, Incident.id == Notice.incident_id)
                .where(Notice.channel == self.channel, Notice.state.in_(WAITING), *self._due(now_ms))
                .order_by(GRAVE.desc(), Notice.id)
                .limit(BATCH)
            )
            by_person: dict[str, list[Pair]] = {}
            for notice, incident in session.execute(query.with_for_update(skip_locked=True, of=Notice)):
                by_person.setdefault(notice.person, []).append((notice, incident))
            manners = self._recipients.manners(session, by_person)
            said = self._said(session, list(by_person), now_ms)
            jobs = [
                job
                for person, pairs in by_person.items()
                for job in self._jobs(person, pairs, manners[person], said.get(person, []), now_ms)
            ][:AT_ONCE]
            gone = (pair for pairs in by_person.values() for pair in pairs if pair[0].reason == OFF_DUTY)
            relieve(session, self._recipients, gone, now_ms)
            taken = {notice_id for job in jobs for notice_id in job.ids}
            for notice in (notice for pairs in by_person.values() for notice, _ in pairs if notice.id in taken):
                notice.held_until_ms = now_ms + self._lease_ms
        return jobs

    def _due(self, now_ms: int) -> tuple[ColumnElement[bool], ...]:
        """What may go now. After a step back of the clock nothing waits long for the old time, what is grave least."""
        ahead_ms = now_ms + 2000 * self._ways.policy.life_most_s
        return (
            or_(
                Notice.due_ms <= now_ms,
                Notice.due_ms > now_ms + DAY_MS,
                and_(GRAVE, Notice.due_ms > ahead_ms),
            ),
            or_(Notice.held_until_ms <= now_ms, Notice.held_until_ms > now_ms + 2 * self._lease_ms),
        )

    def _said(self, session: Session, people: Sequence[str], now_ms: int) -> dict[str, list[int]]:
        """When each of them was told something lately, what is grave left out; one time per message."""
        query = (
            select(Notice.person, func.max(Notice.sent_at_ms))
            .join(Incident, Incident.id == Notice.incident_id)
            .where(Notice.channel == self.channel, Notice.person.in_(people), ~GRAVE)
            .where(Notice.sent_at_ms > now_ms - self._ways.policy.storm_s * 1000)
            .group_by(Notice.person, Notice.message)
        )
        found: dict[str, list[int]] = {}
        for person, at_ms in session.execute(query):
            found.setdefault(person, []).append(at_ms or 0)
        return found

    def _jobs(self, person: str, pairs: list[Pair], manner: Manner, said: list[int], now_ms: int) -> list[Job]:
        by_id = {notice.id: notice for notice, _ in pairs}
        waiting = [
            Waiting(id=notice.id, grave=is_grave(incident.kind, incident.placed_as))
            for notice, incident in self._worth(pairs, now_ms)
            if self._now(notice, incident, manner, now_ms)
        ]
        gathered = gather(waiting, said, self._ways.policy, now_ms)
        for held in gathered.held:
            by_id[held].due_ms, by_id[held].reason = gathered.held_until_ms, STORM
        groups = [*((one,) for one in gathered.alone), *([gathered.digest] if gathered.digest else [])]
        return [Job(person=person, ids=tuple(ids)) for ids in groups]

    def _worth(self, pairs: list[Pair], now_ms: int) -> list[Pair]:
        """What is still to be said, the newest of each incident; the rest is withdrawn."""
        kept: dict[str, Pair] = {}
        for notice, incident in sorted(pairs, key=lambda pair: pair[0].id, reverse=True):
            if not self._wanted(notice, incident):
                withdraw(notice, SETTLED)
            elif not self._recipients.hears(notice.person, notice.made_at_ms, now_ms):
                withdraw(notice, OFF_DUTY)
            elif incident.id in kept:
                withdraw(notice, NEWER)
            else:
                kept[incident.id] = (notice, incident)
        return list(reversed(kept.values()))

    def _wanted(self, notice: Notice, incident: Incident) -> bool:
        his = self._recipients.still_his(notice.person, notice.step, incident.holder)
        return his and worth_saying(notice.step, Stage(incident.stage))

    def _now(self, notice: Notice, incident: Incident, manner: Manner, now_ms: int) -> bool:
        if is_grave(incident.kind, incident.placed_as):
            return True
        until_ms = quiet_until_ms(manner.quiet, now_ms, self._recipients.utc_offset_min)
        if until_ms > now_ms:
            notice.due_ms, notice.reason = until_ms, QUIET
        return until_ms <= now_ms

    def write(self, job: Job) -> Written:
        """The letter, made now: of what was acknowledged in the meantime nothing is said any more."""
        now_ms = self._clock.now_ms()
        with self._store.read() as session:
            query = (
                select(Notice, Incident)
                .join(Incident, Incident.id == Notice.incident_id)
                .where(Notice.id.in_(job.ids), Notice.state.in_(WAITING))
            )
            pairs = [(notice, incident) for notice, incident in session.execute(query)]
            manner = self._recipients.manners(session, [job.person])[job.person]
            going = [(n, i) for n, i in pairs if self._wanted(n, i)]
            kept = {notice.id for notice, _ in going}
            settled = tuple(notice.id for notice, _ in pairs if notice.id not in kept)
            if not going:
                return Written(letter=None, ids=(), settled=settled)
            title, body = self._words(going, manner.language, now_ms)
            contacts = self._contacts(session, job.person)
        return Written(
            letter=Letter(title=title, body=body, contacts=contacts), ids=tuple(sorted(kept)), settled=settled
        )

    def _words(self, going: list[Pair], lang: str, now_ms: int) -> tuple[str, str]:
        frame = Frame(lang=lang, link=self._ways.link, now_ms=now_ms, offset_min=self._plan.offset_min)
        if len(going) == 1:
            notice, incident = going[0]
            grid = self._plan.areas.name_of(incident.grid)
            return letter(incident, notice.step, grid, frame)
        worst = sorted((incident for _, incident in going), key=lambda i: (-Severity(i.severity).rank, i.raised_at_ms))
        return digest(worst, frame)

    def settle(self, written: Written, error: NotDelivered | None) -> frozenset[str]:
        """Note what came of it; the incidents it was about."""
        now_ms = self._clock.now_ms()
        with self._store.write(self._lock) as session:
            query = select(Notice, Incident.kind, Incident.placed_as).join(Incident, Incident.id == Notice.incident_id)
            wanted = (Notice.id.in_([*written.ids, *written.settled]), Notice.state.in_(WAITING))
            found = session.execute(query.where(*wanted).with_for_update(of=Notice)).all()
            for notice, kind, worst in found:
                if notice.id in written.settled:
                    withdraw(notice, SETTLED)
                else:
                    self._note(notice, error, written.ids[0], now_ms, grave=is_grave(kind, worst))
        return frozenset(notice.incident_id for notice, _, _ in found)

    def _note(self, notice: Notice, error: NotDelivered | None, message: int, now_ms: int, *, grave: bool) -> None:
        policy = self._ways.policy
        notice.attempts += 1
        notice.held_until_ms = 0
        notice.reason = str(error)[:REASON_MAX] if error else ""
        if error is None:
            notice.sent_at_ms, notice.message = now_ms, message
            event = NoticeEvent.SEND
        elif isinstance(error, Unreachable) or now_ms - notice.made_at_ms > policy.give_up_s * 1000:
            event = NoticeEvent.GIVE_UP
        else:
            event = NoticeEvent.FAIL
            notice.due_ms = now_ms + backoff_ms(policy, notice.attempts, grave=grave, draw=self._draw())
        notice.state = move_notice(NoticeState(notice.state), event)
