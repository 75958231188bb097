"""What stands on the bench: boards, a console that remembers, and the site's broker and gateway."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from rich.console import Console

from firmware.kit import desk, inventory
from firmware.kit.desk import Order
from firmware.kit.identity import BoardFacts
from firmware.kit.ports import Port, probe
from firmware.kit.texts import KitError
from firmware.kit.wire import opened
from firmware.kit.worker import Options, digests
from gateway.identity.inventory import read as read_inventory
from runtime.brokers import access
from runtime.brokers.logins import Login, Role
from runtime.brokers.passwords import hashed
from runtime.clock import Clock
from simulators.brokers import free_port as find_free_port
from simulators.ordinary import ordinary
from simulators.virtual_board import BoardSpec, VirtualBoard
from tests.broker import Mosquitto
from tests.gateway.site import Process

SITE = "chunfeng"
GATEWAY = "gw-chunfeng"
GRID = "110105001001001"
GATEWAY_PASSWORD = "of-the-gateway"


class Bench:
    """Boards and one plan for them. `said` is everything the kit showed."""

    def __init__(self, folder: Path, stick_folder: Path, boards: AsyncExitStack, said: io.StringIO) -> None:
        self.folder = folder
        self.kit = folder / "kit"
        self.stick = stick_folder
        self.boards: list[VirtualBoard] = []
        self.said = said
        self.port = find_free_port()
        self.asked: list[str] = []
        self.answer = "yes"
        self._exit = boards

    async def plug_in(self, count: int = 1, board: str = "esp32_s3", **fields: Any) -> list[VirtualBoard]:
        """Factory-empty boards. `kind`: whose parts are wired to them."""
        fresh = []
        for _ in range(count):
            spec = BoardSpec(
                device=f"bare-{len(self.boards)}",
                site="nowhere",
                broker_host="127.0.0.1",
                broker_port=1,
                board=board,
                blank=True,
                **fields,
            )
            clock = Clock()
            one = VirtualBoard(spec, ordinary(spec.kind, clock.now_ms()), clock, self.folder / "boards")
            await self._exit.enter_async_context(one)
            self.boards.append(one)
            fresh.append(one)
        return fresh

    def plan(self, devices: int, board: str = "esp32_s3", kind: str = "fire") -> Path:
        """A plan with that many endpoints."""
        return self.plan_of([(board, kind)] * devices)

    def plan_of(self, endpoints: list[tuple[str, str]], ca: Path | None = None) -> Path:
        """A plan with these boards and kinds."""
        path = self.folder / "plan.toml"
        lines = [f'site = "{SITE}"', 'technician = "li"', "[broker]", 'host = "127.0.0.1"', f"port = {self.port}"]
        lines += [f'ca_file = "{ca}"'] if ca is not None else []
        for number, (board, kind) in enumerate(endpoints, 1):
            lines += ["[[boards]]", f'device = "{kind}-{number}"', f'kind = "{kind}"', f'board = "{board}"']
            lines += [f'grid = "{GRID}"', f'place = "3号楼{number}层走廊"']
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    def order(self, device: str = "", **fields: Any) -> Order:
        """What the technician types, for all boards that are plugged in."""
        ports = tuple(board.pty_path for board in self.boards)
        given: dict[str, Any] = {"ports": ports, "yes": not device} | fields
        return Order(plan=self.folder / "plan.toml", folder=self.kit, stick=self.stick, device=device, **given)

    async def work(self, order: Order | None = None, **options: Any) -> int:
        """Run the kit beside the boards; its exit code."""
        console = Console(file=self.said, width=160, force_terminal=False)

        def ask(question: str) -> str:
            self.asked.append(question)
            return self.answer

        return await asyncio.to_thread(desk.work, console, order or self.order(), Options(**options), ask)

    async def refused(self, order: Order | None = None, **options: Any) -> KitError:
        """The failure of a run that does not even begin."""
        try:
            await self.work(order, **options)
        except KitError as error:
            return error
        raise AssertionError("it worked: " + self.said.getvalue()[-500:])

    async def files_on(self, board: VirtualBoard) -> dict[str, str]:
        """Path -> digest of what is on a board's flash; its program is stopped for it."""

        def look() -> dict[str, str]:
            with opened(board.pty_path) as wire:
                return digests(wire)

        return await asyncio.to_thread(look)

    async def facts_of(self, board: VirtualBoard) -> BoardFacts:
        """What the board says about itself."""
        found = await asyncio.to_thread(probe, Port(device=board.pty_path))
        assert found.facts is not None, found.trouble
        return found.facts

    def handed_over(self) -> list[dict[str, Any]]:
        """The hand-over report."""
        path = self.kit / "handover.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


