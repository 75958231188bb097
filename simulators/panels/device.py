"""The transmission device itself: its clock, its components, and what it answers. No sockets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from domain.gb26875 import facts, times, units
from domain.gb26875.facts import Fact
from domain.gb26875.frames import Command, Frame, reply
from domain.gb26875.names import TYPES
from simulators.panels.sins import Sins

DEAD_CLOCK = bytes((0, 0, 0, 1, 1, 0))
SYSTEM, SYSTEM_ADDRESS = 1, 3  # one fire alarm system


@dataclass(slots=True, kw_only=True)
class Device:
    """A panel with its components. `now_ms`: the right time, which it may not know."""

    address: int
    centre: int
    now_ms: Callable[[], int]
    sins: Sins = field(default_factory=Sins)
    parts: dict[int, facts.PartState] = field(default_factory=dict)
    flags: int = 0x01  # of the device: normal
    duty_minutes: int | None = None  # a duty check that waits for somebody
    heard: list[str] = field(default_factory=list)  # names of the commands that came
    set_ms: int = 0  # what a clock command changed
    serial: int = 0

    def tag(self) -> bytes:
        """Its idea of the time, in its order of bytes."""
        if self.sins.clock_stands:
            return DEAD_CLOCK
        tag = times.write(self.now_ms() + self.sins.clock_off_ms + self.set_ms)
        return tag[::-1] if self.sins.backwards else tag

    def frame(self, command: Command, data: bytes = b"") -> Frame:
        """A new frame to the centre."""
        serial, self.serial = self.serial, (self.serial + 1) % 0x10000
        return Frame(
            serial=serial,
            command=command,
            source=self.address,
            target=self.centre,
            time=self.tag(),
            version=self.sins.version,
            data=data,
        )

    def tell(self, kind: int, *said: Fact) -> Frame:
        """A frame that tells something."""
        return self.frame(Command.SEND, units.encode(kind, said))

    def part(self, number: int, state: int, text: str = "", part: int = 42) -> Frame:
        """A component says its state."""
        known = self.parts.get(number)
        self.parts[number] = facts.PartState(
            system=SYSTEM,
            system_address=SYSTEM_ADDRESS,
            part=known.part if known else part,
            part_address=number,
            state=state,
            text=text or (known.text if known else ""),
            time=self.tag(),
        )
        return self.tell(2, self.parts[number])

    def system(self, state: int) -> Frame:
        """The whole fire alarm system says its state."""
        said = facts.SystemState(system=SYSTEM, system_address=SYSTEM_ADDRESS, state=state, time=self.tag())
        return self.tell(1, said)

    def device(self, flags: int) -> Frame:
        """The transmission device says its own state."""
        self.flags = flags
        return self.tell(21, facts.DeviceState(flags=flags, time=self.tag()))

    def operated(self, flags: int, operator: int = 1) -> Frame:
        """Somebody pressed something at the transmission device."""
        return self.tell(24, facts.DeviceOperation(flags=flags, operator=operator, time=self.tag()))

    def reset(self) -> list[Frame]:
        """Somebody reset the panel: every component is quiet, and the system says so."""
        self.parts = {number: replace(part, state=0x0001) for number, part in self.parts.items()}
        done = facts.Operation(system=SYSTEM, system_address=SYSTEM_ADDRESS, flags=0x01, operator=1, time=self.tag())
        return [self.tell(4, done), self.system(0x0001)]

    def answer(self, frame: Frame) -> Frame | None:
        """What it says to a command or a question of the centre; None to everything else."""
        if frame.command == Command.CONTROL:
            return self._obey(frame)
        if frame.command == Command.REQUEST:
            return self._tell_asked(frame)
        return None

    def _obey(self, frame: Frame) -> Frame:
        unit = units.decode(frame.data)
        self.heard.append(TYPES[unit.type].en)
        for fact in unit.facts:
            if isinstance(fact, facts.DutyCheck):
                self.duty_minutes = fact.minutes
            elif isinstance(fact, facts.SetClock) and not self.sins.deaf_to_clock:
                told_ms = times.read(fact.tag)
                self.set_ms = (told_ms or 0) - self.now_ms() - self.sins.clock_off_ms
        return reply(frame, Command.CONFIRM, self.tag())

    def _tell_asked(self, frame: Frame) -> Frame:
        unit = units.decode(frame.data)
        self.heard.append(TYPES[unit.type].en)
        asked = self._asked(unit)
        if asked is None:
            return reply(frame, Command.DENY, self.tag())
        kind, said = asked
        return reply(frame, Command.ANSWER, self.tag(), units.encode(kind, said))

    def _asked(self, unit: units.Unit) -> tuple[int, tuple[Fact, ...]] | None:
        first = unit.facts[0]
        if isinstance(first, facts.ReadPart):
            part = self.parts.get(first.part_address)
            return None if part is None or unit.type != 62 else (2, (part,))
        burns = any(part.state & 0x02 for part in self.parts.values())
        system = {"system": SYSTEM, "system_address": SYSTEM_ADDRESS}
        said: dict[int, tuple[int, tuple[Fact, ...]]] = {
            61: (1, (facts.SystemState(**system, state=0x0003 if burns else 0x0001, time=self.tag()),)),
            65: (5, (facts.SystemVersion(**system, major=2, minor=7),)),
            66: (6, (facts.SystemConfig(**system, text="春风小区火灾自动报警系统"),)),
            68: (8, (facts.SystemTime(**system, tag=self.tag()),)),
            81: (21, (facts.DeviceState(flags=self.flags, time=self.tag()),)),
            85: (25, (facts.DeviceVersion(major=1, minor=4),)),
            86: (26, (facts.DeviceConfig(text="春风小区消控室传输装置"),)),
            88: (28, (facts.DeviceTime(tag=self.tag()),)),
        }
        return said.get(unit.type)
