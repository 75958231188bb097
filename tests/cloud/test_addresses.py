"""Addresses and numbers that strangers make up: no answer is a fault of ours."""

from __future__ import annotations

import asyncio

import pytest

from cloud.console.paths import local_path, path_of
from cloud.live import Hub


@pytest.mark.parametrize(
    "back",
    [
        "http://[",
        "//[",
        "//elsewhere.example",
        "https://elsewhere.example/",
        "/\\elsewhere",
        "/\t/elsewhere",
        "/\t\\elsewhere",
        "/\n\\elsewhere",
        "/areas\\..\\\\elsewhere",
        "javascript:alert(1)",
        " /",
        "",
    ],
)
def test_nobody_is_sent_elsewhere(back: str) -> None:
    """What is no path of ours, or no address at all, leads to the board."""
    assert local_path(back) == "/"
    assert path_of("http://[") == ""


async def test_an_event_id_of_any_length_starts_a_stream() -> None:
    """Longer than a number may be, it is not ours: a fresh board."""
    stream = Hub(asyncio.get_running_loop(), first_id=7).stream("9" * 5000)
    assert "id: 7\n" in await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]
