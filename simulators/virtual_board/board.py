"""One virtual board: power, reset, serial port, and what its pins did."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from hardware import pinmap
from runtime.clock import Clock
from simulators.physics import Physics
from simulators.virtual_board.console import PROMPT, Console
from simulators.virtual_board.flash import ON_BOARD, ImageStore, micropython_argv
from simulators.virtual_board.parts import parts_of
from simulators.virtual_board.spec import BoardSpec
from simulators.virtual_board.watchdog import Watchdog
from simulators.virtual_board.wires import Wires

FAKES_KIB = 14  # heap that the fakes take, which on a chip is C and takes none; tests/firmware/test_rom.py measures it
KIND_FAKES_KIB = {"video": 3}  # of modules that only this kind has: camera 2240 B, card 928 B
QUIET_LOOKS = 1000  # of a millisecond
OUTPUTS_MAX = 10_000
GOODBYE_S = 5.0  # the firmware takes 1.5 s at most to say goodbye
RESTART_S = 0.2  # what a boot ROM takes; keeps a board that ends at once from spinning


def _waits(pid: int) -> bool:
    """True where a process sleeps in the kernel (proc(5): the letter after its name)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"
    except OSError:
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """The board started again. `cause` as the firmware reports it: power_on, watchdog, reset, soft."""

    at_ms: int
    cause: str


