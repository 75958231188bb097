"""Keeps the long tasks of a process alive: record, wait, start again. The only broad except of the house."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable

import structlog

from runtime.backoff import delay_s

log = structlog.get_logger()


async def supervise(name: str, run: Callable[[], Awaitable[None]], failures: Counter[str]) -> None:
    """Run `run` until it returns. A failure is counted under `name`, logged with its trace, and tried again."""
    for attempt in itertools.count():
        try:
            await run()
        except Exception:  # the process boundary
            failures[name] += 1
            log.exception("task_failed", task=name, failures=failures[name])
        else:
            return
        await asyncio.sleep(delay_s(attempt))
