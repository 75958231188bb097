"""A board in software: real MicroPython, own flash, own REPL on a pseudo-terminal; the host plays its parts."""

from simulators.virtual_board.board import BoardSpec, VirtualBoard

__all__ = ["BoardSpec", "VirtualBoard"]
