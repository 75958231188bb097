"""A `sys` that says what a real board of this type says about itself; everything else is the interpreter's own."""

import sys


class _Board:
    def __init__(self, machine: str) -> None:
        self._sys = sys
        self.implementation = _Implementation(machine)

    def __getattr__(self, name):
        return getattr(self._sys, name)


class _Implementation:
    def __init__(self, machine: str) -> None:
        self.name, self.version = sys.implementation.name, sys.implementation.version
        self._mpy, self._machine = sys.implementation._mpy, machine  # noqa: SLF001 - MicroPython has no other name for it


def claim(machine: str) -> None:
    """From here on `import sys` gives it."""
    sys.modules["sys"] = _Board(machine)
