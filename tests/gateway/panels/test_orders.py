"""A person at the gateway asks a panel: the real command, a real gateway, a panel that answers or does not."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable
from typing import Any

import pytest

from domain.gb26875.exchanges import Order
from gateway.adapters.gb26875 import orders
from simulators.panels.line import Timing
from tests.gateway.panels.conftest import QUICK, Site
from tests.gateway.panels.test_panels import incidents, rows, told
from tests.gateway.peers import until

Make = Callable[..., Site]
RUN = "import gridwhistle; gridwhistle.main()"


async def panel(site: Site, *words: str) -> tuple[int, list[dict[str, Any]], str]:
    """Exit status, what was printed as JSON, and what the person was told."""
    env = os.environ | {"GRIDWHISTLE_GATEWAY_DATA_DIR": str(site.gateway.data)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, "gateway", "panel", *words,
        env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 60)
    lines = out.decode().splitlines()
    answers = [json.loads(line) for line in lines if line.startswith("{")]
    plain = [line for line in lines if not line.startswith("{")]
    return process.returncode or 0, answers, "".join(plain) + err.decode()


async def test_a_duty_check_that_somebody_answers(panels: Make) -> None:
    """Sent, rings, answered by operator 1."""
    site = panels()
    site.gateway.start()
    async with site.line(timing=Timing(timeout_s=1, heartbeat_s=0.5, again_s=0.1, duty_s=0.5)) as line:
        await line.tell(line.device.device(0x01))
        code, said, err = await panel(site, "duty-check", "panel-a", "--minutes", "1")
        assert line.device.heard == ["duty check"]
    assert (code, err) == (0, "")
    assert said[-1]["state"] == "answered"
    assert said[-1]["answer"]["operator"] == 1
    assert told(site, "facility_fault") == []


async def test_a_duty_check_that_nobody_answers_survives_a_restart_and_is_an_incident(panels: Make) -> None:
    """The gateway is killed while it rings; afterwards it still knows until when somebody had to answer."""
    site = panels()
    site.gateway.start()
    async with site.line() as line:
        await line.tell(line.device.device(0x01))
        asking = asyncio.create_task(panel(site, "duty-check", "panel-a", "--minutes", "1"))
        await until(lambda: [row for row in rows(site, "SELECT state FROM panel_orders") if row == ("acknowledged",)])
        site.gateway.kill()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        _bring_forward(site, 70_000)
        await asyncio.to_thread(site.gateway.start)
        await until(lambda: told(site, "facility_fault"))
        assert incidents(site)[-1]["signals"][0]["rule"] == "panel_duty"
        await line.tell(line.device.operated(0x20))
        await until(lambda: told(site, "facility_fault")[-1] == ("panel-a", 2, "cleared", "major"))


def _bring_forward(site: Site, by_ms: int) -> None:
    """As if so much time had passed."""
    import sqlite3

    from gateway.store.schema import DATABASE

    db = sqlite3.connect(site.gateway.data / DATABASE)
    db.execute("UPDATE panel_orders SET due_ms = due_ms - ?", (by_ms + orders.GRACE_MS,))
    db.commit()
    db.close()


READ = {
    ("version",): {"major": 1, "minor": 4},
    ("config",): {"text": "春风小区消控室传输装置"},
    ("system-version", "--system", "1-3"): {"major": 2, "minor": 7},
    ("part-state", "--system", "1-3", "--part", "600D9"): {"text": "三层东走廊"},
}


async def test_things_that_can_be_read(panels: Make) -> None:
    """Asked, answered, printed, and judged like anything it tells by itself."""
    site = panels()
    site.gateway.start()
    async with site.line() as line:
        await line.tell(line.device.part(0x600D9, 0x0001, "三层东走廊"))
        answers = await asyncio.gather(*(panel(site, "read", "panel-a", *words) for words in READ))
    for (code, said, err), answer in zip(answers, READ.values(), strict=True):
        assert (code, err, said[-1]["state"]) == (0, "", "done")
        assert answer.items() <= said[-1]["answer"]["facts"][0].items()


async def test_what_a_person_sees_and_says(panels: Make) -> None:
    """Show names what burns in words; over needs a name and a reason, and is kept."""
    site = panels()
    site.gateway.start()
    async with site.line(timing=QUICK) as line:
        await line.tell(line.device.part(1, 0x0002, "三层东走廊"))
        code, said, _ = await panel(site, "show", "panel-a")
        assert (code, said[0]["presence"], said[0]["fire"]) == (0, "online", True)
        assert said[0]["parts"][0]["name"] == "三层东走廊"
        assert said[0]["parts"][0]["state"] == ["测试 / test", "火警 / fire"]
        code, _, err = await panel(site, "over", "panel-a", "--by", " ", "--reason", "x")
        assert (code, "--by NAME" in err) == (4, True)
        code, _, told_him = await panel(site, "over", "panel-a", "--by", "王工", "--reason", "误报，已现场核实")
        assert (code, "已记录" in told_him, "are over, says 王工" in told_him) == (0, True, True)
        await until(lambda: told(site)[-1][2] == "cleared")
    assert "误报" in rows(site, "SELECT details FROM panel_orders")[0][0].decode()


async def test_what_cannot_be_asked_is_said(panels: Make) -> None:
    """No such panel, no such question, no gateway at all: exit status and a sentence, never a trace."""
    site = panels()
    code, _, err = await panel(site, "show", "panel-a")
    assert (code, "命令未发出" in err) == (2, True)
    site.gateway.start()
    for words, part in (
        (("show", "panel-x"), "known: panel-a, panel-b"),
        (("read", "panel-a", "mind"), "there is no 'read-mind'"),
    ):
        code, _, err = await panel(site, *words)
        assert (code, part in err, "Traceback" in err) == (4, True, False)
    code, _, err = await panel(site, "read", "panel-a", "state", "--system", "fire")
    assert (code, "like 1-3" in err) == (2, True)


@pytest.mark.parametrize("what", orders.QUESTIONS)
def test_every_question_makes_a_unit(what: str) -> None:
    """Type and length as the standard wants; what is missing or too large is named."""
    details = {
        "minutes": 10, "tag": "003a091a090c", "since": "003a091a090c", "count": 5, "system": 1, "system_address": 3,
        "part_address": 7,
    }  # fmt: skip
    data = orders.data_of(what, details)

    assert (data[0], data[1]) == (orders.QUESTIONS[what].type, 1)
    for name in orders.QUESTIONS[what].needs:
        with pytest.raises(orders.OrderError, match=name):
            orders.data_of(what, details | {name: -1})
    assert Order(id=1, command=orders.QUESTIONS[what].command, data=data).command in (1, 4)
