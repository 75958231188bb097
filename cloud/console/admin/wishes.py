"""How people want to be told: /account/notices for oneself, /system/notices for whoever keeps others' data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import RedirectResponse, Response

from cloud.api.gate import client_address
from cloud.api.people import TEXT, code_of
from cloud.console.admin.office import HERE, NONE, Names, Office
from cloud.notices.channel import NotDelivered
from cloud.notices.people import UnknownChannel, WishChanged
from cloud.notices.trying import Trials
from cloud.trust.audit import Deed as Record
from cloud.trust.door import Caller, allow
from cloud.trust.errors import TooMany
from cloud.trust.rights import Action

OWN = "/account/notices"
Reader = Annotated[Caller, Depends(allow(Action.NOTICE_READ))]
Keeper = Annotated[Caller, Depends(allow(Action.PEOPLE_WRITE))]
Word = Annotated[str, Query(max_length=64, pattern=TEXT)]
Person = Annotated[str, Path(max_length=64, pattern=TEXT)]
Field = Annotated[str, Form(max_length=32, pattern=TEXT)]
PAGE = 50


def add_routes(router: APIRouter, office: Office, trials: Trials) -> None:
    """One's own, and those of others."""
    pages = WishPages(office, trials)
    router.add_api_route(OWN, pages.own)
    router.add_api_route(OWN, pages.keep_own, methods=["POST"])
    router.add_api_route(f"{OWN}/test", pages.test_own, methods=["POST"])
    router.add_api_route(f"{HERE}/notices", pages.listed)
    router.add_api_route(f"{HERE}/notices/{{person}}", pages.one)
    router.add_api_route(f"{HERE}/notices/{{person}}", pages.keep, methods=["POST"])
    router.add_api_route(f"{HERE}/notices/{{person}}/test", pages.test, methods=["POST"])


class Wish:
    """What the form says; None: as the rules of the centre."""

    def __init__(
        self, by: Field = "", channel: Names = NONE, quiet: Field = "", start: Field = "", end: Field = "",
        language: Field = "", seen_ms: Annotated[int, Form(ge=0, lt=1 << 53)] = 0,
    ) -> None:  # fmt: skip
        self.channels = list(channel) if by == "own" else None
        self.quiet = {"none": "", "own": f"{start.strip()}-{end.strip()}"[:16]}.get(quiet)
        self.language = language if language in ("zh", "en") else None
        self.seen_ms = seen_ms


Wished = Annotated[Wish, Depends(Wish)]


class WishPages:
    """The handlers."""

    def __init__(self, office: Office, trials: Trials) -> None:
        self._office = office
        self._desk = office.desk
        self._trials = trials

    def own(self, request: Request, caller: Reader, done: Word = "") -> Response:
        """How I am told."""
        return self._show(request, caller.actor, done)

    def keep_own(self, request: Request, caller: Reader, wish: Wished) -> Response:
        """How I want to be told."""
        return self._keep(request, caller, caller.actor, wish)

    def test_own(self, request: Request, caller: Reader, channel: Field = "") -> Response:
        """A test message to me."""
        return self._test(request, caller, caller.actor, channel)

    def listed(
        self, request: Request, caller: Keeper, q: Word = "", page: Annotated[int, Query(ge=1, le=10_000)] = 1
    ) -> Response:
        """The people of one's areas, and how each is told."""
        word = q.strip().casefold()
        people = [
            one
            for one in self._desk.plan.roster.people
            if one.active
            and (word in one.id or word in one.name.casefold())
            and caller.sees(code_of(self._desk, one.id))
        ]
        pages = max(1, -(-len(people) // PAGE))
        page = min(page, pages)
        shown = people[(page - 1) * PAGE : page * PAGE]
        manners = self._desk.notices.manners([one.id for one in shown])
        values: dict[str, Any] = {
            "rows": [(one, manners[one.id]) for one in shown], "found": len(people), "q": q, "at": page,
            "pages": pages,
        }  # fmt: skip
        return self._office.html(request, "wishes.html", "notices", **values)

    def one(self, request: Request, caller: Keeper, person: Person, done: Word = "") -> Response:
        """How somebody is told. Raises UnknownPerson, Forbidden."""
        caller.check(code_of(self._desk, person))
        return self._show(request, person, done)

    def keep(self, request: Request, caller: Keeper, person: Person, wish: Wished) -> Response:
        """How somebody is told from now on."""
        caller.check(code_of(self._desk, person))
        return self._keep(request, caller, person, wish)

    def test(self, request: Request, caller: Keeper, person: Person, channel: Field = "") -> Response:
        """A test message to somebody."""
        caller.check(code_of(self._desk, person))
        return self._test(request, caller, person, channel)

    def _keep(self, request: Request, caller: Caller, person: str, wish: Wish) -> Response:
        def work() -> None:
            if self._desk.plan.roster.knows(person):
                self._desk.notices.wish(
                    person, channels=wish.channels, quiet=wish.quiet, language=wish.language, by=caller.actor,
                    seen_ms=wish.seen_ms,
                )  # fmt: skip

        return self._do(request, person, work, "kept")

    def _test(self, request: Request, caller: Caller, person: str, channel: str) -> Response:
        def work() -> None:
            outcome = "refused"
            try:
                self._trials.send(person, channel, self._desk.plan.roster.name_of(caller.actor))
                outcome = "done"
            finally:
                address = client_address(request.scope)
                deed = Record(
                    actor=caller.actor, action="notice_test", target=person, outcome=outcome, address=address,
                    detail={"channel": channel},
                )  # fmt: skip
                self._office.trust.trail.write(deed)

        return self._do(request, person, work, "tested")

    def _do(self, request: Request, person: str, work: Callable[[], None], done: str) -> Response:
        words = self._office.words(request)
        try:
            work()
        except WishChanged:
            return self._show(request, person, wrong=words.t("adm.wish.changed"), status=409)
        except TooMany as error:
            return self._show(request, person, wrong=words.t("adm.wish.often", s=error.retry_s), status=429)
        except UnknownChannel:
            return self._show(request, person, wrong=words.t("adm.wish.wrong"), status=422)
        except NotDelivered as error:
            return self._show(request, person, wrong=words.t("adm.wish.not_delivered", why=str(error)), status=422)
        return RedirectResponse(f"{request.url.path.removesuffix('/test')}?done={done}", status_code=303)

    def _show(self, request: Request, person: str, done: str = "", wrong: str = "", status: int = 200) -> Response:
        own = request.url.path.startswith(OWN)
        known = self._desk.plan.roster.get(person)
        values: dict[str, Any] = {
            "own": own, "here": OWN if own else f"{HERE}/notices/{person}", "person": known,
            "m": self._desk.notices.manner(person) if known else None,
            "done": done if done in ("kept", "tested") else "",
        }  # fmt: skip
        more = {"wrong": wrong} if wrong else {}
        return self._office.html(request, "wish.html", "" if own else "notices", status, **values, **more)
