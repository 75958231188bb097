"""Refusals as pages: where a browser asked for a page, it gets one in words, with the way back."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import WebSocketRequestValidationError
from fastapi.responses import Response

from cloud.console.view import View, visitor

Handler = Callable[[Request, Exception], Awaitable[Response]]


def wants_page(request: Request) -> bool:
    """True for somebody who goes somewhere; programs, and parts that a page fetches, read problems."""
    asked = request.headers
    part = "hx-request" in asked or request.url.path.startswith("/api/")
    return not part and "text/html" in asked.get("accept", "")


def install(app: FastAPI, view: View) -> None:
    """Behind every refusal that has been mapped so far."""
    handlers: dict[Any, Any] = app.exception_handlers
    for cls, handler in list(handlers.items()):
        if cls is not WebSocketRequestValidationError:
            app.add_exception_handler(cls, _told(handler, view))


def _told(handler: Handler, view: View) -> Handler:
    async def page_or_problem(request: Request, error: Exception) -> Response:
        return in_words(view, request, await handler(request, error))

    return page_or_problem


def in_words(view: View, request: Request, answer: Response) -> Response:
    """A refusal as the one who asked can read it: a page for a browser that goes somewhere, else the problem itself."""
    if not wants_page(request):
        return answer
    told = json.loads(bytes(answer.body))
    words = visitor(request).words
    chinese = words.lang == "zh"
    # what is unknown and what is another's are told alike, without our codes
    ways = (f"stray.{told['type'].rpartition(':')[2]}", f"stray.{answer.status_code}")
    said = next((words.all[way] for way in ways if way in words.all), None)
    page = view.html(
        request,
        "stray.html",
        status=answer.status_code,
        page="login",
        title=told["title_zh" if chinese else "title"],
        why=said or told["detail_zh" if chinese else "detail"],
    )
    if "Retry-After" in answer.headers:
        page.headers["Retry-After"] = answer.headers["Retry-After"]
    return page
