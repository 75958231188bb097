"""`gridwhistle simulate panel`: what a technician types to try a gateway before the real panel is wired."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from simulators.panels.main import sins_of
from simulators.panels.sins import Sins
from tests.gateway.panels.conftest import Site
from tests.gateway.panels.test_panels import told

Make = Callable[..., Site]


def simulate(*words: str) -> tuple[int, str, str]:
    """Exit status, what was printed, and what the person was told."""
    command = [sys.executable, "-m", "gridwhistle", "simulate", "panel", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def test_a_fire_story_with_sins(panels: Make) -> None:
    """Two detectors, a reset; every first try is spoiled and denied."""
    site = panels()
    site.gateway.start()

    code, out, err = simulate(
        "--port", str(site.port), "--address", str(0x379), "--every-s", "0", "--sin", "wrong_first", "--sin", "split=5"
    )

    assert (code, err) == (0, "")
    assert json.loads(out)["denied"] >= 4
    assert told(site)[1] == ("panel-a", 2, "active", "critical")


@pytest.mark.parametrize(
    ("words", "said"),
    [(("--story", "flood"), "quiet, fire, faults"), (("--sin", "pride"), "glue"), (("--transport", "rs485"), "udp")],
)
def test_what_it_cannot_play_is_said(words: tuple[str, ...], said: str) -> None:
    """Status 2, what there is, no trace."""
    code, out, err = simulate("--port", "1", "--address", "1", *words)

    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_sins_by_name() -> None:
    """Numbers, bytes and truths."""
    assert sins_of(("glue", "split=3", "version=1000", "clock_off_ms=-5")) == Sins(
        glue=True, split=3, version=b"\x10\x00", clock_off_ms=-5
    )
