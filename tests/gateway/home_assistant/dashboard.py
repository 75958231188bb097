"""A dashboard that does with discovery what Home Assistant does with it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from jinja2 import Environment

from runtime.mqtt import Connection, Link, connected
from tests.gateway.site import SITE

SECTION = '\n[home_assistant]\nlanguage = "en"\nevery_s = 1\n'


class Dashboard:
    """Does with discovery what Home Assistant does with it: descriptions, availability, values by their templates."""

    def __init__(self) -> None:
        self.configs: dict[str, dict[str, Any]] = {}
        self.last: dict[str, bytes] = {}
        self.described = 0
        self.link: Connection | None = None
        self._jinja = Environment(autoescape=False)  # noqa: S701 - no page, the templates of the descriptions

    async def handle(self, topic: str, payload: bytes) -> None:
        """A description, an availability or a state."""
        if not topic.endswith("/config"):
            self.last[topic] = payload
        elif payload:
            self.described += 1
            self.configs[topic] = json.loads(payload)
        else:
            self.configs.pop(topic, None)

    def _render(self, template: str, payload: bytes) -> str:
        fields = json.loads(payload) if payload.startswith(b"{") else None
        return self._jinja.from_string(template).render(value_json=fields, value=payload.decode())

    def shows(self, device: str, channel: str) -> str | None:
        """The value of an entity; `unavailable` where one of its three conditions fails; None before it is found."""
        found = [c for c in self.configs.values() if c["device"]["serial_number"] == device]
        if not found or channel not in found[0]["components"]:
            return None
        component = found[0]["components"][channel]
        for condition in component["availability"]:
            payload = self.last.get(condition["topic"])
            if payload is None:
                return "unavailable"
            said = (
                self._render(condition["value_template"], payload)
                if "value_template" in condition
                else payload.decode()
            )
            if said != "online":
                return "unavailable"
        return self._render(component["value_template"], self.last[found[0]["state_topic"]])


@asynccontextmanager
async def dashboard(port: int) -> AsyncIterator[Dashboard]:
    """Connected, knowing only what the broker kept."""
    peer = Dashboard()
    heard = ("homeassistant/device/+/config", f"gridwhistle/{SITE}/#")
    link = Link(host="127.0.0.1", port=port, client_id="home", subscriptions=heard, clean=True)
    async with connected(link, peer.handle) as peer.link:
        await peer.link.wait_up()
        yield peer
