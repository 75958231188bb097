"""The terminal's cases on both interpreters, and its table pair by pair."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from firmware.device.handheld_table import _TABLE, move
from firmware.device.handheld_terminal import Terminal
from simulators.virtual_board.flash import micropython_argv
from tests.firmware.handheld import terminal_cases
from tests.firmware.handheld.terminal_cases import SCREENS

KEYS = ("up", "down", "ok", "back", "hold", "sos")
ROWS = [line.split(" ") for line in _TABLE.strip().splitlines()]
EVENTS = sorted({event for _, event, _, _ in ROWS})


class Aes:
    """As MicroPython's cryptolib has it, mode 2 only."""

    def __init__(self, key: bytes, mode: int, iv: bytes) -> None:
        assert mode == 2
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(iv))

    def encrypt(self, data: bytes) -> bytes:
        return self._cipher.encryptor().update(data)

    def decrypt(self, data: bytes) -> bytes:
        return self._cipher.decryptor().update(data)


@pytest.mark.parametrize("case", terminal_cases.CASES, ids=lambda case: case.__name__)
def test_terminal(case: Callable[[str, Any], None], tmp_path: Path) -> None:
    """The cases here."""
    for screen in range(len(SCREENS)):
        for logged_on in (0, 1):
            (tmp_path / f"{screen}{logged_on}").mkdir()
    case(str(tmp_path), Aes)


def test_terminal_on_micropython(repository: Path) -> None:
    """The same cases on the board's interpreter."""
    script = repository / "tests/firmware/handheld/terminal_on_board.py"
    argv = micropython_argv(4096, script, str(repository))
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)

    assert [f"ok {case.__name__}" for case in terminal_cases.CASES] == done.stdout.splitlines(), (
        done.stdout + done.stderr
    )


def test_the_table_is_whole() -> None:
    """Each line has four words, no pair comes twice, screens and actions exist, and keys lead out of every screen."""
    assert all(len(row) == 4 for row in ROWS)
    assert len(ROWS) == len({(screen, event) for screen, event, _, _ in ROWS})
    assert {screen for screen, *_ in ROWS} | {"shut"} == {*SCREENS, "*"}
    assert all(target in SCREENS for _, _, target, _ in ROWS if target != "-")
    assert all(callable(getattr(Terminal, action)) for *_, action in ROWS if action != "-")
    for screen in set(SCREENS) - {"shut", "pin", "sos"}:  # pin and sos go on by what their action finds out
        assert any(move(screen, key) and move(screen, key)[0] != screen for key in KEYS), screen  # type: ignore[index]


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("event", EVENTS)
def test_every_pair(screen: str, event: str, tmp_path: Path) -> None:
    """A pair of the table goes where its line says; every other pair is refused and changes nothing."""
    line = {(row[0], row[1]): (row[2], row[3]) for row in ROWS}
    expected = line.get((screen, event)) or (None if screen == "shut" else line.get(("*", event)))
    if expected is not None and expected[0] == "-":
        expected = None

    assert expected == move(screen, event)
    if expected is None:
        bench = terminal_cases.Bench(str(tmp_path), Aes)
        bench.log_on()
        bench.terminal.took(terminal_cases.task())
        bench.terminal.screen = screen
        before = vars(bench.terminal) | {"digits": list(bench.terminal.digits)}
        assert not bench.terminal.feed(event)
        assert before == vars(bench.terminal) | {"digits": list(bench.terminal.digits)}
        assert ["received"] == bench.reports.whats()
