"""What people do on a page: one form, one answer that says what happened, what it means and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from cloud.api.kinds import PROBLEMS
from cloud.api.problems import kind_of
from cloud.board.views import IncidentDetail, LogEntry
from cloud.console.forms import Fields, missing
from cloud.console.words import Words
from cloud.desk import Desk
from cloud.flow.command import ChildrenOpen, Conflict, NobodyNamed, PartsOpen
from cloud.records import DeskError, UnknownIncident
from cloud.trust.rights import NotLoggedIn
from domain.incidents import OVER, IncidentError, Move, StillActive

FASTER_MAX = 4  # moves of others that a refusal tells, the newest


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the person is told."""

    status: int
    text: str
    detail: IncidentDetail | None = None

    @property
    def ok(self) -> bool:
        """True where the move was carried out."""
        return self.status < 400


def act(desk: Desk, words: Words, operator: str | None, incident_id: str, move: Move, fields: Fields) -> Answer:
    """Carry out a move for somebody; every refusal is worded, nothing is raised."""
    if operator is None:
        return Answer(status=PROBLEMS[NotLoggedIn].status, text=words.t("operator.needed"))
    if gap := missing(words, move, fields):
        return Answer(status=422, text=gap)
    try:
        detail = desk.move(
            incident_id,
            move,
            actor=operator,
            expected_version=fields.version,
            reason=fields.reason,
            to=fields.to,
            until_ms=fields.until_ms(words.offset_min),
            grade=fields.grade or None,
            leads=fields.leads,
            source="phone" if fields.phone else "console",
        )
    except (DeskError, IncidentError) as refusal:
        text = _refused(desk, words, refusal, incident_id, move, fields.version)
        return Answer(status=kind_of(refusal).status, text=text)
    return Answer(status=200, text=words.t(f"done.{move}"), detail=detail)


def _refused(
    desk: Desk, words: Words, refusal: DeskError | IncidentError, incident_id: str, move: Move, seen: int
) -> str:
    if isinstance(refusal, UnknownIncident):
        return words.t("error.unknown", id=refusal.incident_id)
    if isinstance(refusal, NobodyNamed):
        return words.t("error.person")
    detail = desk.detail(incident_id)
    if isinstance(refusal, Conflict):
        return _faster(words, detail, seen)
    return _against(words, refusal, detail, move)


def _against(words: Words, refusal: DeskError | IncidentError, detail: IncidentDetail, move: Move) -> str:
    """What stands against the move, as the incident is now."""
    verb = words.code("move", move)
    if isinstance(refusal, StillActive):
        places = [row.place for row in (detail.row, *detail.children) if row.condition == "active"]
        return words.t("error.active", places=words.t("list.sep").join(places))
    if isinstance(refusal, ChildrenOpen):
        places = [row.place for row in detail.children if row.stage not in OVER]
        return words.t("error.members", places=words.t("list.sep").join(places))
    if isinstance(refusal, PartsOpen):
        names = [part.name for part in detail.parts if part.state in ("asked", "declined")]
        return words.t("error.parts", names=words.t("list.sep").join(names))
    illegal = words.t("error.illegal", stage=words.code("stage", detail.row.stage), move=verb)
    return words.all.get(f"error.{kind_of(refusal).code}", illegal).format(move=verb)


def _faster(words: Words, detail: IncidentDetail, seen: int) -> str:
    """What others did to the incident since the version that was seen."""
    moved = [entry for entry in detail.log if entry.to_stage is not None]
    if not moved:
        return words.t("error.stale.plain")
    since = [entry for entry in moved if entry.version >= seen]
    if len(since) > 1:
        moves = words.t("list.sep").join(_told(words, entry) for entry in since[-FASTER_MAX:])
        return words.t("error.stale.many", moves=moves)
    last = moved[-1]
    return words.t("error.stale", who=words.actor(last), at=words.clock(last.at_ms), what=words.code("log", last.what))


def _told(words: Words, entry: LogEntry) -> str:
    return f"{words.clock(entry.at_ms)} {words.actor(entry)} {words.code('log', entry.what)}"
