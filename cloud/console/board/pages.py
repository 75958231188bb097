"""The page of the board and its parts."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from cloud.console.looking import picture_of, shown
from cloud.console.view import View
from cloud.desk import Desk
from cloud.trust.door import allow
from cloud.trust.rights import Action


def add_routes(router: APIRouter, desk: Desk, view: View) -> None:
    """/ and what is drawn into it."""
    pages = BoardPages(desk, view)
    look = [Depends(allow(Action.BOARD_READ))]
    router.add_api_route("/", pages.page, dependencies=look)
    router.add_api_route("/parts/board", pages.part, dependencies=look)
    router.add_api_route("/parts/headline", pages.headline, dependencies=look)


class BoardPages:
    """The handlers. Plain functions: FastAPI calls them in worker threads, because the desk blocks."""

    def __init__(self, desk: Desk, view: View) -> None:
        self._desk = desk
        self._view = view

    def page(self, request: Request) -> Response:
        """The board."""
        return self._board(request, "board.html")

    def part(self, request: Request) -> Response:
        """The board without its frame, to be put into an open page."""
        return self._board(request, "_board.html")

    def headline(self, request: Request) -> Response:
        """The headline alone, for the other pages."""
        picture = picture_of(self._desk, request)
        return self._view.html(request, "_headline.html", picture=picture, page="part")

    def _board(self, request: Request, template: str) -> Response:
        shown(self._desk, request)
        return self._view.html(request, template, picture=picture_of(self._desk, request), page="board")
