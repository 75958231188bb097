"""/review: what a supervisor reads on Monday morning. Works without scripts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from cloud.console.review.choice import ReviewWish, wish_of
from cloud.console.review.frame import HERE, Frames
from cloud.console.view import View
from cloud.desk import Desk
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action

Reader = Annotated[Caller, Depends(allow(Action.REVIEW_READ))]
Wished = Annotated[ReviewWish, Depends(wish_of)]


def add_routes(router: APIRouter, desk: Desk, view: View) -> None:
    """/review and the lists behind its numbers."""
    pages = ReviewPages(desk, view)
    router.add_api_route(HERE, pages.overview)


class ReviewPages:
    """The handlers. Plain functions: FastAPI calls them in worker threads, because the desk blocks."""

    def __init__(self, desk: Desk, view: View) -> None:
        self._desk = desk
        self._frames = Frames(desk, view)

    def overview(self, request: Request, caller: Reader, wish: Wished) -> Response:
        """What is open now, and what the period was like."""
        frame = self._frames.of(request, caller, wish, "overview")
        return self._frames.html(request, "review/overview.html", frame)
