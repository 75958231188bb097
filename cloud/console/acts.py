"""What people do on a page: one form, one answer that says what happened, what it means and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from cloud.console.words import Words
from cloud.desk import Desk
from cloud.moves import ChildrenOpen, Conflict, DeskError, NobodyNamed, UnknownIncident
from cloud.views import IncidentDetail
from domain.incidents import NEEDS_REASON, IncidentError, Move, StillActive

# the console also asks what was found, and how it ended
REASONED = NEEDS_REASON | {Move.FEED_BACK, Move.CLOSE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A move as the page sends it."""

    incident_id: str
    move: Move
    version: int
    reason: str = ""
    person: str = ""


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


def act(desk: Desk, words: Words, operator: str | None, form: Form) -> Answer:
    """Carry out a move for somebody; every refusal is worded, nothing is raised."""
    if operator is None:
        return Answer(status=403, text=words.t("operator.needed"))
    if gap := _missing(words, form):
        return Answer(status=422, text=gap)
    try:
        detail = desk.move(
            form.incident_id,
            form.move,
            actor=operator,
            expected_version=form.version,
            reason=form.reason,
            to=form.person or None,
        )
    except (DeskError, IncidentError) as refusal:
        return _refused(desk, words, refusal, form)
    return Answer(status=200, text=words.t(f"done.{form.move}"), detail=detail)


def _missing(words: Words, form: Form) -> str | None:
    """What the form lacks."""
    if form.move is Move.DISPATCH and not form.person:
        return words.t("error.person")
    if form.move in REASONED and not form.reason.strip():
        return words.t("error.reason", move=words.code("move", form.move))
    return None


def _refused(desk: Desk, words: Words, refusal: DeskError | IncidentError, form: Form) -> Answer:
    if isinstance(refusal, UnknownIncident):
        return Answer(status=404, text=words.t("error.unknown", id=form.incident_id))
    if isinstance(refusal, NobodyNamed):
        return Answer(status=422, text=words.t("error.person"))
    detail = desk.detail(form.incident_id)
    return Answer(status=409, text=_against(words, refusal, detail, form.move))


def _against(words: Words, refusal: DeskError | IncidentError, detail: IncidentDetail, move: Move) -> str:
    """What stands against the move, as the incident is now."""
    if isinstance(refusal, Conflict):
        return _faster(words, detail)
    if isinstance(refusal, StillActive):
        places = [row.place for row in (detail.row, *detail.children) if row.condition == "active"]
        return words.t("error.active", places=words.t("list.sep").join(places))
    if isinstance(refusal, ChildrenOpen):
        places = [row.place for row in detail.children if row.stage != "closed"]
        return words.t("error.members", places=words.t("list.sep").join(places))
    stage, verb = words.code("stage", detail.row.stage), words.code("move", move)
    return words.t("error.illegal", stage=stage, move=verb)


def _faster(words: Words, detail: IncidentDetail) -> str:
    """Who was faster, from the log: the last change of stage."""
    moved = [entry for entry in detail.log if entry.to_stage is not None]
    if not moved:
        return words.t("error.stale.plain")
    last = moved[-1]
    return words.t("error.stale", who=words.actor(last), at=words.clock(last.at_ms), what=words.code("log", last.what))
