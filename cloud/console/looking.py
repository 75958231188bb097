"""What every page with a headline needs: the board as far as the areas of whoever looks go, and that it was seen."""

from __future__ import annotations

from dataclasses import replace

from fastapi import Request
from fastapi.responses import Response

from cloud.board.boards import Look
from cloud.board.filters import ALL, Filter
from cloud.board.sight import seen
from cloud.console.acts import Answer
from cloud.console.picture import Picture, arrange
from cloud.console.view import View, visitor
from cloud.desk import Desk
from cloud.trust.door import Caller
from cloud.trust.rights import Action


def look_of(desk: Desk, request: Request, wish: Filter = ALL) -> Look:
    """The board of whoever asks, as far as he wants to see it; read once for all who see the same.

    By the right to the board, whatever page it stands on: what burns is no smaller beside a table of duty.
    """
    reader: Caller = replace(request.state.caller, action=Action.BOARD_READ)
    look = desk.boards.look((reader.principal.grants, reader.principal.scopes), reader.sees, wish)
    return replace(look, board=seen(look.board, reader))


def picture_of(desk: Desk, request: Request, look: Look | None = None) -> Picture:
    """What is drawn of it; of all of it where nothing else is said."""
    look = look or look_of(desk, request)
    broker = bool(request.app.state.broker_up())
    return arrange(look.board, hidden=look.hidden, hidden_late=look.hidden_late, broker=broker)


def shown(desk: Desk, request: Request, incident_id: str | None = None) -> None:
    """What is on the page of whoever it was meant for has arrived."""
    if who := visitor(request).operator:
        desk.notices.seen(who, incident_id)


def unknown(desk: Desk, view: View, request: Request, incident_id: str) -> Response:
    """There is no such incident, or not for this person."""
    return missing(desk, view, request, visitor(request).words.t("error.unknown", id=incident_id))


def missing(desk: Desk, view: View, request: Request, text: str, back: str = "/") -> Response:
    """A page that says what there is not, and leads back."""
    values = {"answer": Answer(status=404, text=text), "back": back, "page": "notice"}
    return view.html(request, "notice.html", status=404, picture=picture_of(desk, request), **values)
