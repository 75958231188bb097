"""Sends parcels over HTTP, every webhook by itself, so that one that hangs holds no other up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import httpx

from cloud.changes import Changed
from cloud.notices.channel import NotDelivered
from cloud.notices.webhooks.feed import Feed, Gone
from cloud.notices.webhooks.reach import Address, OutOfReach, Reach, Resolve, resolve
from cloud.notices.webhooks.wire import headers
from runtime.clock import Clock

LOOK_S = 2.0
TIMEOUT_S = 10.0
AT_ONCE = 8  # webhooks; more take turns
GONE = 410  # RFC 9110 15.5.11


class Carrier:
    """The shell around the feed."""

    def __init__(self, feed: Feed, clock: Clock, reach: Reach, names: Resolve = resolve) -> None:
        self._feed = feed
        self._clock = clock
        self._reach = reach
        self._names = names
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()

    def changed(self, change: Changed) -> None:
        """A listener of the desk: something stands in the log."""
        if change.incidents and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Carry and wait, for ever."""
        threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhooks")
        at_it: set[str] = set()
        try:
            while True:
                self._wake.clear()
                for webhook in set(await asyncio.to_thread(self._feed.due)) - at_it:
                    at_it.add(webhook)
                    self._loop.run_in_executor(threads, self._serve, webhook).add_done_callback(_let_go(at_it, webhook))
                with suppress(TimeoutError):
                    async with asyncio.timeout(max(0.02, LOOK_S / self._clock.speed)):
                        await self._wake.wait()
        finally:
            threads.shutdown(wait=False, cancel_futures=True)

    def _serve(self, webhook: str) -> None:
        while self._feed.step(webhook, self.send):
            pass

    def send(self, webhook: str, url: str, secret: str, body: bytes) -> None:
        """One request. Raises NotDelivered, whose text holds no URL: it may hold a password."""
        signed = headers(webhook, secret, self._clock.now_ms(), body)
        try:
            target = httpx.URL(url)
            status = asyncio.run(self._post(target, self._addresses(target), signed, body))
        except (httpx.TimeoutException, TimeoutError):
            raise NotDelivered(f"no answer within {TIMEOUT_S:g} s") from None
        except OutOfReach as error:
            raise NotDelivered(f"not sent: {error}") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise NotDelivered(f"no connection: {type(error).__name__}") from None
        if status == GONE:
            raise Gone("the receiver says that it is gone (410)")
        if not 200 <= status < 300:
            raise NotDelivered(f"the receiver answered {status}")

    def _addresses(self, url: httpx.URL) -> list[Address]:
        """Looked up and judged now: a name may lead elsewhere than on the day it was typed."""
        port = url.port or (443 if url.scheme == "https" else 80)
        return self._reach.choose(self._names(_name(url), port))

    async def _post(self, url: httpx.URL, addresses: list[Address], signed: dict[str, str], body: bytes) -> int:
        """To the address that was judged, by its number: a second look-up could say another. The first that answers.

        Within TIMEOUT_S altogether: a receiver that sends a byte now and then would hold a thread for days.
        """
        parts: dict[str, Any] = {
            "content": body,
            "headers": {**signed, "Host": url.netloc.decode("ascii")},
            "extensions": {"sni_hostname": _name(url)},  # the certificate is that of the name
        }
        async with asyncio.timeout(TIMEOUT_S):
            for number, address in enumerate(addresses, 1):
                try:
                    async with (
                        httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client,
                        client.stream("POST", url.copy_with(host=str(address)), **parts) as answer,
                    ):
                        return answer.status_code  # its body is nobody's business
                except httpx.ConnectError:
                    if number == len(addresses):
                        raise
        raise AssertionError("unreachable")


def _name(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")


def _let_go(at_it: set[str], webhook: str) -> Callable[[asyncio.Future[None]], None]:
    def done(future: asyncio.Future[None]) -> None:
        at_it.discard(webhook)
        if not future.cancelled():
            future.result()

    return done
