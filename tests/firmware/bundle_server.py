"""A gateway that also serves bundles, piece by piece, and can do it badly."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.store.bundles import FOLDER, Bundles
from protocol import mqtt_packets as mqtt
from protocol import pieces, topics
from tests.firmware.bench import Recorder


@dataclass
class BundleServer(Recorder):
    """`offers` are the bundles by digest; `asked` has every offset that was asked for."""

    offers: dict[str, bytes] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)
    lost_every: int = 0  # every how manyth piece is not sent
    stops_at: int | None = None  # no piece from this offset on
    shelf: Path | None = None  # data directory of a gateway, whose own code answers then

    def order_update(self, device: str, id: str, version: tuple[int, int, int], bundle: bytes) -> None:
        """Offer a bundle and give the command."""
        digest = hashlib.sha256(bundle).hexdigest()
        self.offers[digest] = bundle
        if self.shelf is not None:
            (self.shelf / FOLDER).mkdir(exist_ok=True)
            (self.shelf / FOLDER / digest).write_bytes(bundle)
        self.order_to(device, "update", id, version=list(version), size=len(bundle), sha256=digest)

    def states(self, id: str) -> list[str]:
        """What was answered to a command, in order; "no" where it was refused at once."""
        found = [data.get("state", "no") for answered, _, data in self.answers if answered == id]
        return [state for at, state in enumerate(found) if at == 0 or found[at - 1] != state]

    def error(self, id: str) -> str:
        """Why the last answer to a command was no."""
        return str([data.get("error") for answered, ok, data in self.answers if answered == id and not ok][-1])

    def _take(self, packet: Any, writer: asyncio.StreamWriter) -> None:
        super()._take(packet, writer)
        if packet.kind != mqtt.PUBLISH or not packet.topic.endswith("/fetch"):
            return
        site, device, _ = topics.parse(packet.topic)
        wanted, offset = pieces.decode_fetch(packet.payload)
        self.asked.append(offset)
        lost = self.lost_every and len(self.asked) % self.lost_every == 0
        if lost or (self.stops_at is not None and offset >= self.stops_at):
            return
        piece = self._cut(wanted, offset) if self.shelf is None else Bundles(self.shelf).piece(packet.payload)
        if piece is not None:
            writer.write(mqtt.publish(topics.build(site, device, "bundle"), piece))

    def _cut(self, wanted: str, offset: int) -> bytes | None:
        bundle = self.offers[wanted]
        data = bundle[offset : offset + pieces.BUNDLE_PIECE_BYTES]
        return pieces.encode({"id": wanted, "offset": offset, "size": len(bundle)}, data) if data else None
