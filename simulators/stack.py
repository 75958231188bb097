"""The whole house on one machine: two brokers, a gateway, the cloud service and a virtual board per room."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from cloud.settings import Settings
from runtime.clock import Clock
from simulators.brokers import Broker, free_port, make_broker
from simulators.keys import bearer, login_url
from simulators.physics import Physics
from simulators.process import OurProcess
from simulators.virtual_board import BoardSpec, VirtualBoard

SITE = "chunfeng"
GATEWAY = "gw-chunfeng"
GRID = "110105001001001"  # 春风第一网格 of the sample district
OPERATOR = "zhou-mingyuan"  # of the sample roster
SESSION_HOURS = "10000"  # simulated ones pass quickly
ONLINE_S = 60.0  # real seconds for all boards to boot, connect and be shown

_SITE_FILE = """\
site = "{site}"
gateway = "{gateway}"

[site_broker]
host = "127.0.0.1"
port = {site_port}

[cloud_broker]
host = "127.0.0.1"
port = {cloud_port}
"""
_ENDPOINT = """
[[endpoints]]
device = "{device}"
kind = "{kind}"
place = "{place}"
grid = "{grid}"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Where one board hangs and what it is exposed to."""

    device: str
    place: str
    physics: Physics[Any]
    grid: str = GRID
    kind: str = "fire"
    board: str = "esp32_s3"
    extra: dict[str, object] = field(default_factory=dict)  # more of its provisioning record
    files: dict[str, bytes] = field(default_factory=dict)  # more on its flash
    flash_kib: int = 2048
    settings: str = ""  # of its kind, as a TOML table on one line


@dataclass(frozen=True, slots=True, kw_only=True)
class StackSpec:
    """What to build. `broker`: amqtt or mosquitto; `http_port` 0 takes a free one."""

    rooms: tuple[Room, ...]
    work_dir: Path
    speed: float = 1.0
    broker: str = "amqtt"
    http_port: int = 0
    fire_rules: dict[str, float] = field(default_factory=dict)  # overrides in the site file
    site_more: str = ""  # more of the site file: people, sirens


class Stack:
    """Everything running; leave the context and everything is gone. Parts can be killed and started one by one."""

    def __init__(self, spec: StackSpec) -> None:
        self.spec = spec
        self.clock = Clock.starting_now(spec.speed)
        spec.work_dir.mkdir(parents=True, exist_ok=True)
        self.site_broker: Broker = make_broker(spec.broker, spec.work_dir / "site-broker")
        self.cloud_broker: Broker = make_broker(spec.broker, spec.work_dir / "cloud-broker")
        self.gateway = self._process("gateway", ["gateway", "run", "--site", str(self._site_file())])
        self.cloud = self._process("cloud", ["cloud", "run"])
        self.boards = {room.device: self._board(room) for room in spec.rooms}
        self._exit = AsyncExitStack()
        self.http: httpx.AsyncClient

    @property
    def url(self) -> str:
        """Address of the operator's page."""
        return str(self.cloud.ready["url"])

    def login_url(self, person: str = OPERATOR) -> str:
        """A link that opens the operator's page as somebody, once."""
        return login_url(self._settings(), self.clock, self.url, person)

    def _settings(self) -> Settings:
        return Settings(data_dir=self.spec.work_dir / "cloud")

    def _site_file(self) -> Path:
        path = self.spec.work_dir / "site.toml"
        head = _SITE_FILE.format(
            site=SITE, gateway=GATEWAY, site_port=self.site_broker.port, cloud_port=self.cloud_broker.port
        )
        rules = "".join(f"{name} = {value}\n" for name, value in self.spec.fire_rules.items())
        endpoints = [
            _ENDPOINT.format(device=r.device, kind=r.kind, place=r.place, grid=r.grid)
            + (f"settings = {r.settings}\n" if r.settings else "")
            for r in self.spec.rooms
        ]
        text = head + f"\n[rules.fire]\n{rules}" + "".join(endpoints) + self.spec.site_more
        path.write_text(text, encoding="utf-8")
        return path

    def _process(self, name: str, args: list[str]) -> OurProcess:
        data = self.spec.work_dir / name
        data.mkdir(exist_ok=True)
        env = {
            "gateway": {"GRIDWHISTLE_GATEWAY_DATA_DIR": str(data)},
            "cloud": {
                "GRIDWHISTLE_CLOUD_DATA_DIR": str(data),
                "GRIDWHISTLE_CLOUD_SESSION_HOURS": SESSION_HOURS,
                "GRIDWHISTLE_CLOUD_SESSION_IDLE_MINUTES": SESSION_HOURS,
                "GRIDWHISTLE_CLOUD_BROKER_HOST": "127.0.0.1",
                "GRIDWHISTLE_CLOUD_BROKER_PORT": str(self.cloud_broker.port),
                "GRIDWHISTLE_CLOUD_HTTP_PORT": str(
                    self.spec.http_port or free_port()
                ),  # the same again after a restart
            },
        }[name]
        return OurProcess(name, args, {**self.clock.to_env(), **env}, self.spec.work_dir / f"{name}.log")

    def _board(self, room: Room) -> VirtualBoard:
        spec = BoardSpec(
            device=room.device,
            site=SITE,
            broker_host="127.0.0.1",
            broker_port=self.site_broker.port,
            kind=room.kind,
            board=room.board,
            extra=room.extra,
            files=room.files,
            flash_kib=room.flash_kib,
        )
        return VirtualBoard(spec, room.physics, self.clock, self.spec.work_dir / f"board-{room.device}")

    async def __aenter__(self) -> Stack:
        try:
            # stops stand before starts: what is given up while it starts is ended, too
            for part in (self.site_broker, self.cloud_broker, self.cloud, self.gateway):
                self._exit.push_async_callback(part.stop)
                await part.start()
            headers = await asyncio.to_thread(bearer, self._settings(), self.clock)
            client = httpx.AsyncClient(base_url=self.url, timeout=10, headers=headers)
            self.http = await self._exit.enter_async_context(client)
            for board in self.boards.values():
                await self._exit.enter_async_context(board)  # started halfway it dies with this process
        except BaseException:
            await self._exit.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exit.aclose()

    async def get(self, path: str) -> Any:
        """JSON of one API call. Raises httpx.HTTPError."""
        answer = await self.http.get(path)
        answer.raise_for_status()
        return answer.json()

    async def wait_online(self) -> None:
        """Return once the centre shows every board online. Raises TimeoutError."""
        wanted = set(self.boards)
        async with asyncio.timeout(ONLINE_S):
            while True:
                gateways = await self.get("/api/gateways")
                online = {e["device"] for g in gateways for e in g["endpoints"] if e["state"] == "online"}
                if wanted <= online:
                    return
                await asyncio.sleep(0.1)
