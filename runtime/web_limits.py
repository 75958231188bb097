"""How many connections a web server holds, and for how long: whoever only holds them must not take the process' files.

The count is kept where connections are accepted, so that half a TLS handshake counts like half a request.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import resource
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

FILES = 65_536  # of one process: enough, and what tables by descriptor number still bear
OPEN_MAX = 1_000  # default; every page open in a district's control rooms
EACH_DIVISOR = 4  # one address may have a quarter of them: an office behind one address, six for each browser


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Limits of a server. Times are defaults of ours: a slow line, a large table."""

    open_max: int = OPEN_MAX
    head_s: float = 10.0  # handshake, and again head of a request
    body_s: float = 120.0  # 8 MB at half a Mbit/s
    unread_ms: int = 60_000  # an answer nobody takes


def raise_file_limit() -> None:
    """As many files as the system allows this process; its usual 1,024 is a leftover of select()."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(hard, FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def room(open_max: int) -> int:
    """So many connections at once: at most half of the files, the rest is for alarms, database and log."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return open_max if files == resource.RLIM_INFINITY else min(open_max, files // 2)


class _Held(socket.socket):
    """A connection that says when it is closed."""

    closing: Callable[[], None] | None = None

    def close(self) -> None:
        """As usual."""
        told, self.closing = self.closing, None
        if told is not None:
            told()
        super().close()


class Listener(socket.socket):
    """A listening socket of asyncio's that holds so many connections, from one address a quarter of them.

    `trusted`: an address without a share of its own, the proxy in front.
    """

    def __init__(self, family: int, patience: Patience, trusted: str | None = None) -> None:
        # TCP by name: without it asyncio leaves Nagle's wait on, and the body of every answer comes 40 ms late
        super().__init__(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self.patience = patience
        self.late = 0  # connections that took too long
        self.refused = 0
        self._max = room(patience.open_max)
        self._trusted = trusted
        self._held: Counter[str] = Counter()
        self._unheard: dict[Any, _Held] = {}

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection; what is too much is closed at once."""
        plain, address = super().accept()
        whose = place(address[0])
        share = self._max if address[0] == self._trusted else max(self._max // EACH_DIVISOR, 1)
        if self._held.total() >= self._max or self._held[whose] >= share:
            self.refused += 1
            plain.close()
            raise ConnectionAbortedError("too many connections")  # asyncio goes on as if nobody had come
        held = _Held(plain.family, plain.type, plain.proto, fileno=plain.detach())
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # of Linux
            held.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, self.patience.unread_ms)
        self._held[whose] += 1
        held.closing = lambda: self._let_go(whose, address)
        self._unheard[address] = held
        asyncio.get_running_loop().call_later(self.patience.head_s, self._give_up, address, held)
        return held, address

    def heard(self, address: Any) -> None:
        """The handshake is over: the protocol keeps time from here."""
        self._unheard.pop(address, None)

    def health(self) -> dict[str, int]:
        """For /readyz."""
        return {"open": self._held.total(), "most": self._max, "refused": self.refused, "late": self.late}

    def _let_go(self, whose: str, address: Any) -> None:
        self._unheard.pop(address, None)
        self._held[whose] -= 1
        if not self._held[whose]:
            del self._held[whose]

    def _give_up(self, address: Any, held: _Held) -> None:
        if self._unheard.get(address) is held:
            self.late += 1
            with contextlib.suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)


def place(address: str) -> str:
    """Whose an address is: one host of IPv6 has all of a /64 (RFC 4291 section 2.5.4)."""
    known = ipaddress.ip_address(address.partition("%")[0])
    if known.version == 4:
        return str(known)
    mapped = ipaddress.IPv6Address(known).ipv4_mapped
    return str(mapped or ipaddress.ip_network((int(known) >> 64 << 64, 64)))


class _Timed(H11Protocol):
    """A connection whose next request must be there in time, head and body."""

    listener: Listener
    _waits_for: type[h11.IDLE] | type[h11.SEND_BODY] | None = None
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """One more."""
        self.listener.heard(transport.get_extra_info("peername"))
        super().connection_made(transport)
        self._keep_time()

    def connection_lost(self, exc: Exception | None) -> None:
        """One less."""
        self._wait(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """More of a request."""
        super().data_received(data)
        self._keep_time()

    def on_response_complete(self) -> None:
        """The next request may come."""
        super().on_response_complete()
        self._keep_time()

    def _keep_time(self) -> None:
        state = None if self.transport.is_closing() else self.conn.their_state
        self._wait(state if state in (h11.IDLE, h11.SEND_BODY) else None)

    def _wait(self, what: Any) -> None:
        if what is self._waits_for:
            return
        self._waits_for = what
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if what is not None:
            patience = self.listener.patience
            seconds = patience.head_s if what is h11.IDLE else patience.body_s
            self._deadline = self.loop.call_later(seconds, self._too_late)

    def _too_late(self) -> None:
        self.listener.late += 1
        self.transport.abort()


def timed(held_by: Listener) -> type[H11Protocol]:
    """The protocol of connections that `held_by` accepts, for uvicorn's `http`."""

    class Timed(_Timed):
        listener = held_by

    return Timed
