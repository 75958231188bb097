"""Boards from factory-empty to proved at a real gateway, and everything that can go wrong on the way."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from firmware.kit import packing, sign
from tests.firmware.test_tls import make_ca, make_server
from tests.kit.bench import Bench, Site

pytestmark = [pytest.mark.mosquitto, pytest.mark.slow]


async def test_ten_boards_at_once(bench: Bench, site: Site) -> None:
    """From empty to acknowledged by the gateway, all at the same time; a second run changes nothing."""
    bench.plan(10)
    site.open()
    await bench.plug_in(10)

    assert 0 == await bench.work(), bench.said.getvalue()
    report = bench.handed_over()
    assert {f"fire-{n}" for n in range(1, 11)} == {line["device"] for line in report}
    assert {"proved"} == {line["result"] for line in report}
    assert 10 == len({line["chip"] for line in report})
    assert 1 == len({line["digest"] for line in report})
    assert 20 == len(list((bench.kit / "labels").iterdir()))

    assert 0 == await bench.work()
    again = bench.handed_over()[10:]
    assert [0] * 10 == [line["written"] for line in again]
    assert {(line["device"], line["chip"]) for line in report} == {(line["device"], line["chip"]) for line in again}

    # emptied, a board counts its boots from one again; what the gateway acknowledged before is no proof
    chosen = (await bench.facts_of(bench.boards[3])).confirmation
    order = bench.order(device="fire-4", ports=(bench.boards[3].pty_path,), confirm=chosen)
    assert 0 == await bench.work(order, erase=True)
    assert bench.handed_over()[-1]["proof"].startswith("boot 1 ")


FOR_EVERY_KIND = ["esp32_s3:fire", "pico_w:lift", "esp32_s3_cam:video", "esp32_s3:handheld"]
EVERY_KIND = [("esp32_s3", "fire"), ("pico_w", "lift"), ("esp32_s3_cam", "video"), ("esp32_s3", "handheld")]


async def test_every_kind_with_tls(bench: Bench, site: Site, tmp_path: Path) -> None:
    """Fire, lift, video and handheld on their boards, over TLS, each with its own login."""
    ca = make_ca(tmp_path / "ca", "site")
    tls = make_server(tmp_path / "ca", ca)
    key = sign.make_key(tmp_path / "stick.pem")
    packing.pack(Console(file=bench.said), tmp_path / "stick", tmp_path / "stick.pem", "1.0.0", FOR_EVERY_KIND, [])
    bench.stick = tmp_path / "stick"
    bench.plan_of(EVERY_KIND, ca)
    site.open(ca=ca, tls=tls)
    for board, kind in EVERY_KIND:
        (one,) = await bench.plug_in(board=board, kind=kind)
        number = [k for _, k in EVERY_KIND].index(kind) + 1
        confirmed = (await bench.facts_of(one)).confirmation
        order = bench.order(device=f"{kind}-{number}", ports=(one.pty_path,), confirm=confirmed)
        assert 0 == await bench.work(order), bench.said.getvalue()[-3000:] + "\n".join(one.console_tail[-20:])
    assert sign.public_bytes(key) == (bench.stick / "update_keys.bin").read_bytes()
    assert ["proved"] * 4 == [line["result"] for line in bench.handed_over()]