class GuardedBroker(Mosquitto):
    """mosquitto as a site runs it: nobody without a login, and nobody hears what is not his."""

    def __init__(self, folder: Path, port: int, passwords: Path, acl: Path, tls: tuple[Path, Path] | None) -> None:
        super().__init__(folder, port)
        self._guards = f"password_file {passwords}\nacl_file {acl}\n"
        if tls is not None:
            self._guards += f"certfile {tls[0]}\nkeyfile {tls[1]}\n"

    def configuration(self) -> str:
        """With the files that the kit made."""
        return super().configuration().replace("allow_anonymous true", "allow_anonymous false\n" + self._guards)


class Site:
    """A real mosquitto and a real gateway process, set up from the kit's inventory."""

    def __init__(self, folder: Path, bench: Bench) -> None:
        self._folder = folder / "site"
        self._bench = bench
        self.broker: GuardedBroker | None = None
        self.gateway: Process | None = None

    def open(
        self,
        known: Callable[[str], bool] = lambda _device: True,
        ca: Path | None = None,
        tls: tuple[Path, Path] | None = None,
    ) -> None:
        """Start both. `known`: the endpoints that somebody has entered at the gateway; `tls`: certificate and key."""
        self._folder.mkdir()
        desk.make_keys(Console(file=self._bench.said), self._bench.order())
        made = self._bench.kit / desk.INVENTORY
        line = hashed(GATEWAY_PASSWORD)
        passwords = self._folder / "passwd"
        passwords.write_text((made / inventory.PASSWD).read_text() + f"{GATEWAY}:{line}\n")
        passwords.chmod(0o600)
        acl = self._folder / "acl"
        own = Login(name=GATEWAY, role=Role.GATEWAY, hash=line)
        acl.write_text(access.for_site(SITE, [*read_inventory(made).logins, own]))
        acl.chmod(0o600)
        self.broker = GuardedBroker(self._folder, self._bench.port, passwords, acl, tls)
        self.broker.start()
        endpoints = (made / inventory.ENDPOINTS).read_text(encoding="utf-8").split("\n\n")
        listed = "\n\n".join(part for part in endpoints if known(part))
        self.gateway = Process(self._site_file(listed, ca), self._folder / "data")
        self.gateway.start()

    def _site_file(self, endpoints: str, ca: Path | None) -> Path:
        head = [f'site = "{SITE}"', f'gateway = "{GATEWAY}"', "[site_broker]", 'host = "127.0.0.1"']
        head += [f"port = {self._bench.port}", f'username = "{GATEWAY}"', f'password = "{GATEWAY_PASSWORD}"']
        head += [f'ca_file = "{ca}"'] if ca is not None else []
        head += ["[cloud_broker]", 'host = "127.0.0.1"', f"port = {find_free_port()}", "", endpoints]
        path = self._folder / "site.toml"
        path.write_text("\n".join(head), encoding="utf-8")
        return path

    def close(self) -> None:
        """End both."""
        if self.gateway is not None:
            self.gateway.stop()
        if self.broker is not None:
            self.broker.stop()
