"""What stands when a server begins is not looked through again."""

from __future__ import annotations

import gc

from runtime.heap import settled


def test_what_stands_is_left_alone_until_the_end() -> None:
    """And is ordinary again afterwards."""
    with settled():
        assert gc.get_freeze_count() > 1000
        assert not any(one is test_what_stands_is_left_alone_until_the_end for one in gc.get_objects())
    assert gc.get_freeze_count() == 0
