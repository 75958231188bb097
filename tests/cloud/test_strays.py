"""What is refused where somebody goes: a page in words; programs and parts of pages get a problem."""

from __future__ import annotations

import pytest

from tests.cloud.conftest import Centre
from tests.cloud.web import web_client

PAGE = {"accept": "text/html,application/xhtml+xml"}


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/nowhere?lang=zh", 404, "没有这个页面"),
        ("/nowhere?lang=en", 404, "There is nothing at this address"),
        ("/patrols?days=many&lang=zh", 422, "请求内容无效"),
        ("/logout?lang=zh", 405, "请求未被接受"),
    ],
)
async def test_who_goes_astray_is_told_in_words(sqlite_centre: Centre, path: str, status: int, says: str) -> None:
    """In the language of whoever asks, with the way back."""
    async with web_client(sqlite_centre) as client:
        answer = await client.get(path, headers=PAGE)

    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert says in answer.text
    assert 'href="/"' in answer.text


@pytest.mark.parametrize("headers", [{"accept": "application/json"}, PAGE | {"hx-request": "true"}])
async def test_programs_and_parts_get_a_problem(sqlite_centre: Centre, headers: dict[str, str]) -> None:
    """As before."""
    async with web_client(sqlite_centre) as client:
        answer = await client.get("/nowhere", headers=headers)

    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:gridwhistle:problem:no-such-address"


async def test_addresses_of_the_interface_never_answer_with_a_page(sqlite_centre: Centre) -> None:
    """Whatever is asked for."""
    async with web_client(sqlite_centre) as client:
        answer = await client.get("/api/nowhere", headers=PAGE)
    assert answer.json()["status"] == 404
