"""Whoever only holds connections of a web server gets neither its files nor its time. A real server, real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from runtime.web_limits import Listener, Patience, place, timed
from runtime.web_server import Server

SHORT = Patience(open_max=8, head_s=0.3, body_s=0.5)
WHOLE = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def _app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def _serving(patience: Patience, trusted: str | None = None, app: Any = _app) -> AsyncIterator[Listener]:
    ready = asyncio.Event()
    with Listener(socket.AF_INET, patience, trusted) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        config = uvicorn.Config(app, http=timed(listener), log_config=None, lifespan="off", timeout_graceful_shutdown=1)
        server = Server(config, ready.set)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        await ready.wait()
        try:
            yield listener
        finally:
            server.should_exit = True
            await serving
            while listener.health()["open"]:  # the last ones are let go in the loop's next round
                await asyncio.sleep(0)


async def _said(listener: Listener, *parts: bytes) -> bytes:
    """All that one connection hears until it ends."""
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(5):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize(
    "parts",
    [(), (b"GET / HTTP/1.1\r\nHost: a\r\n",), (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", b"x")],
    ids=["nothing", "half a head", "half a body"],
)
async def test_half_a_request_ends(parts: tuple[bytes, ...]) -> None:
    """Nobody holds a connection by saying little."""
    async with _serving(SHORT) as listener:
        assert await _said(listener, *parts) == b""
        assert listener.health() == {"open": 0, "most": 8, "refused": 0, "late": 1}


async def test_a_half_head_after_a_whole_request_ends() -> None:
    """Keep-alive starts the time again."""
    async with _serving(SHORT) as listener:
        assert (await _said(listener, WHOLE + b"GET / HT")).count(b"200 OK") == 1
        assert listener.late == 1


async def test_an_answer_that_takes_long_is_not_cut() -> None:
    """Only what the other side owes is timed."""

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"connection", b"close")]})
        for _ in range(3):
            await asyncio.sleep(SHORT.head_s / 2)
            await send({"type": "http.response.body", "body": b"beat", "more_body": True})
        await send({"type": "http.response.body", "body": b"end"})

    async with _serving(SHORT, app=slow) as listener:
        assert b"end" in await _said(listener, WHOLE)
    assert listener.late == 0


async def test_one_address_has_its_share_and_gets_it_back() -> None:
    """The third connection from one place is closed at once; when the others are gone, the next is served."""
    async with _serving(SHORT) as listener:
        holding = [asyncio.create_task(_said(listener)) for _ in range(2)]
        async with asyncio.timeout(5):
            while listener.health()["open"] < 2:
                await asyncio.sleep(0)
        assert await _said(listener, WHOLE) == b""
        assert listener.refused == 1
        await asyncio.gather(*holding)
        assert b"200 OK" in await _said(listener, WHOLE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))


async def test_a_proxy_has_no_share_but_the_whole() -> None:
    """Everybody comes from its address."""
    async with _serving(SHORT, trusted="127.0.0.1") as listener:
        held = [asyncio.create_task(_said(listener)) for _ in range(9)]
        assert await asyncio.gather(*held) == [b""] * 9
        assert (listener.refused, listener.late) == (1, 8)


async def test_half_a_handshake_ends() -> None:
    """Before TLS is agreed on there is no protocol that could keep time."""
    with Listener(socket.AF_INET, SHORT) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        with socket.create_connection(listener.getsockname()) as client:
            client.setblocking(False)
            while True:
                try:
                    held, _ = listener.accept()
                    break
                except BlockingIOError:
                    await asyncio.sleep(0)
            async with asyncio.timeout(5):
                assert await asyncio.get_running_loop().sock_recv(client, 1) == b""
            held.close()
        assert listener.health()["open"] == 0


@pytest.mark.parametrize(
    ("address", "whose"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::1:2:3:4", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_a_host_is_one_place(address: str, whose: str) -> None:
    """Of 2^64 addresses of one host each is the same."""
    assert place(address) == whose


async def test_an_answer_of_two_parts_leaves_at_once() -> None:
    """Head and body are written one after the other: with Nagle's wait the second comes 40 ms later."""
    told: list[int] = []

    async def look(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told.append(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    with Listener(socket.AF_INET, SHORT) as listener:
        listener.bind(("127.0.0.1", 0))
        async with await asyncio.start_server(look, sock=listener):
            await _said(listener)

    assert all(told)
    assert told
