"""Two gateways with one id throw each other out of the centre's broker in turns. Each can hear that of its own status.

Every process has a random instance in its status. Once we have heard our own word come back from the broker, another
instance's word is not the one that a predecessor left there: somebody says it now.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable

import structlog

from domain.incidents import Severity
from domain.standing import Problem
from protocol import status
from protocol.errors import PayloadError

log = structlog.get_logger()
QUIET_MS = 600_000  # default: so long without a word of the other one, and it counts as gone
_HOST_MAX = 40


def new_instance() -> str:
    """Of this process: the machine, so that people find it, and what tells it from an earlier one."""
    host = socket.gethostname()[:_HOST_MAX].encode(errors="replace").decode()  # of bytes that are no text, any may be
    return f"{host}:{secrets.token_hex(4)}"


class Twins:
    """Listens to our own status at the centre's broker."""

    def __init__(self, gateway: str, instance: str, steady_ms: Callable[[], int]) -> None:
        self._gateway = gateway
        self._steady_ms = steady_ms
        self.instance = instance
        self._heard_ourselves = False
        self._other, self._other_ms = "", 0

    def hear(self, payload: bytes) -> None:
        """A status in our name; whoever said it."""
        try:
            said = status.decode(payload).get("instance")
        except PayloadError:
            return
        if said == self.instance:
            self._heard_ourselves = True
        elif isinstance(said, str) and self._heard_ourselves:
            if self._other != said:
                log.error(
                    "same_id_twice",
                    gateway=self._gateway,
                    other=said,
                    zh="另一台网关用了同一个编号，两台会轮流把对方踢下线：请改其中一台的 gateway，并向中心另领登录",
                    en="another gateway uses this id, the two throw each other out in turns: "
                    "change `gateway` in the site file of one and get it a login of its own",
                )
            self._other, self._other_ms = said, self._steady_ms()

    def problems(self) -> list[Problem]:
        """The problem, while the other one has been heard lately."""
        if not self._other or self._steady_ms() - self._other_ms > QUIET_MS:
            self._other = ""
            return []
        return [Problem(rule="same_id_twice", severity=Severity.MAJOR, reason=self._other)]
