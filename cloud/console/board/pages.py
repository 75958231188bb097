"""The page of the board and its parts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from cloud.board.book import AGE_MS
from cloud.console.board.drawing import Drawing
from cloud.console.board.sheet import drawn, drawn_afresh, sheet_of
from cloud.console.board.wishes import KEPT_AS, ROWS, Chosen, Opened, Rows, Wish, filter_of, options_of, wish_of
from cloud.console.looking import picture_of, shown
from cloud.console.view import View, packed, visitor
from cloud.desk import Desk
from cloud.trust.door import allow
from cloud.trust.rights import Action

HTML = "text/html; charset=utf-8"
NEVER_HAD = ""


def add_routes(router: APIRouter, desk: Desk, view: View) -> None:
    """/ and what is drawn into it."""
    pages = BoardPages(desk, view)
    look = [Depends(allow(Action.BOARD_READ))]
    router.add_api_route("/", pages.page, dependencies=look)
    router.add_api_route("/parts/board", pages.part, dependencies=look)
    router.add_api_route("/parts/headline", pages.headline, dependencies=look)
    router.add_api_route("/board/filter", pages.keep, methods=["POST"], dependencies=look)


class BoardPages:
    """The handlers. Plain functions: FastAPI calls them in worker threads, because the desk blocks."""

    def __init__(self, desk: Desk, view: View) -> None:
        self._desk = desk
        self._view = view
        self._drawing = Drawing()

    def page(self, request: Request, rows: Rows = ROWS, opened: Opened = []) -> Response:  # noqa: B006 - FastAPI's way
        """The board."""
        who = visitor(request)
        wish = wish_of(self._desk, request, who.operator, rows, opened)
        shown(self._desk, request)
        values = drawn_afresh(sheet_of(self._desk, self._drawing, request, wish), self._view)
        return self._view.html(request, "board.html", options=options_of(self._desk.plan.areas), **values)

    def part(
        self,
        request: Request,
        have: Annotated[str, Query(max_length=40)] = NEVER_HAD,
        rows: Rows = ROWS,
        opened: Opened = [],  # noqa: B006 - FastAPI's way
    ) -> Response:
        """The board without its frame, to be put into an open page: without rows that the page has as they are."""
        who = visitor(request)
        wish = wish_of(self._desk, request, who.operator, rows, opened)
        shown(self._desk, request)
        had = self._drawing.sent(have)
        sheet = sheet_of(self._desk, self._drawing, request, wish)
        token, now = sheet.state.token, str(sheet.picture.now_ms)
        if had is not None and had.token == token:
            return Response(status_code=204, headers={"X-Board": token, "X-Now": now})

        def draw() -> str:
            return self._view.text(request, "_board.html", **drawn(sheet, self._view, self._drawing, had))

        age = sheet.picture.now_ms // AGE_MS  # a body tells the time: it is not kept for longer than what it shows
        body = self._drawing.bodies.get((had.token if had else NEVER_HAD, token, age), draw)
        response = packed(request, body.encode(), HTML)
        response.headers.update({"X-Board": token, "X-Now": now})
        return response

    def headline(self, request: Request) -> Response:
        """The headline alone, for the other pages."""
        picture = picture_of(self._desk, request)
        return self._view.html(request, "_headline.html", picture=picture, page="part")

    def keep(self, request: Request, chosen: Annotated[Chosen, Form()]) -> Response:
        """A filter that stays from one log-in to the next; the address of the page says it as well."""
        who = visitor(request)
        wish = Wish(filter=filter_of(self._desk, chosen.said(), who.operator))
        if who.operator is not None:
            self._desk.preferences.keep(who.operator, KEPT_AS, wish.filter.said())
        return RedirectResponse("/" + wish.query(), status_code=303)
