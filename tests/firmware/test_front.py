"""Button, light, settings, orders, reports, address: the parts of the firmware that run on either interpreter."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.device import button, led, log, orders, reports, settings, slots, socket_open
from firmware.device.drivers import SensorError
from firmware.device.sample import Records
from firmware.device.sampler import read_all
from firmware.device.store import Ring, ring
from protocol import commands, configuration
from protocol import reports as report_words
from protocol.channel_tables import fire

DIGITS = {"smoke": 4, "temp": 2, "co": 1, "battery": 0}


def _press(*steps: tuple[int, bool]) -> list[str]:
    """What a button says that is at a level from each second on, looked at every 50 ms."""
    presses, said, level, step = button.Button(), [], False, 0
    for at_ms in range(0, 40_000, 50):
        while step < len(steps) and at_ms >= steps[step][0]:
            level = steps[step][1]
            step += 1
        meaning = presses.feed(level, at_ms)
        if meaning is not None:
            said.append(meaning)
    return said


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([(1000, True), (1200, False)], ["self_test"]),
        ([(1000, True), (3950, False)], ["self_test"]),
        ([(1000, True), (4050, False)], ["silence"]),
        ([(1000, True), (10_900, False)], ["silence"]),
        ([(1000, True), (11_100, False)], []),
        ([(1000, True), (11_100, False), (13_000, True), (13_200, False)], ["factory_reset"]),
        ([(1000, True), (11_100, False), (16_200, True), (16_400, False)], ["self_test"]),
        ([(1000, True)], []),
    ],
)
def test_how_long_a_button_is_held_is_what_it_means(steps: list[tuple[int, bool]], said: list[str]) -> None:
    """Short, 3 s, 10 s and once more; a reset that is not confirmed in 5 s is none, and so is a stuck button."""
    assert said == _press(*steps)


def test_every_state_and_input_of_the_button() -> None:
    """What is not in the table changes nothing."""
    states = {state for state, _ in button._TABLE} | {state for state, _ in button._TABLE.values()}
    for state in states:
        for happened in ("down", "up", "long", "very_long", "late"):
            presses = button.Button()
            presses.state = state
            meaning = presses._step(happened, 0)
            expected = button._TABLE.get((state, happened), (state, None))
            assert expected == (presses.state, meaning)


@given(st.lists(st.tuples(st.integers(0, 30_000), st.booleans()), max_size=20))
def test_a_reset_needs_ten_seconds_first(steps: list[tuple[int, bool]]) -> None:
    """However the button is played with: a factory reset comes only after it was held for 10 s in one piece."""
    steps = sorted(steps, key=lambda step: step[0])
    if "factory_reset" in _press(*steps):
        held = longest = 0
        for (at_ms, down), (end_ms, _) in zip(steps, [*steps[1:], (40_000, False)], strict=True):
            held = held + end_ms - at_ms if down else 0
            longest = max(longest, held)
        assert longest >= 9_900


@pytest.mark.parametrize(
    ("alarm", "bad", "link", "faults", "code"),
    [
        (True, True, "refused_5", {"smoke": "open_circuit"}, led.STEADY),
        (False, False, "refused_5", {}, led.REFUSED),
        (False, False, "The certificate is not correctly signed", {}, led.REFUSED),
        (False, False, "[Errno 111] ECONNREFUSED", {}, led.NO_NETWORK),
        (False, False, "", {}, led.NO_NETWORK),
        (False, False, None, {"smoke": "open_circuit"}, led.SENSOR),
        (False, False, None, {"co": "disabled"}, led.WELL),
        (False, False, None, {}, led.WELL),
        (False, True, "", {}, led.BAD_CONFIG),
    ],
)
def test_the_light_shows_what_matters_most(
    alarm: bool, bad: bool, link: str | None, faults: dict[str, str], code: int
) -> None:
    """An alarm before the link, the link before a part; a channel that was switched off on purpose is no fault."""
    assert code == led.code_of(alarm, bad, link, faults)


@pytest.mark.parametrize("code", [led.WELL, led.NO_NETWORK, led.BAD_CONFIG, led.REFUSED, led.SENSOR, 6])
def test_as_many_flashes_as_the_code_in_three_seconds(code: int) -> None:
    """Every pattern lasts 3 s and ends dark for at least one."""
    pattern = led.pattern(code)

    assert (code, 3000) == (len(pattern[::2]), sum(pattern))
    assert pattern[-1] >= 1000


class _Part:
    def __init__(self, value: object) -> None:
        self.value = value
        self.reads = 0

    async def read(self) -> object:
        self.reads += 1
        if self.value is None:
            raise SensorError("open_circuit")
        return self.value


async def test_calibration_and_disabled_channels() -> None:
    """Scale, then offset; judged and rounded afterwards. A disabled part is not even read, and is never healthy."""
    records = Records(fire.CHANNELS, DIGITS)
    parts = {"temp": _Part(20.0), "co": _Part(10.0), "smoke": _Part(15.0), "battery": _Part(None)}
    wanted = {"temp": {"scale": 1.5, "offset": -1.25}, "co": {"enabled": False}, "smoke": {"scale": 2}}
    values, faults = await read_all(parts, records, wanted)

    assert {"temp": 28.75} == values
    assert {"co": "disabled", "smoke": "out_of_range", "battery": "open_circuit"} == faults
    assert 0 == parts["co"].reads


@pytest.fixture
def flash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root of the board's flash."""
    monkeypatch.setattr(settings, "_PATH", str(tmp_path / "settings.json"))
    monkeypatch.setattr(orders, "_AFTER_RESTART", str(tmp_path / "answered.json"))
    return tmp_path


