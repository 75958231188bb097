"""One kind of endpoint on one board, with the catalogue: what checks, drawings and lists look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hardware import load
from hardware.board_model import Board
from hardware.load import HardwareError
from hardware.model import Endpoint, Part, Placed, Terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """One terminal of a placed part and the net, rail or link it is connected to."""

    placed: Placed
    part: Part
    terminal: Terminal
    target: str

    @property
    def where(self) -> str:
        """For messages: U1.SDA."""
        return f"{self.placed.ref}.{self.terminal.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """A board, an endpoint, and the parts that can be had."""

    board: Board
    endpoint: Endpoint
    catalogue: Mapping[str, Part]

    @property
    def pins(self) -> Mapping[str, int]:
        """GPIO of each net on this board."""
        return self.endpoint.pins.get(self.board.id, {})

    def placed(self) -> list[Placed]:
        """Parts of the endpoint that this board needs."""
        return [placed for placed in self.endpoint.parts if not placed.boards or self.board.id in placed.boards]

    def known(self) -> Iterator[tuple[Placed, Part]]:
        """Placed parts that stand in the catalogue."""
        for placed in self.placed():
            if placed.part in self.catalogue:
                yield placed, self.catalogue[placed.part]

    def wires(self) -> Iterator[Wire]:
        """Every connection of a known terminal."""
        for placed, part in self.known():
            for name, target in placed.wires.items():
                terminal = part.terminal(name)
                if terminal is not None:
                    yield Wire(placed=placed, part=part, terminal=terminal, target=target)

    def on(self, target: str) -> list[Wire]:
        """What is connected to a net, rail or link."""
        return [wire for wire in self.wires() if wire.target == target]

    def rail_of(self, placed: Placed) -> str:
        """The rail a part is supplied from; the board's own where it hangs on a pin only; empty: not supplied."""
        part = self.catalogue[placed.part]
        for name, target in placed.wires.items():
            terminal = part.terminal(name)
            if terminal is not None and terminal.kind == "supply":
                return target
        return "3v3" if any(target in self.endpoint.nets for target in placed.wires.values()) else ""

    def source_of(self, rail: str) -> tuple[Placed, Part] | None:
        """The part that makes a rail; None for the board's own and for one without a source."""
        source = self.endpoint.rails[rail].source
        return next(((placed, part) for placed, part in self.known() if placed.ref == source), None)


def of(board: str, kind: str) -> Design:
    """The design from the files. Raises HardwareError."""
    design = Design(board=load.board(board), endpoint=load.endpoint(kind), catalogue=load.catalogue())
    if not design.pins:
        known = ", ".join(sorted(design.endpoint.pins))
        raise HardwareError(f"endpoints/{kind}.toml: 不支持板 / not for board {board!r}; 支持 / supported: {known}")
    return design


def pairs() -> list[tuple[str, str]]:
    """Every (board, kind) that is described."""
    return [(board, kind) for kind in load.names("endpoints") for board in load.endpoint(kind).pins]
