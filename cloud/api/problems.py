"""Every error as RFC 9457 problem details, in English and Chinese: what happened, what it means, what to do next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from cloud.api.kinds import PROBLEMS, Problem
from cloud.flow.command import (
    Conflict,
)
from cloud.history.asking import BadAsk
from cloud.people.errors import (
    ListChanged,
)
from cloud.plans.errors import FindingsOpen
from cloud.tables.exchange import TableFaulty
from cloud.trust.errors import TooMany
from cloud.trust.rights import NotLoggedIn
from domain.incidents import IllegalMove

log = structlog.get_logger()
MEDIA_TYPE = "application/problem+json"


STORE_AWAY = (OperationalError, PoolTimeout)
BUSY = Problem("busy", 503, "The database does not answer", "数据库暂时没有响应", "没有任何改动，请稍候重试。")
NO_PAGE = Problem(
    "no-such-address", 404, "There is nothing at this address", "没有这个页面", "请核对地址，或返回总览。"
)
_REFUSED = ("The request was refused", "请求未被接受", "请检查地址和方法。")
INVALID = Problem("invalid-request", 422, "The request is not readable", "请求内容无效", "请按接口文档修改后重试。")


_TEXTS = ("type", "title", "detail", "instance", "title_zh", "detail_zh")
_SCHEMA = {
    "type": "object",
    "properties": {"status": {"type": "integer"}, **{name: {"type": "string"} for name in _TEXTS}},
    "required": ["status", *_TEXTS],
}
# what every route may answer beside its own: RFC 9457
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {MEDIA_TYPE: {"schema": _SCHEMA}}}
    for status, text in (("4XX", "Refused, with what to do next"), ("5XX", "Not possible now"))
}


def problem(kind: Problem, detail: str, instance: str, **more: object) -> JSONResponse:
    """The response body of a refusal."""
    body = {
        "type": f"urn:gridwhistle:problem:{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "instance": instance,
        "title_zh": kind.title_zh,
        "detail_zh": f"{kind.title_zh}。{kind.next_zh}",
        **more,
    }
    return JSONResponse(body, kind.status, media_type=MEDIA_TYPE)


# what a refusal tells beside its text
_MORE: dict[type[Exception], Callable[[Any], dict[str, object]]] = {
    Conflict: lambda error: {"stage": error.stage, "version": error.version, "by": error.by, "move": error.what},
    IllegalMove: lambda error: {"stage": str(error.state), "legal": [str(move) for move in error.legal]},
    FindingsOpen: lambda error: {"findings": list(error.findings)},
    ListChanged: lambda error: {"incidents": list(error.now)},
    BadAsk: lambda error: {"field": error.field},
    TableFaulty: lambda error: {
        "faults": [asdict(fault) for fault in error.outcome.faults], "count": error.outcome.faults_count,
    },
}  # fmt: skip


def kind_of(error: Exception) -> Problem:
    """How a refusal of ours is told, to programs and by the console."""
    return next(PROBLEMS[cls] for cls in type(error).__mro__ if cls in PROBLEMS)


async def refused(request: Request, error: Exception) -> JSONResponse:
    """A refusal of ours as problem details."""
    kind = kind_of(error)
    more = next((tell(error) for cls, tell in _MORE.items() if isinstance(error, cls)), {})
    answer = problem(kind, str(error), request.url.path, **more)
    if isinstance(error, NotLoggedIn):
        answer.headers["WWW-Authenticate"] = "Bearer"  # RFC 9110 section 11.6.1
    if isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(error.retry_s)
    return answer


async def _unreadable(request: Request, error: Exception) -> JSONResponse:
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    texts = [f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in faults]
    return problem(INVALID, "; ".join(texts) or str(error), request.url.path)


def busy(path: str, error: Exception) -> JSONResponse:
    """Nothing was committed; trying again helps. What the driver says is for the log, not for strangers."""
    log.error("store_failed", why=str(error), path=path)
    answer = problem(BUSY, "nothing was changed; try again in a moment", path)
    answer.headers["Retry-After"] = "2"
    return answer


async def _busy(request: Request, error: Exception) -> JSONResponse:
    return busy(request.url.path, error)


async def _unstorable(request: Request, error: Exception) -> JSONResponse:
    """A text that no database takes, such as one with a NUL character, or a number beyond its range."""
    detail = "a text holds a NUL character, or a number is too large to be kept; take it out"
    return problem(INVALID, detail, request.url.path)


async def _http(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else str(error)
    kind = NO_PAGE if status == NO_PAGE.status else Problem("http", status, *_REFUSED)
    return problem(kind, detail, request.url.path)


def install(app: FastAPI) -> None:
    """Map our errors and the framework's."""
    for cls in PROBLEMS:
        app.add_exception_handler(cls, refused)
    for cls in STORE_AWAY:
        app.add_exception_handler(cls, _busy)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DataError, _unstorable)
