"""A process that dies between two statements."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import event

from tests.cloud.conftest import Centre


class PowerCut(Exception):
    """The process is gone between two statements."""


@contextlib.contextmanager
def power_cut(centre: Centre, statement: int) -> Iterator[list[int]]:
    """Let the store fail before its n-th statement from now; what is left of n afterwards is below 0 where it did."""
    engine, left = centre.store.engine, [statement]

    def count(*_: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise PowerCut

    event.listen(engine, "before_cursor_execute", count)
    try:
        with contextlib.suppress(PowerCut):
            yield left
    finally:
        event.remove(engine, "before_cursor_execute", count)
