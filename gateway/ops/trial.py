"""The trial of a new release. The package's scripts note it, as root; the gateway itself says whether it is well.

It is well after a minute of commits and of a link to its endpoints. One that does not get there in time says so and
ends; the release before it is started in its place (deploy/debian/choose-release).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from domain.incidents import Severity
from domain.standing import Problem
from gateway.ops.overview import Overview
from gateway.ops.standing import TRIAL, Trial, read

log = structlog.get_logger()

HEALTHY, UNHEALTHY = "healthy", "unhealthy"  # our word, in the data folder: the name of the release
LOOK_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long it must be well, and how long it may take to get there."""

    well_s: float
    limit_s: float


def rolled_back(failed: Trial) -> Problem:
    """What the centre is told of a release that did not get well."""
    return Problem(rule="release_rolled_back", severity=Severity.MINOR, label=failed.version)


class Probation:
    """Watches whether this start gets well; every start does, so that a first one after an installation is told too."""

    def __init__(self, release: str, data_dir: Path, update_dir: Path | None, times: Times) -> None:
        self._release = release
        self._data_dir = data_dir
        self._update_dir = update_dir
        self._times = times

    async def run(self, look: Callable[[], Awaitable[Overview]], give_up: Callable[[], None]) -> None:
        """Say `healthy` or, on trial and out of time, `unhealthy`; then nothing more."""
        loop = asyncio.get_running_loop()
        began_s, well_since_s = loop.time(), None
        while True:
            now_s = loop.time()
            ready = (await look()).ready
            well_since_s = (well_since_s or now_s) if ready else None
            if well_since_s is not None and now_s - well_since_s >= self._times.well_s:
                self._say(HEALTHY)
                break
            if self._is_on_trial() and now_s - began_s >= self._times.limit_s:
                self._say(UNHEALTHY)
                give_up()
                break
            await asyncio.sleep(LOOK_S)
        await asyncio.Event().wait()  # a task that ends would look dead

    def _is_on_trial(self) -> bool:
        trial = read(self._update_dir, TRIAL)
        return trial is not None and trial.release == self._release

    def _say(self, word: str) -> None:
        log.info("release_judged", word=word, release=self._release)
        try:
            fresh = self._data_dir / f".{word}.new"
            fresh.write_text(self._release, encoding="ascii")
            fresh.replace(self._data_dir / word)
        except OSError as error:
            log.warning("release_word_not_written", word=word, why=str(error))
