"""What stands on the other ends of a gateway in these tests: endpoints that resend, and a cloud that acknowledges."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from protocol import acks, events, sample_acks, topics
from runtime.mqtt import Connection, Link, connected
from tests.gateway.site import GATEWAY, SITE, sample

WINDOW = 500  # sent again at once
MAIL = ("command", "receipt", "config", "bundle", "task")


async def until(condition: Callable[[], Any], timeout_s: float = 20.0) -> Any:
    """The first true result of a condition."""
    async with asyncio.timeout(timeout_s):
        while not (result := condition()):
            await asyncio.sleep(0.02)
    return result


class Endpoint:
    """Keeps every sample until the gateway itself acknowledges it, as a board does."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.owed: dict[int, bytes] = {}
        self.mail: dict[str, list[bytes]] = {kind: [] for kind in MAIL}
        self.link: Connection | None = None

    async def handle(self, topic: str, payload: bytes) -> None:
        """An acknowledgement of samples, or something else for it."""
        kind = topics.parse(topic)[2]
        if kind in self.mail:
            self.mail[kind].append(payload)
            return
        for first, last in sample_acks.decode_samples(payload)[1]:
            for seq in range(first, last + 1):
                self.owed.pop(seq, None)

    def send(self, kind: str, payload: bytes) -> None:
        """One message."""
        assert self.link is not None
        self.link.publish(topics.build(SITE, self.device, kind), payload)

    def sample(self, seq: int, at_ms: int, **values: Any) -> None:
        """One sample, kept until acknowledged."""
        self.owed[seq] = sample(self.device, seq, at_ms, **values)
        self.send("readings", self.owed[seq])

    async def deliver(self, timeout_s: float = 30.0) -> None:
        """Send again what is not acknowledged, until all is; a window of it, as a board does: a flood feeds itself."""
        async with asyncio.timeout(timeout_s):
            while self.owed:
                for payload in list(self.owed.values())[:WINDOW]:
                    self.send("readings", payload)
                await asyncio.sleep(0.5)


class Cloud:
    """Collects what gateways send; acknowledges while `answering`."""

    def __init__(self) -> None:
        self.answering = True
        self.refusing = False
        self.events: list[events.Event] = []
        self.statuses: list[dict[str, Any]] = []
        self.link: Connection | None = None

    async def handle(self, topic: str, payload: bytes) -> None:
        """A status, an incident or a batch of history."""
        if topic.endswith("/status"):
            self.statuses.append(json.loads(payload))
            return
        event = events.decode(payload)
        self.events.append(event)
        if self.answering and self.link is not None:
            answer = acks.encode([], [(event.id, "no")]) if self.refusing else acks.encode([event.id])
            self.link.publish(topics.build(SITE, GATEWAY, "ack"), answer)

    def hears_a_listening_gateway(self) -> bool:
        """True once the gateway's status says that it listens to its endpoints."""
        return bool(self.statuses) and self.statuses[-1].get("site_link") == "up"

    def incidents(self) -> list[dict[str, Any]]:
        """The data of every incident message, repeats included."""
        return [event.data for event in self.events if event.type in events.INCIDENT_TYPES]


@asynccontextmanager
async def endpoint(port: int, device: str = "fire-a") -> AsyncIterator[Endpoint]:
    """An endpoint on the site's broker."""
    peer = Endpoint(device)
    heard = tuple(topics.build(SITE, device, kind) for kind in ("ack", *MAIL))
    link = Link(host="127.0.0.1", port=port, client_id=device, subscriptions=heard)
    async with connected(link, peer.handle) as peer.link:
        await peer.link.wait_up()
        yield peer


@asynccontextmanager
async def cloud(port: int, make: Callable[[], Cloud] = Cloud) -> AsyncIterator[Cloud]:
    """A cloud on the cloud's broker."""
    peer = make()
    topic = tuple(topics.build(SITE, GATEWAY, kind) for kind in ("incident", "history", "status"))
    async with connected(
        Link(host="127.0.0.1", port=port, client_id="cloud", subscriptions=topic), peer.handle
    ) as link:
        peer.link = link
        await link.wait_up()
        yield peer
