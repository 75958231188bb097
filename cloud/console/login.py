"""Logging in and out, the own account: plain forms that work without scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote

import segno
from fastapi import APIRouter, Depends, FastAPI, Form, Request
from fastapi.responses import RedirectResponse, Response

from cloud.api.gate import Rules, client_address
from cloud.api.problems import refused
from cloud.console.login_words import status_of, wording
from cloud.console.paths import local_path, path_of
from cloud.console.view import View, visitor
from cloud.trust.desk import Trust
from cloud.trust.door import EVERYBODY
from cloud.trust.errors import TooMany, TrustError, WeakPassword
from cloud.trust.rights import Forbidden, NotLoggedIn
from cloud.trust.sessions import Seat
from domain.grids import AreaTree

Name = Annotated[str, Form(max_length=64)]
Secret = Annotated[str, Form(max_length=200)]
Back = Annotated[str, Form(max_length=500)]
FOR_PROGRAMS = ("/api/", "/metrics")  # refusals of these are problem details


def add_routes(router: APIRouter, trust: Trust, view: View, areas: Callable[[], AreaTree]) -> None:
    """The pages of logging in. Who asks is found out here, so everybody may come."""
    pages = LoginPages(trust, view, areas)
    everybody = [Depends(EVERYBODY)]
    for path, handler in (("/login", pages.page), ("/login/once/{secret}", pages.once), ("/account", pages.account)):
        router.add_api_route(path, handler, dependencies=everybody)
    for path, act in (
        ("/login", pages.log_in), ("/login/code", pages.code), ("/login/password", pages.password),
        ("/login/second", pages.enrol), ("/login/once/{secret}", pages.follow),
        ("/logout", pages.log_out), ("/logout/all", pages.log_out_all),
    ):  # fmt: skip
        router.add_api_route(path, act, methods=["POST"], dependencies=everybody)


def install(app: FastAPI, view: View) -> None:
    """Refusals of trust as pages, where a page was asked for."""

    async def not_logged_in(request: Request, error: Exception) -> Response:
        if request.url.path.startswith(FOR_PROGRAMS):
            return await refused(request, error)
        return _to_login(request)

    async def forbidden(request: Request, error: Exception) -> Response:
        if request.url.path.startswith(FOR_PROGRAMS):
            return await refused(request, error)
        return view.html(request, "refused.html", status=403, page="login")

    app.add_exception_handler(NotLoggedIn, not_logged_in)
    app.add_exception_handler(Forbidden, forbidden)


def _to_login(request: Request) -> Response:
    """Where a session has ended: the whole page goes to the log-in, and comes back afterwards."""
    here = path_of(request.headers.get("hx-current-url", "")) if "hx-request" in request.headers else ""
    here = here or (request.url.path if request.method == "GET" else "/")
    target = f"/login?back={quote(local_path(here))}"
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": target})
    return RedirectResponse(target, status_code=303)


class LoginPages:
    """The handlers. Plain functions: hashing a password takes a while."""

    def __init__(self, trust: Trust, view: View, areas: Callable[[], AreaTree]) -> None:
        self._trust = trust
        self._areas = areas
        self._view = view

    def page(self, request: Request, back: str = "/") -> Response:
        """The form that comes next."""
        seat: Seat | None = request.state.seat
        if seat is not None and seat.pending is None:
            return RedirectResponse(local_path(back), status_code=303)
        return self._form(request, back)

    def log_in(self, request: Request, account: Name = "", password: Secret = "", back: Back = "/") -> Response:
        """A name and a password."""
        agent = request.headers.get("user-agent", "")
        return self._enter(
            request, back, lambda: self._trust.log_in(account, password, client_address(request.scope), agent)
        )

    def once(self, request: Request, secret: str, back: str = "/") -> Response:
        """A link that logs in once. Who comes from another site is asked first; what fetches ahead gets nothing."""
        if "prefetch" in request.headers.get("sec-purpose", request.headers.get("purpose", "")):
            return Response(status_code=503)
        if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            values = {"link": quote(secret, safe=""), "back": local_path(back), "wrong": ""}
            return self._view.html(request, "login.html", status=200, page="login", step="once", **values)
        return self.follow(request, secret, back)

    def follow(self, request: Request, secret: str, back: Back = "/") -> Response:
        """The link itself."""
        agent = request.headers.get("user-agent", "")
        return self._enter(
            request, back, lambda: self._trust.log_in_by_link(secret, client_address(request.scope), agent)
        )

    def code(self, request: Request, code: Secret = "", back: Back = "/") -> Response:
        """The second factor."""
        seat: Seat | None = request.state.seat
        if seat is None:
            return self._form(request, back)
        address = client_address(request.scope)
        return self._step(request, back, lambda: self._trust.give_code(seat.session, seat.account, code, address))

    def password(
        self, request: Request, new: Secret = "", again: Secret = "", old: Secret = "", back: Back = "/"
    ) -> Response:
        """A new password, where it must be changed and where somebody wants to."""
        seat: Seat | None = request.state.seat
        if seat is None or seat.pending not in (None, "password"):
            return self._form(request, back)

        def change() -> None:
            if new != again:
                raise WeakPassword("again", "the two new passwords differ; type the same twice")
            address = client_address(request.scope)
            self._trust.change_password(seat.account, old, new, keep=seat.session, address=address)

        return self._step(request, back, change)

    def enrol(self, request: Request, secret: Secret = "", code: Secret = "", back: Back = "/") -> Response:
        """The phone shows that it has the secret; then the recovery codes are shown, once."""
        seat: Seat | None = request.state.seat
        if seat is None or seat.pending != "enrol":  # later it would take a stolen cookie only
            return self._form(request, back)
        try:
            codes = self._trust.second.enrol(seat.account, seat.session, secret, code)
        except (TrustError, ValueError) as error:
            return self._form(request, back, error, proposed=secret)
        response = self._view.html(
            request, "login.html", page="login", step="codes", codes=codes, back=local_path(back)
        )
        return self._seated(request, response, self._trust.sessions.renew(seat.session))

    def account(self, request: Request) -> Response:
        """Who is logged in here, and what he may change about it."""
        seat: Seat | None = request.state.seat
        if seat is None or seat.principal is None:
            return _to_login(request)
        row = next(row for row in self._trust.accounts.rows() if row.id == seat.account)
        return self._view.html(request, "account.html", page="login", row=row, roles=self._roles(row.grants))

    def _roles(self, grants: tuple[str, ...]) -> list[tuple[str, str]]:
        """(role, name of the area); no area is the whole district."""
        areas, told = self._areas(), []
        for grant in grants:
            role, _, area = grant.partition("@")
            told.append((role, areas.chain(area)[0].name if areas.has(area) else area))
        return told

    def log_out(self, request: Request) -> Response:
        """End this session."""
        seat: Seat | None = request.state.seat
        if seat is not None:
            self._trust.sessions.log_out(seat.session)
        return _left(request)

    def log_out_all(self, request: Request) -> Response:
        """End every session of this account; who has shown the password only ends his own."""
        seat: Seat | None = request.state.seat
        if seat is not None and seat.principal is not None:
            self._trust.sessions.end_all(seat.account, by=seat.account)
        elif seat is not None:
            self._trust.sessions.log_out(seat.session)
        return _left(request)

    def _enter(self, request: Request, back: str, log_in: Callable[[], str]) -> Response:
        try:
            secret = log_in()
        except TrustError as error:
            return self._form(request, back, error, step="login")
        response = RedirectResponse(f"/login?back={quote(local_path(back))}", status_code=303)
        return self._seated(request, response, secret)

    def _seated(self, request: Request, response: Response, secret: str) -> Response:
        """The answer with the cookie of a session."""
        rules: Rules = request.state.rules
        response.set_cookie(
            rules.cookie, secret, max_age=self._trust.sessions.limits.whole_ms // 1000, path="/", secure=rules.secure,
            httponly=True, samesite="lax",
        )  # fmt: skip
        return response

    def _step(self, request: Request, back: str, act: Callable[[], None]) -> Response:
        try:
            act()
        except TrustError as error:
            return self._form(request, back, error)
        response = RedirectResponse(f"/login?back={quote(local_path(back))}", status_code=303)
        seat: Seat = request.state.seat
        return self._seated(request, response, self._trust.sessions.renew(seat.session))

    def _form(
        self, request: Request, back: str, error: Exception | None = None, step: str = "", proposed: str = ""
    ) -> Response:
        """The form of what is pending, with what was wrong."""
        seat: Seat | None = request.state.seat
        step = step or (seat.pending or "password" if seat else "login")
        values: dict[str, Any] = {"step": step, "back": local_path(back), "wrong": None}
        if error is not None:
            values["wrong"] = wording(visitor(request).words, error, step)
        if step == "enrol" and seat is not None:
            secret = proposed or self._trust.second.propose()
            uri = self._trust.second.uri(seat.account, secret)
            values |= {"secret": secret, "picture": segno.make(uri).svg_data_uri(scale=4, border=2)}
        response = self._view.html(request, "login.html", status=status_of(error), page="login", **values)
        if isinstance(error, TooMany):
            response.headers["Retry-After"] = str(error.retry_s)
        return response


def _left(request: Request) -> Response:
    response = RedirectResponse("/login", status_code=303)
    rules: Rules = request.state.rules
    response.delete_cookie(rules.cookie, path="/", secure=rules.secure, httponly=True, samesite="lax")
    return response
