"""A board in software: real MicroPython, own flash, own REPL on a pseudo-terminal; the host plays its parts."""

from simulators.virtual_board.board import VirtualBoard
from simulators.virtual_board.spec import BoardSpec

__all__ = ["BoardSpec", "VirtualBoard"]
