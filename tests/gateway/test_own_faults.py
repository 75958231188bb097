"""What the gateway finds wrong with itself reaches the centre once, also over a restart."""

from __future__ import annotations

from pathlib import Path

from domain.incidents import Kind, Severity
from domain.standing import Problem
from tests.gateway.bench import Bench
from tests.gateway.site import GATEWAY, START_MS

SOON = Problem(rule="ends_soon", severity=Severity.MINOR, channel="server", value=20.0, unit="d")


def test_told_once_and_cleared_once(tmp_path: Path) -> None:
    """The same problem after a restart is no second incident; two kinds are two incidents."""
    bench = Bench(tmp_path)

    def note(kind: Kind, *problems: Problem) -> None:
        bench._commit(lambda: bench.pipeline.note_own(bench.db, kind, problems, START_MS))

    note(Kind.CERTIFICATE, SOON)
    bench.restart()
    note(Kind.CERTIFICATE, SOON)
    note(Kind.GATEWAY_FAULT, SOON)
    note(Kind.CERTIFICATE)
    note(Kind.CERTIFICATE)

    assert [
        (GATEWAY, 1, "active", "certificate"),
        (GATEWAY, 1, "active", "gateway_fault"),
        (GATEWAY, 2, "cleared", "certificate"),
    ] == bench.told()
