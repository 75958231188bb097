"""Brokers for a stack on one machine: mosquitto where it is installed, amqtt in this process where nothing is."""

from __future__ import annotations

import asyncio
import logging
import shutil
import socket
from pathlib import Path
from typing import Any, Protocol

from amqtt.broker import Broker as Amqtt

# mosquitto's default of 1,000 silently drops QoS 1 messages for a subscriber that is away for a few minutes
MOSQUITTO_CONF = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_interval 1
max_queued_messages 100000
max_inflight_messages 200
set_tcp_nodelay true
"""
READY_S = 10.0


class Broker(Protocol):
    """A broker on a loopback port of its own; `kill` is a crash, `start` brings it back on the same port."""

    port: int

    async def start(self) -> None:
        """Serve; return when connections are accepted."""

    async def stop(self) -> None:
        """End cleanly."""

    async def kill(self) -> None:
        """End at once, as a crash would."""


def free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


async def wait_listening(port: int, timeout_s: float = READY_S) -> None:
    """Return once something accepts connections there. Raises TimeoutError."""
    async with asyncio.timeout(timeout_s):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            return


def _quiet_about_amqtt(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    if context.get("message") != "Unhandled exception in client_connected_cb":
        loop.default_exception_handler(context)


class AmqttBroker:
    """In this process, in memory, anonymous, loopback only: for the demo on a machine with nothing but Python."""

    def __init__(self) -> None:
        self.port = free_port()
        self._broker: Amqtt | None = None

    async def start(self) -> None:
        """Serve on the port."""
        # amqtt 0.12 fails a connection that arrives while another one subscribes ("dictionary changed size"); the
        # client tries again. asyncio would print the trace into the demo.
        asyncio.get_running_loop().set_exception_handler(_quiet_about_amqtt)
        logging.getLogger("amqtt").setLevel(logging.CRITICAL)  # it reports every closed connection as an error
        logging.getLogger("transitions").setLevel(logging.WARNING)
        broker = Amqtt(
            {
                "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{self.port}"}},
                "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
            }
        )
        await broker.start()
        self._broker = broker

    async def stop(self) -> None:
        """Disconnect everybody and end."""
        if self._broker is not None:
            await self._broker.shutdown()
            self._broker = None

    async def kill(self) -> None:
        """The nearest thing to a crash: everything it held in memory is gone."""
        await self.stop()


class MosquittoBroker:
    """The real one, as a process with its state in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the process and wait for its port."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o777)  # started by root it continues as user mosquitto
        conf = self._folder / "mosquitto.conf"
        conf.write_text(MOSQUITTO_CONF.format(port=self.port, folder=self._folder))
        self._process = await asyncio.create_subprocess_exec(
            mosquitto_path() or "mosquitto",
            "-c",
            str(conf),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await wait_listening(self.port)

    @property
    def pid(self) -> int:
        """Of the process; 0 before the start."""
        return 0 if self._process is None else self._process.pid

    async def _end(self, how: str) -> None:
        if self._process is not None and self._process.returncode is None:
            getattr(self._process, how)()
            await self._process.wait()

    async def stop(self) -> None:
        """Ask it to save and end."""
        await self._end("terminate")

    async def kill(self) -> None:
        """SIGKILL: what it had not saved is lost."""
        await self._end("kill")


def mosquitto_path() -> str | None:
    """Where mosquitto is; Debian puts it where ordinary users do not look."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def make_broker(kind: str, folder: Path) -> Broker:
    """A broker of a kind: amqtt or mosquitto."""
    return AmqttBroker() if kind == "amqtt" else MosquittoBroker(folder)