class VirtualBoard:
    """A board on the bench: `async with` switches it on and, at the end, stops it cleanly."""

    def __init__(
        self, spec: BoardSpec, physics: Physics[Any], clock: Clock, work_dir: Path, images: ImageStore | None = None
    ) -> None:
        self.spec = spec
        self.physics = physics  # may be replaced while the board runs
        self.outputs: list[tuple[int, str, int]] = []
        self.resets: list[Reset] = []
        self.said: list[str] = []  # what it printed before it was reset or stopped last
        self._clock = clock
        self._work_dir = work_dir
        self._images = images or ImageStore()
        self._rom: Path | None = None
        self._levels: dict[str, int] = {}
        self._console: Console | None = None
        self._server: asyncio.Server | None = None
        self._watchdog: Watchdog | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._resetting: asyncio.Task[None] | None = None
        self.parts = parts_of(spec.kind)
        self._nets = {str(gpio): net for net, gpio in pinmap.pins(spec.board, spec.kind).items()}

    async def __aenter__(self) -> VirtualBoard:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def image(self) -> Path:
        """The flash chip; it keeps its contents over power cuts and over `stop` and `start`."""
        return self._work_dir / f"{self.spec.device}.flash"

    @property
    def partition(self) -> Path:
        """The ROM partition beside it: the code that runs."""
        return self._work_dir / f"{self.spec.device}.rom"

    @property
    def pty_path(self) -> str:
        """The serial port to plug mpremote into. Raises RuntimeError where the board was never started."""
        return self._plugged().path

    @property
    def console_tail(self) -> list[str]:
        """The last lines the board printed; empty before its first start."""
        return self._console.tail() if self._console is not None else []

    @property
    def pid(self) -> int | None:
        """Process of the board, None while its power is off."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        """Flash the board where it is new, write its configuration, plug it in and switch it on."""
        self._work_dir.mkdir(parents=True, exist_ok=True)
        self._rom = (await self._images.images(self.spec)).rom
        await self._images.provision(self.image, self.spec, await asyncio.to_thread(self.spec.flash_files))
        self._console = Console()
        self._watchdog = Watchdog(lambda: self._reset_by("watchdog"))
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._wires, host="127.0.0.1", port=0)
        await self.power_on()

    async def power_on(self, cause: str = "power_on") -> None:
        """Switch on. Raises RuntimeError where it is on already."""
        if self._process is not None:
            raise RuntimeError(f"{self.spec.device} is on already")
        self.parts = parts_of(self.spec.kind)
        self._levels = {}
        self.resets.append(Reset(at_ms=self._clock.now_ms(), cause=cause))
        if self._server is None or self._rom is None:
            raise RuntimeError(f"{self.spec.device} was never started")
        port = self._server.sockets[0].getsockname()[1]
        heap_kib = self.spec.heap_kib + FAKES_KIB + KIND_FAKES_KIB.get(self.spec.kind, 0)
        argv = micropython_argv(heap_kib, ON_BOARD / "start.py", rom=self._rom, interactive=True)
        words = f"{port} {self._clock.speed} {cause} {self.image}"
        self._plugged().power_on()
        terminal = self._plugged().board_fd
        self._process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            cwd=ON_BOARD,
            env=self._chip() | {"GRIDWHISTLE_BOARD": words},
        )
        self._watch = asyncio.create_task(self._restart_at_end(self._process), name=f"board {self.spec.device}")

    def _chip(self) -> dict[str, str]:
        """What start.py must know of the chip; its ROM partition keeps its contents as the flash does."""
        chip = {"HOME": str(self._work_dir), "GRIDWHISTLE_MACHINE": self.spec.machine}
        if not self.spec.rom_kib:
            return chip
        if not self.partition.exists():
            self.partition.write_bytes(b"\xff" * self.spec.rom_kib * 1024)
        return chip | {"GRIDWHISTLE_PARTITION": str(self.partition)}

    async def power_cut(self) -> None:
        """Off, at this instant; whatever was being written stays half written."""
        process, self._process = self._process, None
        if self._watchdog is not None:
            self._watchdog.stop()
        if self._watch is not None and self._watch is not asyncio.current_task():
            self._watch.cancel()
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

    async def reset(self, cause: str = "reset") -> None:
        """Press the reset button."""
        self.said = self.console_tail
        await self.power_cut()
        await self.power_on(cause)

    async def stop(self) -> None:
        """Interrupt the program, let it say goodbye, switch off, unplug. Does nothing where it is stopped already."""
        if self._console is None:
            return
        if self._watch is not None:
            self._watch.cancel()  # it ends now, whatever ends it: nothing starts it again
        if self._process is not None:
            await self._quiet_moment()
            self.said = [*self.said, "-- stopped --", *self.console_tail]
            self._console.forget()
            self._console.type(b"\x03")
            await self._console.wait_for(PROMPT, GOODBYE_S)
        await self.power_cut()
        if self._server is not None:
            self._server.close()
            self._server = None
        self._console.close()
        self._console = None

    async def _quiet_moment(self) -> None:
        """While the program waits. The unix port raises Ctrl-C wherever it is, and never unlocks a heap that it was
        collecting just then; a chip waits for the next instruction.
        """
        for _ in range(QUIET_LOOKS):
            if self._process is None or _waits(self._process.pid):
                return
            await asyncio.sleep(0.001)

    def hang(self) -> None:
        """Freeze the program, as an endless loop in a driver would."""
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGSTOP)

    def _wires(self) -> Wires:
        return Wires(self.parts, self._nets, self._room_at, self._clock.now_ms, self)

    def _room_at(self, at_ms: int) -> Any:
        return self.physics.at(at_ms)

    def _plugged(self) -> Console:
        if self._console is None:
            raise RuntimeError(f"{self.spec.device} was never started")
        return self._console

    def _reset_by(self, cause: str) -> None:
        self._resetting = asyncio.create_task(self.reset(cause), name=f"reset of {self.spec.device}")

    async def _restart_at_end(self, process: asyncio.subprocess.Process) -> None:
        """A soft reset ends the process: the unix port has nothing to reset to."""
        await process.wait()
        await asyncio.sleep(RESTART_S)
        if self._process is process:
            self._process = None
            await self.power_on("soft")

    # what the wires report (wires.Listener)

    def output(self, name: str, value: int) -> None:
        """An output pin was set; only changes are kept."""
        if self._levels.get(name, 0) != value and len(self.outputs) < OUTPUTS_MAX:
            self.outputs.append((self._clock.now_ms(), name, value))
        self._levels[name] = value

    def watchdog_started(self, timeout_ms: int) -> None:
        """The firmware is up."""
        if self._watchdog is not None:
            self._watchdog.start(timeout_ms)

    def watchdog_fed(self) -> None:
        """A complete cycle is done."""
        if self._watchdog is not None:
            self._watchdog.feed()

    def watchdog_on_timer(self) -> None:
        """A technician has the board."""
        if self._watchdog is not None:
            self._watchdog.stop()

    def reset_requested(self) -> None:
        """The firmware called machine.reset()."""
        self._reset_by("reset")
