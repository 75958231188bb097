"""What every request passes before a route: who asks, how often, from which page, how much; and what every answer says.

Who asks is known before a body is read: strangers cannot make the centre hold more than a login form.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request, cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cloud.api.kinds import Problem
from cloud.api.problems import STORE_AWAY, busy, problem
from cloud.trust.desk import Trust, network
from cloud.trust.errors import TooMany
from cloud.trust.limits import AtOnce, Buckets, Failed, Rate
from cloud.trust.principals import Principal
from cloud.trust.sessions import Seat

COOKIE = "gridwhistle"
SECURE_COOKIE = "__Host-gridwhistle"  # browsers take such a name only over TLS, for this host alone
Refusal = tuple[Problem, str, int]  # its kind, what it says, seconds until it may be tried again
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FREE = ("/static/", "/healthz", "/readyz")  # nobody's name is needed and nothing is limited
CROSS_SITE = Problem(
    "cross-site", 403, "The request came from another site", "请求来自其他网站", "请在本系统页面上重新操作。"
)
TOO_LARGE = Problem("too-large", 413, "The body is too large", "请求内容过大", "请拆分后分次提交。")
UNREADABLE = Problem("invalid-request", 422, "The address is not readable", "地址无效", "请检查地址后重试。")
TOO_OFTEN = Problem("too-often", 429, "Too many requests", "请求过于频繁", "请稍后再试。")
# Defaults for all answers; pages say more (cloud/console/view.py)
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
HSTS = "max-age=31536000"  # RFC 6797; a year


KNOWN = Rate(per_s=50, burst=500)  # default, per session or token: ten open pages of one person
STRANGER = Rate(per_s=10, burst=100)  # default, per address


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Limits of one centre. `secure`: it serves over TLS."""

    secure: bool = False
    body_max: int = 16 << 20  # default: a district's table of people and areas, several times over
    stranger_body_max: int = 64 << 10
    large_body: int = 1 << 20  # from here on a body lies on the disk until all of it has come
    large_each: int = 8  # default: such bodies at once, per session or token
    large_all: int = 40  # default: 640 MB
    known: Rate = KNOWN
    stranger: Rate = STRANGER

    @property
    def cookie(self) -> str:
        """Name of the session's cookie."""
        return SECURE_COOKIE if self.secure else COOKIE


STRICT = Rules()


Telling = Callable[[Request, Response], Response]  # a refusal as the one who asked can read it


class Gate:
    """ASGI middleware. Puts `principal` and `seat` into the request's state."""

    def __init__(self, app: ASGIApp, trust: Trust, rules: Rules, told: Telling = lambda _, answer: answer) -> None:
        self._app = app
        self._told = told
        self._trust = trust
        self._rules = rules
        self._known = Buckets(rules.known, time.monotonic)
        self._strangers = Buckets(rules.stranger, time.monotonic)
        self._failed = Failed(time.monotonic)
        self._large = AtOnce(rules.large_each, rules.large_all)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        rules = replace(self._rules, secure=True) if scope.get("scheme") == "https" else self._rules  # a proxy's TLS
        send = _dressed(send, secure=rules.secure)
        if scope["path"].startswith(FREE):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            seat, principal = await asyncio.to_thread(self._who, headers, rules)
        except STORE_AWAY as error:
            await busy(scope["path"], error)(scope, receive, send)
            return
        scope.setdefault("state", {}).update(
            seat=seat, principal=principal, rules=rules, again=lambda: self._who(headers, rules)[1]
        )
        most = self._rules.body_max if principal else self._rules.stranger_body_max
        refusal = self._refusal(scope, headers, seat, principal, most)
        if refusal is None:
            refusal = await self._let_through(scope, _limited(receive, most), send, headers, principal)
        if refusal is not None:
            kind, detail, retry_s = refusal
            answer = problem(kind, detail, scope["path"])
            if retry_s:
                answer.headers["Retry-After"] = str(retry_s)
            await self._told(Request(scope), answer)(scope, receive, send)

    async def _let_through(
        self, scope: Scope, receive: Receive, send: Send, headers: Headers, principal: Principal | None
    ) -> Refusal | None:
        """To the route; or why not: large bodies lie on the disk that incidents need, so there are few at once."""
        with ExitStack() as stack:
            if principal is not None and _is_large(scope, headers, self._rules.large_body):
                try:
                    stack.enter_context(self._large.place(principal.session or principal.actor))
                except TooMany as refused:
                    return TOO_OFTEN, "too many large bodies at once; send one after the other", refused.retry_s
            await self._app(scope, receive, send)
        return None

    def _who(self, headers: Headers, rules: Rules) -> tuple[Seat | None, Principal | None]:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            secret, seat = token.strip(), None
            principal = None if self._failed.has(secret) else self._trust.by_token(secret)
        else:
            secret = cookie_parser(headers.get("cookie", "")).get(rules.cookie, "")
            seat = self._trust.sessions.of(secret) if secret and not self._failed.has(secret) else None
            principal = seat.principal if seat else None
        if secret and seat is None and principal is None:
            self._failed.add(secret)
        return seat, principal

    def _refusal(
        self, scope: Scope, headers: Headers, seat: Seat | None, principal: Principal | None, most: int
    ) -> Refusal | None:
        """Why a request goes no further; None where it may."""
        try:
            if principal is None:
                self._strangers.take(network(client_address(scope)))
            else:
                self._known.take(principal.session or principal.actor)
        except TooMany as refused:
            return TOO_OFTEN, str(refused), refused.retry_s
        if "\x00" in scope["path"] or b"%00" in scope.get("query_string", b""):
            return UNREADABLE, "an address has no NUL character: no database takes one as text", 0
        by_token = principal is not None and seat is None
        if scope["method"] not in SAFE and not by_token and not from_our_pages(headers):
            return CROSS_SITE, "send it from a page of this centre, or with a token", 0
        length = headers.get("content-length", "")
        if length.isdigit() and int(length) > most:
            return TOO_LARGE, f"a body has at most {most} bytes here", 0
        return None


def _is_large(scope: Scope, headers: Headers, most: int) -> bool:
    """True for a body that is, or may become: one without a length."""
    if scope["method"] in SAFE:
        return False
    length = headers.get("content-length", "")
    return int(length) > most if length.isdigit() else "transfer-encoding" in headers


def from_our_pages(headers: Headers) -> bool:
    """True for a request that a page of ours sent, as the browser says; pages cannot forge either header.

    Fetch metadata where the browser sends it (on loopback and over TLS), the Origin header else.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin", "")
    return origin.partition("://")[2] == headers.get("host") and origin.startswith(("http://", "https://"))


def client_address(scope: Scope) -> str:
    """Where a request comes from."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _dressed(send: Send, *, secure: bool) -> Send:
    """Answers get our headers, where the page has not said them itself."""

    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if secure:
                headers.setdefault("Strict-Transport-Security", HSTS)
        await send(message)

    return dressed


def _limited(receive: Receive, most: int) -> Receive:
    """A body without a length is counted as it comes."""
    got = 0

    async def limited() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        if got > most:
            raise HTTPException(TOO_LARGE.status, f"a body has at most {most} bytes here")
        return message

    return limited
