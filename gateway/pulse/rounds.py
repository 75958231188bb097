"""Signs of life of the loops that must go round for as long as a gateway serves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

Beat = Callable[[str, float], None]  # name of the loop, seconds within which it comes round again
ROUND_S = 120.0  # default: a round that fails is tried again within 30 s; only a hanging one takes longer
LONG_ROUND_S = 600.0  # default: of loops that pack, read or tell a whole site in one round
WAIT_S = 10.0  # between two signs of a loop that waits for what may never come


class Round:
    """One loop's signs: call it each time round."""

    def __init__(self, beat: Beat, name: str, within_s: float = ROUND_S) -> None:
        self._beat = beat
        self._name = name
        self._within_s = within_s

    def __call__(self) -> None:
        """The loop has come round."""
        self._beat(self._name, self._within_s)

    async def wait(self, happens: Callable[[], Awaitable[object]]) -> None:
        """Wait as long as it takes, once: who waits in a row keeps his place. A link that is down is no hang."""
        waiting = asyncio.ensure_future(happens())
        try:
            while not waiting.done():
                self()
                await asyncio.wait([waiting], timeout=WAIT_S)
            await waiting
        finally:
            waiting.cancel()
        self()
