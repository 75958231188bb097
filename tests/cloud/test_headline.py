"""The headline says what burns in one's areas, the same on every page, whatever right the page asks for."""

from __future__ import annotations

import re

import httpx

from cloud.console.rooms import ROOMS
from cloud.trust.principals import Grant
from domain.people import Role
from tests.cloud.conftest import Centre
from tests.cloud.web import URL, cookie_of, web_app, web_trust

TWO_HATS = (Grant(role=Role.OPERATOR, area="chunfeng"), Grant(role=Role.ASSISTANT, area="heping"))
OTHERS = {"system"}  # an administrator's
PAGES = [room.path for room in ROOMS if room.name not in OTHERS]
PAGES += ["/plan/people/contacts/lin-zhixia", "/patrols", "/areas"]


async def test_two_roles_in_two_areas(sqlite_centre: Centre) -> None:
    """A page of a right that is had in one area only neither shows less nor makes the board forget."""
    tree = sqlite_centre.desk.plan.areas
    sqlite_centre.status()
    sqlite_centre.take(1)
    heping = next(area for area in tree.areas if area.parent == "heping")
    sqlite_centre.take(2, device="fire-z", grid=heping.code, place="和平门口")
    trust = web_trust(sqlite_centre)
    transport = httpx.ASGITransport(web_app(sqlite_centre, trust))
    headers = cookie_of(trust, "two-hats", TWO_HATS)
    async with httpx.AsyncClient(transport=transport, base_url=URL, headers=headers) as client:
        for path in PAGES:
            sqlite_centre.clock.go(3)  # what was read before is old
            told = [(await client.get(one)).text for one in (path, "/", "/parts/headline")]
            assert [re.findall(r'data-fires="(\d+)"', text)[:1] for text in told] == [["2"]] * 3, path
