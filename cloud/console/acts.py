"""What people do on a page: one form, one answer that says what happened, what it means and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from cloud.board.views import IncidentDetail
from cloud.console.forms import Fields, missing
from cloud.console.words import Words
from cloud.desk import Desk
from cloud.flow.command import (
    BadTime,
    ChildrenOpen,
    Conflict,
    DeskError,
    Incomplete,
    InsideAnother,
    NobodyNamed,
    NoTierAbove,
    NotMergeable,
    NotMerged,
    NotTheirs,
    PartsOpen,
    UnknownIncident,
)
from domain.incidents import OVER, IncidentError, InDanger, Move, NotPaused, StillActive
from domain.joint import PartRefused

# refusals that one sentence explains
SAID: dict[type[Exception], str] = {
    InDanger: "error.danger",
    NotPaused: "error.paused",
    PartRefused: "error.part",
    NotTheirs: "error.theirs",
    NoTierAbove: "error.top",
    InsideAnother: "error.inside",
    NotMergeable: "error.merge",
    NotMerged: "error.split",
    BadTime: "error.time",
    Incomplete: "error.incomplete",
}


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
        return Answer(status=403, text=words.t("operator.needed"))
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
            until_ms=fields.until_ms,
            grade=fields.grade or None,
            leads=fields.leads,
            source="phone" if fields.phone else "console",
        )
    except (DeskError, IncidentError) as refusal:
        return _refused(desk, words, refusal, incident_id, move)
    return Answer(status=200, text=words.t(f"done.{move}"), detail=detail)


def _refused(desk: Desk, words: Words, refusal: DeskError | IncidentError, incident_id: str, move: Move) -> Answer:
    if isinstance(refusal, UnknownIncident):
        return Answer(status=404, text=words.t("error.unknown", id=refusal.incident_id))
    if isinstance(refusal, NobodyNamed):
        return Answer(status=422, text=words.t("error.person"))
    detail = desk.detail(incident_id)
    status = 422 if isinstance(refusal, (BadTime, Incomplete)) else 409
    return Answer(status=status, text=_against(words, refusal, detail, move))


def _against(words: Words, refusal: DeskError | IncidentError, detail: IncidentDetail, move: Move) -> str:
    """What stands against the move, as the incident is now."""
    verb = words.code("move", move)
    if isinstance(refusal, Conflict):
        return _faster(words, detail)
    if isinstance(refusal, StillActive):
        places = [row.place for row in (detail.row, *detail.children) if row.condition == "active"]
        return words.t("error.active", places=words.t("list.sep").join(places))
    if isinstance(refusal, ChildrenOpen):
        places = [row.place for row in detail.children if row.stage not in OVER]
        return words.t("error.members", places=words.t("list.sep").join(places))
    if isinstance(refusal, PartsOpen):
        names = [part.name for part in detail.parts if part.state in ("asked", "declined")]
        return words.t("error.parts", names=words.t("list.sep").join(names))
    if type(refusal) in SAID:
        return words.t(SAID[type(refusal)], move=verb)
    return words.t("error.illegal", stage=words.code("stage", detail.row.stage), move=verb)


def _faster(words: Words, detail: IncidentDetail) -> str:
    """Who was faster, from the log: the last change of stage."""
    moved = [entry for entry in detail.log if entry.to_stage is not None]
    if not moved:
        return words.t("error.stale.plain")
    last = moved[-1]
    return words.t("error.stale", who=words.actor(last), at=words.clock(last.at_ms), what=words.code("log", last.what))
