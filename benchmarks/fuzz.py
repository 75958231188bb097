"""Broken input: a million payloads and frames, spoiled by a fixed seed, for everything that parses what others sent.

A parser may take an input or refuse it with a reason. Anything else is a crash, printed with the bytes that made it.
The process must not grow: its resident memory is read after a tenth of the run and at its end.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.fuzz_inputs import REFUSALS, Spoiler, Target, targets
from benchmarks.report import save

COUNT = 1_000_000
SEED = 20261122
MAX_GROWTH_KB = 8_000
MAX_CRASHES = 20  # then it is clear enough


@dataclass(slots=True)
class Outcome:
    """What came of a run."""

    taken: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    crashes: list[str] = field(default_factory=list)
    growth_kb: int = 0
    longest_ms: float = 0.0


def rss_kb(pid: int | str = "self") -> int:
    """Resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1024


def _try(target: Target, payload: bytes, outcome: Outcome) -> None:
    started_s = time.perf_counter()
    try:
        target.parse(payload)
    except REFUSALS:
        outcome.refused[target.name] += 1
    except (ArithmeticError, LookupError, TypeError, ValueError, RuntimeError, AttributeError, MemoryError) as error:
        outcome.crashes.append(f"{target.name}: {type(error).__name__}: {error}: {payload[:300]!r}")
    else:
        outcome.taken[target.name] += 1
    outcome.longest_ms = max(outcome.longest_ms, (time.perf_counter() - started_s) * 1000)


def run(count: int, seed: int = SEED) -> Outcome:
    """`count` inputs, every target in turn."""
    outcome, spoiler, known = Outcome(), Spoiler(seed), targets()
    warm_kb = 0
    for number in range(count):
        _try(known[number % len(known)], spoiler.spoil(known[number % len(known)]), outcome)
        if number == count // 10:
            warm_kb = rss_kb()
        if len(outcome.crashes) >= MAX_CRASHES:
            break
    outcome.growth_kb = rss_kb() - warm_kb
    return outcome


def main() -> int:
    """Run, print and keep the figures; 1 after a crash or growth."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    started_s = time.perf_counter()
    outcome = run(options.count, options.seed)
    figures = {
        "inputs": options.count,
        "seed": options.seed,
        "seconds": round(time.perf_counter() - started_s, 1),
        "taken": dict(outcome.taken),
        "refused": dict(outcome.refused),
        "crashes": outcome.crashes,
        "growth_kb": outcome.growth_kb,
        "rss_kb": rss_kb(),
        "longest_ms": round(outcome.longest_ms, 1),
    }
    save("fuzz", "every parser of what others send, in turn, with inputs spoiled by a fixed seed", figures)
    return 1 if outcome.crashes or outcome.growth_kb > MAX_GROWTH_KB else 0


if __name__ == "__main__":
    sys.exit(main())
