"""What a room imports comes with its own extra: the tests have every extra, `make demo` and a package have not."""

from __future__ import annotations

import ast
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OWN = {path.stem for path in ROOT.iterdir()}
ROOMS = (("domain", "cloud"), ("runtime", "cloud"), ("runtime", "gateway"), ("cloud", "cloud"), ("gateway", "gateway"))


@pytest.mark.parametrize(("room", "extra"), ROOMS)
def test_a_room_imports_only_what_its_extra_installs(room: str, extra: str) -> None:
    installed = _with_theirs([*PROJECT["dependencies"], *PROJECT["optional-dependencies"][extra]])
    offers = metadata.packages_distributions()
    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / room).rglob("*.py")
        for name in _imported(path) - OWN - set(sys.stdlib_module_names)
        if not {canonicalize_name(one) for one in offers.get(name, [name])} & installed
    }
    assert not missing, f"add these to the extra {extra} of pyproject.toml"


def _imported(path: Path) -> set[str]:
    """The first word of every import of a file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def _with_theirs(asked: list[str]) -> set[str]:
    """What is asked for, and what that brings along."""
    found: set[str] = set()
    waiting = [Requirement(one) for one in asked]
    while waiting:
        one = waiting.pop()
        name = canonicalize_name(one.name)
        if name not in found:
            found.add(name)
            waiting += _needs(name, one.extras)
    return found


def _needs(name: str, extras: set[str]) -> list[Requirement]:
    """What an installed package asks for here."""
    needs = [Requirement(line) for line in metadata.requires(name) or ()]
    return [one for one in needs if one.marker is None or any(one.marker.evaluate({"extra": x}) for x in ("", *extras))]
