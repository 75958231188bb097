"""Keeps the long tasks of a process alive: record, wait, start again. The only broad except of the house."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import structlog

from runtime.backoff import delay_s

log = structlog.get_logger()


STEADY_S = 60.0  # what ran so long was well: its next failure is a first one


async def supervise(
    name: str,
    run: Callable[[], Awaitable[None]],
    failures: Counter[str],
    *,
    steady_s: float = STEADY_S,
    wait_s: Callable[[int], float] = delay_s,
) -> None:
    """Run `run` until it returns. A failure is counted under `name`, logged with its trace, and tried again."""
    loop = asyncio.get_running_loop()
    attempt = 0
    while True:
        started_s = loop.time()
        try:
            await run()
        except Exception:  # the process boundary
            failures[name] += 1
            log.exception("task_failed", task=name, failures=failures[name])
        else:
            return
        if loop.time() - started_s >= steady_s:
            attempt = 0
        await asyncio.sleep(wait_s(attempt))
        attempt += 1