def _applied(_settings: dict[str, Any]) -> None:
    pass


def test_settings_survive_a_cut_at_any_moment(flash: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the rename the old ones are there after a restart, after it the new; half a file never is."""
    kept = settings.Settings(fire.CHANNELS, {})
    assert (("config-1", True, {"version": 1})) == kept.take(configuration.encode({"version": 1}), _applied)

    def cut(*_: object) -> None:
        raise OSError(5)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", cut)
        asked, ok, data = kept.take(configuration.encode({"version": 2}), _applied)
    assert ("config-2", False, 1) == (asked, ok, data["version"])
    assert 1 == settings.Settings(fire.CHANNELS, {}).version
    (flash / "settings.json.new").write_text('{"version": 3, ')
    assert 1 == settings.Settings(fire.CHANNELS, {}).version


def test_settings_go_over_provisioned_channels(flash: Path) -> None:
    """What a push does not mention stays as it was provisioned."""
    kept = settings.Settings(fire.CHANNELS, {"temp": {"offset": 1.0}, "co": {"enabled": False}})
    kept.take(configuration.encode({"version": 1, "channels": {"co": {"enabled": True}}}), _applied)

    assert {"temp": {"offset": 1.0}, "co": {"enabled": True}} == kept.channels


@pytest.mark.parametrize(
    ("channels", "named"),
    [
        ([], "channels"),
        ({"smok": {}}, "smok"),
        ({"smoke": 5}, "channels.smoke"),
        ({"smoke": {"enabled": 1}}, "channels.smoke.enabled"),
        ({"smoke": {"offset": "1"}}, "channels.smoke.offset"),
        ({"smoke": {"scale": 0}}, "channels.smoke.scale"),
        ({"smoke": {"scal": 1}}, "channels.smoke.scal"),
        ({"call_point": {"offset": 1}}, "channels.call_point.offset"),
    ],
)
def test_wrong_channels_are_named(flash: Path, channels: object, named: str) -> None:
    """In provisioning and in settings alike."""
    with pytest.raises(settings.SettingsError, match=named):
        settings.Settings(fire.CHANNELS, channels)  # type: ignore[arg-type]
    kept = settings.Settings(fire.CHANNELS, {})
    _, ok, data = kept.take(configuration.encode({"version": 1, "channels": channels}), _applied)
    assert (False, True, 0) == (ok, named in data["error"], kept.version)


def test_what_a_kind_refuses_is_not_kept(flash: Path) -> None:
    """And an endpoint whose flash fails goes back to what it has kept."""
    kept = settings.Settings(fire.CHANNELS, {})

    def refuse(_settings: dict[str, Any]) -> None:
        raise ValueError("limits.smoke: no")

    assert ("config-1", False, {"version": 0, "error": "limits.smoke: no"}) == kept.take(
        configuration.encode({"version": 1}), refuse
    )
    assert [] == list(flash.iterdir())


def test_settings_of_another_firmware_are_left_behind(flash: Path) -> None:
    """They are told, and the endpoint starts with what was provisioned."""
    (flash / "settings.json").write_text(json.dumps({"version": 4, "channels": {"gone": {}}}))

    assert (0, {}) == (settings.Settings(fire.CHANNELS, {}).version, settings.Settings(fire.CHANNELS, {}).channels)


def _command(cmd: str, asked: str) -> dict[str, Any]:
    return commands.decode_command(commands.encode_command(cmd, asked))


def test_an_order_is_carried_out_once(flash: Path) -> None:
    """Again with the same id: the same answer, nothing is done. What says no is answered with its reason."""
    done: list[str] = []

    def work(command: dict[str, Any]) -> dict[str, Any]:
        done.append(command["id"])
        if command["id"] == "b":
            raise ValueError("busy")
        return {"n": len(done)}

    desk = orders.Orders({"self_test": work})
    for asked in ("a", "a", "b", "a"):
        desk.take(_command("self_test", asked))
    desk.take(_command("snapshot", "c"))
    said = [commands.decode_answer(payload) for _, payload, _ in iter(desk.next_message, None)]

    assert ["a", "b"] == done
    assert ("a", True, {"n": 1}) == said[0]
    assert ("b", False, {"error": "busy"}) == said[1]
    assert ("c", False) == said[2][:2]
    assert "snapshot" in said[2][2]["error"]


def test_answers_are_owed_until_they_are_delivered(flash: Path) -> None:
    """A lost connection gives them again; a delivered one is given again only when it is asked for again."""
    desk = orders.Orders({"self_test": lambda command: {}})
    desk.take(_command("self_test", "a"))
    assert desk.next_message() is not None
    assert desk.next_message() is None
    desk.went_offline()
    assert desk.next_message() is not None
    desk.delivered("a")
    desk.went_offline()
    assert desk.next_message() is None
    desk.take(_command("self_test", "a"))
    assert desk.next_message() is not None


def test_a_restart_waits_for_its_answer_and_is_not_repeated(flash: Path) -> None:
    """After the restart the same order is known."""
    restarts: list[int] = []

    def desk() -> orders.Orders:
        made = orders.Orders({"reboot": lambda command: made.restart_after(command, lambda: restarts.append(1))})
        return made

    first = desk()
    first.take(_command("reboot", "r"))
    assert (None is not first.next_message(), []) == (True, restarts)
    first.delivered("r")
    assert [1] == restarts
    second = desk()
    second.take(_command("reboot", "r"))
    message = second.next_message()
    assert message is not None
    second.delivered("r")
    assert [1] == restarts


@given(st.lists(st.sampled_from(["a", "b", "c", "d", "e", "f", "g"]), max_size=30))
def test_orders_hold_only_so_much(asked: list[str]) -> None:
    """Whatever comes, no more than a few answers stay in memory."""
    desk = orders.Orders({"self_test": lambda command: {}})
    for one in asked:
        desk.take(_command("self_test", one))

    assert len(desk._answers) <= 4
    assert set(desk._owed) <= {held for held, _ in desk._answers}


class _Clock:
    def __init__(self) -> None:
        self.now, self.offset = 0, None

    def uptime_ms(self) -> int:
        return self.now

    def utc_ms(self, boot: int, uptime_ms: int) -> int | None:
        return None if self.offset is None or boot != 2 else self.offset + uptime_ms

    def age_ms(self, boot: int, uptime_ms: int) -> int:
        return self.now - uptime_ms if boot == 2 else self.now


def _reports(folder: Path, clock: _Clock, boot: int = 2) -> reports.Reports:
    return reports.Reports("hand-1", boot, clock, Ring(f"{folder}/reports", 10))


def _sent(owing: reports.Reports) -> list[dict[str, Any]]:
    return [report_words.decode(payload) for _, payload in iter(owing.next_message, None)]


def test_reports_come_in_order_until_their_receipt(tmp_path: Path) -> None:
    """Each with the time of its fact; after a restart too; and it is forgotten when the gateway has it."""
    clock = _Clock()
    owing = _reports(tmp_path, clock)
    clock.now = 1000
    first = owing.put("sos")
    clock.now, clock.offset = 5000, 1_795_324_290_000
    second = owing.put("found", kind="rubbish", place="3#")
    clock.now = 9000

    assert (["sos", "found"], [1_795_324_291_000, 1_795_324_295_000]) == _columns(_sent(owing))
    assert [] == _sent(owing)
    again = _reports(tmp_path, clock)
    assert [first, second] == [report["id"] for report in _sent(again)]
    again.handlers["receipt"](report_words.encode_receipt([first, second]))
    assert (0, False) == (len(again), again.holds(second))
    assert 0 == len(_reports(tmp_path, clock))


def _columns(sent: list[dict[str, Any]]) -> tuple[list[str], list[int]]:
    return [report["what"] for report in sent], [report["at_ms"] for report in sent]


def test_a_report_without_a_clock_has_its_age(tmp_path: Path) -> None:
    """At the moment of sending, not of the fact."""
    clock = _Clock()
    owing = _reports(tmp_path, clock)
    clock.now = 2000
    owing.put("duty_on")
    clock.now = 62_000

    assert [(None, 60_000)] == [(report["at_ms"], report["age_ms"]) for report in _sent(owing)]


def test_a_report_is_sent_again_without_its_receipt(tmp_path: Path) -> None:
    """After a lost link at once, on a link that stands after some seconds."""
    owing = _reports(tmp_path, _Clock())
    owing.put("duty_on")
    assert 1 == len(_sent(owing))
    for _ in range(11):
        owing.second_passed()
    assert 1 == len(_sent(owing))
    owing.went_offline()
    assert 1 == len(_sent(owing))
    owing.clear()
    assert (0, []) == (len(owing), _sent(owing))


def test_reports_that_the_flash_refuses_still_go_out(tmp_path: Path) -> None:
    """They are in RAM until the receipt; an unknown or endless one is refused."""
    owing = _reports(tmp_path, _Clock())
    (tmp_path / "reports").rmdir()
    held = owing.put("sos")

    assert [held] == [report["id"] for report in _sent(owing)]
    assert owing.holds(held)
    owing.handlers["receipt"](report_words.encode_receipt([held]))
    assert 0 == len(owing)
    for what, fields in (("nonsense", {}), ("found", {"note": "x" * 2000})):
        with pytest.raises(ValueError, match=r"nonsense|too long"):
            owing.put(what, **fields)


def test_the_log_keeps_whole_lines_of_the_end() -> None:
    """Bounded, whatever is said."""
    for number in range(200):
        log.say("line", number)
    lines = log.tail()

    assert "line 199" == lines[-1]
    assert all(line.startswith("line ") for line in lines)
    assert sum(len(line) + 1 for line in lines) <= 1024
    log.say("x" * 5000)
    assert sum(len(line) + 1 for line in log.tail()) <= 1025


def test_a_large_flash_makes_long_segments_not_many(tmp_path: Path) -> None:
    """The books of a ring of any size take a few hundred bytes."""
    sizes = {}
    for kib in (512, 848, 4096, 14 * 1024):
        made = ring(str(tmp_path / str(kib)), (4096, 4096, kib // 4), 65)
        sizes[kib] = (made._segments_max, made._segment_bytes)

    assert all(segments <= 192 for segments, _ in sizes.values())
    assert (3, 4000) == sizes[512]
    assert 0.6 * 13 * 1024 * 1024 < sizes[14 * 1024][0] * sizes[14 * 1024][1]


def test_slots_helpers_read_nothing_from_nothing(tmp_path: Path) -> None:
    """No file, no JSON, no object: empty."""
    for content in (None, "", "[1]", "{"):
        path = tmp_path / "state"
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_text(content)
        assert {} == slots.load(str(path))


@pytest.fixture
def kit(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The kit of a board without a board."""
    pin = SimpleNamespace(IRQ_FALLING=1, IRQ_RISING=2)
    monkeypatch.setitem(sys.modules, "machine", SimpleNamespace(Pin=pin))
    monkeypatch.setitem(sys.modules, "firmware.device.pins", SimpleNamespace(PINS={}))
    monkeypatch.setitem(sys.modules, "firmware.device.ticks", SimpleNamespace(Uptime=_Uptime))
    monkeypatch.setattr("gc.threshold", lambda _count: None, raising=False)
    module = importlib.import_module("firmware.device.kit")
    made = module.Kit.__new__(module.Kit)
    made.uptime = _Uptime()
    made._late = {}
    return made


class _Uptime:
    def __init__(self) -> None:
        self.ms = 0

    def now_ms(self) -> int:
        return self.ms

    async def sleep_ms(self, duration_ms: int) -> None:
        await asyncio.sleep(0)


async def test_a_task_of_any_kind_that_hangs_starves_the_watchdog(kit: Any) -> None:
    """One that sleeps again and again lives; one that never comes back does not; one that has ended does not matter."""

    async def work(rounds: int, then: asyncio.Event) -> None:
        for _ in range(rounds):
            await kit.sleep_ms(1000)
        await then.wait()

    hung, ended = asyncio.Event(), asyncio.Event()
    ended.set()
    tasks = [asyncio.create_task(work(3, hung)), asyncio.create_task(work(1, ended))]
    for _ in range(10):
        await asyncio.sleep(0)
    kit.uptime.ms = 30_999
    assert kit.all_live()
    kit.uptime.ms = 31_001
    assert not kit.all_live()
    hung.set()
    await asyncio.gather(*tasks)
    assert kit.all_live()
    kit.lives("frames", 5000)
    assert kit.all_live()
    kit.uptime.ms += 5001
    assert not kit.all_live()


def _opener(flash: Path, host: str, answers: list[Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """An opener whose name server gives these answers, one a question."""

    def ask(*_: object) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return [(2, 1, 6, "", (answer, 1883))]

    monkeypatch.setattr(socket_open, "_PATH", str(flash / "address.json"))
    monkeypatch.setattr("socket.getaddrinfo", ask)
    uptime = _Uptime()
    return socket_open.Opener({"host": host, "port": 1883}, uptime.now_ms, lambda: None), uptime


def test_a_name_is_looked_up_as_rarely_as_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address that worked is used until it fails, and then at most one question a minute; it survives a restart."""
    answers: list[Any] = ["10.0.0.1", "10.0.0.2", OSError(-2)]
    opener, uptime = _opener(tmp_path, "broker.lan", answers, monkeypatch)
    assert ["10.0.0.1"] * 3 == [opener._look_up() for _ in range(3)]
    opener._failed = True
    assert "10.0.0.1" == opener._look_up()
    uptime.ms = 60_001
    assert "10.0.0.2" == opener._look_up()
    again, uptime = _opener(tmp_path, "broker.lan", answers, monkeypatch)
    assert "10.0.0.2" == again._look_up()
    other, uptime = _opener(tmp_path, "other.lan", answers, monkeypatch)
    for _ in range(2):  # the name server once, then our own patience
        with pytest.raises(OSError, match=r"-2|no address"):
            other._look_up()
    assert [] == answers


def test_an_address_is_never_looked_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is asked."""
    opener, _ = _opener(tmp_path, "192.168.1.9", [], monkeypatch)
    opener._failed = True

    assert "192.168.1.9" == opener._look_up()
