"""What every page with a headline needs: the board as far as the areas of whoever looks go, and that it was seen."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from cloud.console.acts import Answer
from cloud.console.picture import Picture, arrange
from cloud.console.view import View, visitor
from cloud.desk import Desk
from cloud.trust.sight import board_of


def picture_of(desk: Desk, request: Request) -> Picture:
    """The board of whoever asks."""
    return arrange(board_of(desk, request.state.caller))


def shown(desk: Desk, request: Request, incident_id: str | None = None) -> None:
    """What is on the page of whoever it was meant for has arrived."""
    if who := visitor(request, desk.plan.roster).operator:
        desk.notices.seen(who, incident_id)


def unknown(desk: Desk, view: View, request: Request, incident_id: str) -> Response:
    """There is no such incident, or not for this person."""
    text = visitor(request, desk.plan.roster).words.t("error.unknown", id=incident_id)
    values = {"answer": Answer(status=404, text=text), "back": "/", "page": "notice"}
    return view.html(request, "notice.html", status=404, picture=picture_of(desk, request), **values)
