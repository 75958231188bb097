"""The real web application over a desk of a test, without a socket, seen by somebody who is logged in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
from fastapi import FastAPI

from cloud.api.app import create_app
from cloud.live import Hub

if TYPE_CHECKING:
    from tests.cloud.conftest import Centre

ANYBODY = "anybody"  # all rights in the whole district, speaks for others: for tests of other things than rights


def web_app(centre: Centre) -> FastAPI:
    """The application."""
    hub = Hub(asyncio.get_running_loop())
    centre.desk.listen(hub.changed)
    return create_app(centre.desk, hub, {"broker": lambda: True})


@asynccontextmanager
async def web_client(centre: Centre, who: str = ANYBODY) -> AsyncIterator[httpx.AsyncClient]:
    """A client that is `who`: a person id of the roster, or ANYBODY."""
    transport = httpx.ASGITransport(web_app(centre))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client
