"""Which modules a kind of endpoint needs: the import closure of its firmware, read from the sources.

A board has a few hundred kilobytes of flash for two slots; what a fire endpoint never imports does not go on it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
ROOTS = ("firmware.device.main", "firmware.device.rom", "firmware.device.rom_partition")
KINDS = ("fire", "lift", "video", "handheld")
# made for the board by hardware.pinmap, not in the repository
PINS_TARGET = "firmware/device/pins.py"
_OURS = ("protocol", "firmware")


def target_of(module: str) -> str | None:
    """Path of a module of ours in the repository and on the board (with .py); None where it is none of ours."""
    path = module.replace(".", "/")
    for target in (f"{path}.py", f"{path}/__init__.py"):
        if module.split(".", 1)[0] in _OURS and (REPOSITORY / target).is_file():
            return target
    return None


def embedded_name(target: str) -> str:
    """What tracebacks show. The dotted name is in the heap already, a path would be another string per module."""
    return target.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _imported(source: str) -> Iterator[str]:
    """Every module a source imports anywhere, and every name that may be one."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _with_packages(module: str) -> Iterator[str]:
    parts = module.split(".")
    yield from (".".join(parts[:length]) for length in range(1, len(parts) + 1))


def closure(roots: tuple[str, ...]) -> dict[str, Path]:
    """Target path (with .py) -> source, of everything these modules import, themselves included.

    Raises ModuleNotFoundError where one of ours is imported and missing.
    """
    found: dict[str, Path] = {}
    wanted = list(roots)
    while wanted:
        module = wanted.pop()
        for name in _with_packages(module):
            target = target_of(name)
            if target is None or target in found:
                continue
            found[target] = REPOSITORY / target
            wanted.extend(_imported(found[target].read_text(encoding="utf-8")))
    for root in roots:
        if target_of(root) not in found:
            raise ModuleNotFoundError(root)
    return dict(sorted(found.items()))


def sources(kind: str) -> dict[str, Path]:
    """Target path (with .py) -> source, of the firmware of a kind; the pin map is made apart."""
    return closure((*ROOTS, f"firmware.device.endpoints.{kind}"))
