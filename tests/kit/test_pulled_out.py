"""A board may be pulled out at any moment: it never runs half a program, and the next run repairs it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable

import pytest

from firmware.kit import desk, inventory, plan_file, stick
from firmware.kit.ports import Port
from firmware.kit.prove import Ear
from firmware.kit.texts import KitError
from firmware.kit.tree import difference
from firmware.kit.vault import Vault
from firmware.kit.wire import opened
from firmware.kit.worker import Job, Options, digests, work_on
from simulators.virtual_board import VirtualBoard
from tests.kit.bench import Bench, Site

# (step, percent of it): when the cable comes out
MOMENTS = [
    ("identify", 0),
    ("compare", 0),
    *(("write", percent) for percent in (1, 20, 50, 80, 95, 99, 100)),
    ("verify", 0),
    ("self_test", 0),
    ("prove", 0),
]


async def unplug(board: VirtualBoard) -> None:
    """Power and data at the same instant."""
    await board.power_cut()
    await board.stop()


def a_job(bench: Bench, number: int, board: VirtualBoard, tell: Callable[[str, float], None], ear: Ear | None) -> Job:
    """The work on one board of the plan."""
    plan = plan_file.load(bench.folder / "plan.toml")
    entry = plan.entries[number]
    vault = Vault(bench.kit / desk.VAULT)

    return Job(
        port=Port(device=board.pty_path),
        plan=plan,
        entry=entry,
        supply=stick.load(bench.stick),
        password=vault.password(entry.device),
        wifi_password=None,
        options=Options(),
        tell=tell,
        witness=ear,
    )


async def pulled_out_at(bench: Bench, number: int, board: VirtualBoard, moment: tuple[str, int]) -> str:
    """Run until that moment; the code of the failure that follows."""
    loop = asyncio.get_running_loop()
    cut = False

    def tell(step: str, percent: float) -> None:
        nonlocal cut
        if not cut and step == moment[0] and percent >= moment[1]:
            cut = True
            asyncio.run_coroutine_threadsafe(unplug(board), loop).result()

    with pytest.raises(KitError) as failure:
        await asyncio.to_thread(work_on, a_job(bench, number, board, tell, None))
    assert cut
    return failure.value.code


NOTHING = hashlib.sha256(b"").hexdigest()  # littlefs: a file that was not closed has its length of before


def starts_half_a_program(job: Job) -> list[str]:
    """What is wrong with a board that has a main.py to start; empty for one that is right or starts nothing."""
    with opened(job.port.device) as wire:
        found = digests(wire)
    wrong = difference(found, job.files()).write
    return list(wrong) if found.get("/main.py", NOTHING) != NOTHING else []


@pytest.mark.mosquitto
@pytest.mark.slow
async def test_pulled_out_at_every_stage(bench: Bench, site: Site) -> None:
    """Twelve boards, each pulled out at another moment, are all proved by one more run."""
    bench.plan(len(MOMENTS))
    site.open()
    boards = await bench.plug_in(len(MOMENTS))
    codes = await asyncio.gather(
        *(pulled_out_at(bench, n, board, moment) for n, (board, moment) in enumerate(zip(boards, MOMENTS, strict=True)))
    )
    assert {"unplugged", "no_board"} >= set(codes), codes

    await asyncio.gather(*(board.start() for board in boards))
    plan = plan_file.load(bench.folder / "plan.toml")
    password = Vault(bench.kit / desk.VAULT).password(inventory.technician_login(plan))
    with Ear(plan, password) as ear:
        jobs = [a_job(bench, n, board, lambda *_: None, ear) for n, board in enumerate(boards)]
        halves = await asyncio.gather(*(asyncio.to_thread(starts_half_a_program, job) for job in jobs))
        assert [[]] * len(jobs) == halves
        outcomes = await asyncio.gather(*(asyncio.to_thread(work_on, job) for job in jobs))

    assert [f"fire-{n + 1}" for n in range(len(MOMENTS))] == [o.proof.device for o in outcomes if o.proof is not None]
    assert 1 == len({outcome.digest for outcome in outcomes})
    # what was right before the cut was not written again
    assert len(outcomes[0].work.write) > len(outcomes[5].work.write) > 0
    assert outcomes[-1].work.nothing


@pytest.mark.parametrize("percent", [0, 60])
async def test_an_update_that_is_pulled_out_leaves_no_mixture(bench: Bench, percent: int) -> None:
    """A board that runs already loses its main.py before anything else changes."""
    bench.plan(1)
    (board,) = await bench.plug_in()
    assert 0 == await bench.work(bench.order(prove=False))

    def change() -> None:
        with opened(board.pty_path) as wire:
            wire.put("/slots/a/firmware/device/main.mpy", b"of another version" * 60, lambda _more: None)

    await asyncio.to_thread(change)

    await pulled_out_at(bench, 0, board, ("write", percent))
    await board.start()
    assert "/main.py" not in await bench.files_on(board)
    assert 0 == await bench.work(bench.order(prove=False))
    assert bench.handed_over()[-1]["written"] > 0
