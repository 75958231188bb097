"""The real web application over a desk of a test, without a socket, seen by somebody who is logged in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI

from cloud.api.gate import COOKIE, Rules
from cloud.live import Hub
from cloud.trust.desk import Trust
from cloud.trust.errors import NameTaken
from cloud.trust.limits import Rate
from cloud.trust.passwords import Passwords
from cloud.trust.principals import Grant
from cloud.trust.sessions import Limits
from cloud.trust.tokens import NewToken
from cloud.trust.vault import open_vault
from cloud.web.app import create_app
from domain.people import Role
from tests.templates import keep_compiled

if TYPE_CHECKING:
    from tests.cloud.conftest import Centre

ANYBODY = "anybody"  # all rights in the whole district, speaks for others: for tests of other things than rights
NOBODY = "nobody"  # not logged in
URL = "http://127.0.0.1"
LIGHT = Passwords(PasswordHasher(1, 8, 1))  # argon2id as it is, with the least of work
BUSY = Rules(known=Rate(per_s=1000, burst=10_000), stranger=Rate(per_s=1000, burst=10_000))


_COMPILED = TemporaryDirectory(prefix="gw-templates-")
keep_compiled(_COMPILED.name)


def web_trust(centre: Centre, limits: Limits | None = None) -> Trust:
    """Trust over the centre of a test, with light hashes and without second factors."""
    vault = open_vault(centre.folder / "keys.json")
    trust = Trust(
        centre.store, vault, lambda: centre.desk.plan.roster, centre.clock.now_ms,
        limits or Limits(second_factor=False), LIGHT, time.monotonic,
    )  # fmt: skip
    trust.accounts.stored = centre.desk.plans.stored
    return trust


def web_app(centre: Centre, trust: Trust | None = None, rules: Rules = BUSY, hub: Hub | None = None) -> FastAPI:
    """The application."""
    hub = hub or Hub(asyncio.get_running_loop())
    centre.desk.listen(hub.changed)
    return create_app(centre.desk, hub, {"broker": lambda: True}, trust or web_trust(centre), rules, ["testserver"])


def headers_of(trust: Trust, who: str) -> dict[str, str]:
    """What makes a request come from `who`."""
    if who == NOBODY:
        return {}
    if who == ANYBODY:
        every = tuple(Grant(role=role) for role in Role)
        name = f"anybody-{len(trust.tokens.rows())}"
        token = trust.tokens.make(NewToken(name=name, grants=every, speaks_for_others=True), by="test")
        return {"Authorization": f"Bearer {token}"}
    return cookie_of(trust, who)


def cookie_of(trust: Trust, account: str, grants: tuple[Grant, ...] = ()) -> dict[str, str]:
    """A browser of somebody who is logged in; the account is made where there is none."""
    with suppress(NameTaken):  # logs in again
        trust.accounts.add(account, grants, by="test", links_only=True)
    secret = trust.log_in_by_link(trust.accounts.link(account, by="test"), "127.0.0.1")
    return {"Cookie": f"{COOKIE}={secret}", "Origin": URL}


@asynccontextmanager
async def web_client(centre: Centre, who: str = ANYBODY) -> AsyncIterator[httpx.AsyncClient]:
    """A client that is `who`: a person id of the roster, ANYBODY or NOBODY."""
    trust = web_trust(centre)
    transport = httpx.ASGITransport(web_app(centre, trust))
    async with httpx.AsyncClient(transport=transport, base_url=URL, headers=headers_of(trust, who)) as client:
        yield client
