"""The proof that an endpoint works: the gateway acknowledges one of its samples, which it does only after its commit.

One connection to the site's broker, with the technician's own login, for all boards of a job. It listens only.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Protocol

from firmware.kit.inventory import technician_login
from firmware.kit.plan_file import Plan
from firmware.kit.texts import KitError
from protocol import sample_acks, status, topics
from protocol.errors import ProtocolError
from runtime.mqtt import Link, connected

UP_S = 15.0
WELL_S = 3.0  # after the proof: for the status with the first faults, which follows within two samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The gateway has this sample on its disk. `faults`: what the endpoint says is wrong with its channels."""

    device: str
    boot: int
    seq: int
    faults: dict[str, str] = field(default_factory=dict)


class Witness(Protocol):
    """Who can say that the gateway has a sample."""

    def forget(self, device: str) -> None:
        """What was heard of it so far proves nothing: the board is written anew."""

    def wait_proof(self, device: str, after_boot: int, timeout_s: float) -> Proof:
        """Return once the gateway has a sample of a boot after this one. Raises KitError with a diagnosis.

        After 0, boots count anew: only the boot counts in which the endpoint has said since that it is.
        """


class Ear:
    """Hears the gateway of one site. `with` it; threads may wait on it."""

    def __init__(self, plan: Plan, password: str, ca_file: Path | None = None) -> None:
        kinds = ("ack", "status")
        self._plan = plan
        self._link = Link(
            host=plan.broker.host,
            port=plan.broker.port,
            client_id=f"{technician_login(plan)}-{socket.gethostname()[:20]}",
            subscriptions=tuple(f"gw/1/{plan.site}/+/{kind}" for kind in kinds),
            username=technician_login(plan),
            password=password,
            ca_file=None if ca_file is None else str(ca_file),
            clean=True,
        )
        self._news = threading.Condition()
        self._acks: dict[str, dict[int, int]] = {}  # device -> boot -> highest seq acknowledged while we listen
        self._statuses: dict[str, dict[str, object]] = {}
        self._up = threading.Event()
        self._end: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="ear", daemon=True)

    def __enter__(self) -> Ear:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None and self._end is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(UP_S)

    def wait_up(self, timeout_s: float = UP_S) -> None:
        """Return once the broker lets us listen. Raises KitError broker_away with how far it got."""
        if not self._up.wait(timeout_s):
            raise KitError("broker_away", self._how_far())

    def forget(self, device: str) -> None:
        """After `--erase` boots are counted from one again: an older acknowledgement would look like the proof."""
        with self._news:
            self._acks.pop(device, None)
            self._statuses.pop(device, None)

    def wait_proof(self, device: str, after_boot: int, timeout_s: float) -> Proof:
        """Return once the gateway has a sample of a boot after this one. Raises KitError with a diagnosis."""
        self.wait_up()
        end_s = time.monotonic() + timeout_s
        with self._news:
            while (heard := self._acknowledged(device, after_boot)) is None:
                if not self._news.wait(max(0.0, end_s - time.monotonic())) and time.monotonic() >= end_s:
                    raise self._diagnosis(device, after_boot)
            well_s = time.monotonic() + WELL_S
            while not self._is_online(device, after_boot) and time.monotonic() < well_s:
                self._news.wait(max(0.0, well_s - time.monotonic()))
            told = self._statuses.get(device, {}).get("faults", {})
        faults = {str(name): str(reason) for name, reason in told.items()} if isinstance(told, dict) else {}
        return Proof(device=device, boot=heard[0], seq=heard[1], faults=faults)

    def _acknowledged(self, device: str, after_boot: int) -> tuple[int, int] | None:
        """(boot, seq). A busy gateway acknowledges what it had of a boot before the erase long after we forgot it."""
        heard = self._acks.get(device, {})
        if after_boot:
            return max(((boot, seq) for boot, seq in heard.items() if boot > after_boot), default=None)
        boot = self._statuses[device]["boot"] if self._is_online(device, 0) else None
        return (boot, heard[boot]) if isinstance(boot, int) and boot in heard else None

    def _is_online(self, device: str, after_boot: int) -> bool:
        told = self._statuses.get(device, {})
        boot = told.get("boot")
        return told.get("state") == status.ONLINE and isinstance(boot, int) and boot > after_boot

    def _diagnosis(self, device: str, after_boot: int) -> KitError:
        if not self._is_online(device, after_boot):
            return KitError("not_heard_offline", device)
        return KitError("not_heard_unknown" if self._acks else "not_heard_gateway", device)

    def _how_far(self) -> str:
        where = f"{self._link.host}:{self._link.port}"
        try:
            socket.create_connection((self._link.host, self._link.port), timeout=2).close()
        except OSError as error:
            return f"{where}: {error}"
        return f"{where} listens, but refuses the login {self._link.username} or its certificate does not fit"

    def _run(self) -> None:
        asyncio.run(self._listen())

    async def _listen(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        async with connected(self._link, self._hear) as connection:
            waiting = asyncio.create_task(connection.wait_up())
            ending = asyncio.create_task(self._end.wait())
            await asyncio.wait((waiting, ending), return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                self._up.set()
            waiting.cancel()
            await ending

    async def _hear(self, topic: str, payload: bytes) -> None:
        try:
            _, device, kind = topics.parse(topic)
            with self._news:
                if kind == "ack":
                    boot, ranges = sample_acks.decode_samples(payload)
                    newest = max((last for _, last in ranges), default=0)
                    heard = self._acks.setdefault(device, {})
                    heard[boot] = max(heard.get(boot, 0), newest)
                else:
                    self._statuses[device] = status.decode(payload)
                self._news.notify_all()
        except ProtocolError:
            return  # somebody else's trouble: the gateway counts it
