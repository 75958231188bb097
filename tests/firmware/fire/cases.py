# ruff: noqa: PT018, C419, SIM105 - runs under MicroPython too
"""What the fire endpoint is made of, under CPython and MicroPython: plain asserts, run by both."""

import asyncio

from firmware.device.alarm import MOVES, LocalAlarm, limits_from
from firmware.device.drivers import SensorError, pressure
from firmware.device.drivers.call_point import CallPoint
from firmware.device.drivers.contact import Contact
from firmware.device.drivers.sht4x import SHT4x
from firmware.device.drivers.smoke_chamber import CLEAN_MV, FULL_MV, MV_PER_OD, TEST_OD, SmokeChamber
from firmware.device.selftest import DAYS, SelfTest
from firmware.device.sounder import PATTERNS, Sounder, step
from firmware.device.trouble import Trouble

STATES = ("quiet", "alarm", "silenced", "latched", "hushed")
EVENTS = ("new", "held", "ended", "silence", "expired", "reset")
QUIET = {"smoke": 0.001, "temp": 22.0, "call_point": False}
PRESSED = {"smoke": 0.001, "temp": 22.0, "call_point": True}
SMOKE = {"smoke": 0.5, "temp": 22.0, "call_point": False}
DAY_MS = 86_400_000


def _refused(kind, call, *args):
    try:
        call(*args)
    except kind as error:
        return str(error)
    raise AssertionError("nothing raised")


async def _sleep_ms(_ms):
    """Time stands still."""


class Pin:
    """A pin that reads what a test puts into `levels`; the last one stays."""

    def __init__(self, *levels):
        self.levels = list(levels)
        self.handler = None

    def value(self, level=None):
        if level is not None:
            self.levels = [level]
        return self.levels.pop(0) if len(self.levels) > 1 else self.levels[0]

    def irq(self, handler, _edge):
        self.handler = handler


# the alarm


def _alarm_in(state):
    alarm = LocalAlarm(False)
    alarm.state = state
    alarm.active = state != "quiet"
    alarm.silenced = state in ("silenced", "hushed")
    return alarm


def every_pair_of_state_and_event():
    """In the table: it moves there. Not in the table: refused, and nothing changes."""
    assert {state for state, _ in MOVES} == set(STATES) and {event for _, event in MOVES} == set(EVENTS)
    for state in STATES:
        for event in EVENTS:
            alarm = _alarm_in(state)
            before = (alarm.state, alarm.active, alarm.silenced, alarm.latched)
            if (state, event) in MOVES:
                alarm.move(event)
                assert alarm.state == MOVES[(state, event)], (state, event)
                assert alarm.active == (alarm.state != "quiet")
                assert alarm.silenced == (alarm.state in ("silenced", "hushed"))
            else:
                assert event in _refused(ValueError, alarm.move, event)
                assert before == (alarm.state, alarm.active, alarm.silenced, alarm.latched), (state, event)


def silence_ends_with_a_new_cause_or_its_time():
    alarm = LocalAlarm(False)
    for second in range(4):
        alarm.feed(SMOKE, second * 1000)
    assert (alarm.state, alarm.sound()) == ("alarm", "fire")
    alarm.move("silence")
    alarm.silent_until_ms = 60_000
    assert alarm.feed(SMOKE, 5000) and alarm.silenced and alarm.sound() is None
    hot = {"smoke": 0.5, "temp": 80.0, "call_point": False}
    for second in range(6, 10):
        alarm.feed(hot, second * 1000)
    assert (alarm.state, alarm.sound()) == ("alarm", "fire"), alarm.state
    alarm.move("silence")
    alarm.silent_until_ms = 60_000
    assert alarm.feed(hot, 59_999) and alarm.silenced
    assert alarm.feed(hot, 60_000) and not alarm.silenced and alarm.sound() == "fire"


def a_pressed_call_point_waits_for_a_person():
    alarm = LocalAlarm(False)
    assert alarm.feed(PRESSED, 0) and alarm.sound() == "call_point"
    _refused(ValueError, alarm.move, "reset")  # it is still pressed
    assert alarm.feed(QUIET, 1000) and alarm.state == "latched" and alarm.sound() == "call_point"
    for second in range(2, 4000):
        assert alarm.feed(QUIET, second * 1000)
    alarm.move("reset")
    assert not alarm.feed(QUIET, 4_000_000) and not alarm.latched and alarm.sound() is None
    again = LocalAlarm(True)  # after a power cut
    assert again.active and again.sound() == "call_point" and again.feed(QUIET, 0)


def a_failed_channel_neither_raises_nor_clears():
    alarm = LocalAlarm(False)
    for second in range(4):
        alarm.feed(SMOKE, second * 1000)
    assert alarm.feed({}, 5000) and alarm.feed({"temp": 20.0}, 6000)
    assert not alarm.feed(QUIET, 7000)
    assert not any([alarm.feed({}, second * 1000) for second in range(8, 100)])
    pressed = LocalAlarm(False)
    pressed.feed(PRESSED, 0)
    assert pressed.feed({"smoke": 0.001}, 1000) and pressed.state == "alarm"


def carbon_monoxide_never_raises():
    alarm = LocalAlarm(False)
    for second in range(300):
        assert not alarm.feed({"smoke": 0.001, "temp": 22.0, "co": second * 10.0}, second * 1000)


def new_limits_do_not_end_an_alarm():
    alarm = LocalAlarm(False)
    for second in range(4):
        alarm.feed({"smoke": 0.03}, second * 1000)
    alarm.limit(limits_from({"smoke": (0.1, 0.02, 0)}))
    assert alarm.feed({"smoke": 0.03}, 5000)
    assert not alarm.feed({"smoke": 0.01}, 6000)


def limits_are_checked():
    assert limits_from({"smoke": [0.05, 0.02, 0]})["smoke"] == (0.05, 0.02, 0)
    for limits in (
        {"smok": [0.02, 0.01, 0]},
        {"smoke": [0.02]},
        {"smoke": [0.02, 0.03, 0]},
        {"smoke": 5},
        {"smoke": [0.02, 0.01, -1]},
        {"smoke": [0.02, 0.01, 60_000]},
        {"smoke": ["2", "1", 0]},
        {"smoke": [True, 0.01, 0]},
        {"smoke": [5.0, 0.01, 0]},
        {"smoke": [float("nan"), 0.01, 0]},
        {"smoke": [0.02, float("nan"), 0]},
        {"temp": [20.0, 10.0, 0]},
        {"temp_rise": [1.0, 0.5, 0]},
    ):
        assert next(iter(limits)) in _refused(ValueError, limits_from, limits)


# the sounder


def fire_is_temporal_three():
    edges, at, before = [], 0, None
    while at < 8000:
        level, wait_ms = step("fire", at)
        assert level != before
        edges.append((at, level))
        before, at = level, at + wait_ms
    one_round = [(0, 1), (500, 0), (1000, 1), (1500, 0), (2000, 1), (2500, 0)]
    assert edges == one_round + [(at + 4000, level) for at, level in one_round]


def every_pattern_stands_on_its_grid():
    """Hours later, an edge is where the sum of the times says, to the millisecond; patterns are all different."""
    assert len(set(PATTERNS.values())) == len(PATTERNS)
    for name, times in PATTERNS.items():
        assert len(times) % 2 == 0
        once = name in ("passed", "failed")
        late = 0 if once else 10_000 * sum(times)
        at = late
        for index, duration_ms in enumerate(times):
            assert step(name, at) == (1 - index % 2, duration_ms)
            assert step(name, at + duration_ms - 1) == (1 - index % 2, 1)
            at += duration_ms
        if once:
            assert step(name, at) == (0, None)
    assert step(None, 5) == (0, None)


class Board:
    """Time and one output for the sounder's task."""

    def __init__(self, late_ms=0):
        self.ms = 0
        self.edges = []
        self.late_ms = late_ms
        self.then = {}

    def now_ms(self):
        return self.ms

    def value(self, level):
        self.edges.append((self.ms, level))

    async def sleep_ms(self, ms):
        end = self.ms + ms + self.late_ms
        for at in sorted(self.then):
            if at <= end:
                self.ms = max(self.ms, at)
                self.then.pop(at)()
        self.ms = end
        if end > 20_000:
            raise OSError  # the end of the test
        await asyncio.sleep(0)


def a_sounder_that_wakes_late_does_not_drift():
    board = Board(late_ms=7)
    sounder = Sounder(board, board.now_ms, board.sleep_ms)
    sounder.play("fire")
    try:
        asyncio.run(sounder.run())
    except OSError:
        pass
    rounds = [at for at, level in board.edges if level][::3]
    assert rounds[0] == 0 and len(rounds) == 5
    assert all([0 <= at - 4000 * number <= 7 for number, at in enumerate(rounds)]), rounds


def another_pattern_starts_at_once():
    board = Board()
    sounder = Sounder(board, board.now_ms, board.sleep_ms)
    sounder.play("chirp")
    board.then = {700: lambda: sounder.play("fire"), 6100: lambda: sounder.play(None)}
    sounder_task(sounder, board)
    assert board.edges[:4] == [(0, 1), (60, 0), (700, 1), (1200, 0)], board.edges
    assert board.edges[-1] == (6100, 0), board.edges


def sounder_task(sounder, board):
    """Run it past the end of what it has to do."""

    async def both():
        task = asyncio.create_task(sounder.run())
        for _ in range(40):
            await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except (asyncio.CancelledError, OSError):
            pass

    asyncio.run(both())


# troubles


def troubles_have_their_sounds():
    trouble = Trouble()
    for second in range(5):
        assert trouble.feed({"battery": 80}, {"hydrant_pressure": "disabled"}, second) is None
    assert trouble.feed({"battery": 80}, {"smoke": "open_circuit"}, 0) is None
    assert trouble.feed({"battery": 80}, {"smoke": "open_circuit"}, 1000) is None
    assert trouble.feed({"battery": 80}, {"smoke": "open_circuit"}, 2000) == "chirp"
    assert trouble.feed({"battery": 80}, {}, 3000) is None
    assert trouble.feed({"battery": 19}, {}, 4000) == "chirp"
    assert trouble.feed({"battery": 24}, {}, 5000) == "chirp"  # no flapping
    assert trouble.feed({"battery": 25}, {}, 6000) is None
    assert trouble.feed({"self_test": False}, {}, 7000) == "chirp"
    assert trouble.feed({"self_test": True, "tamper": True}, {}, 8000) == "tamper"
    assert trouble.feed({"tamper": True}, {}, 187_999) == "tamper"
    assert trouble.feed({"tamper": True}, {}, 188_000) is None


def a_new_trouble_ends_the_silence():
    trouble = Trouble()
    trouble.feed({"battery": 10}, {}, 0)
    trouble.silent_until_ms = 60_000
    assert trouble.feed({"battery": 10}, {}, 1000) is None
    assert trouble.feed({"battery": 10, "tamper": True}, {}, 2000) == "tamper"
    trouble.silent_until_ms = 60_000
    assert trouble.feed({"battery": 10, "tamper": True}, {}, 59_999) is None
    assert trouble.feed({"battery": 10, "tamper": True}, {}, 60_000) == "tamper"


# the self-test


class Part:
    """Its check says this."""

    def __init__(self, reason=None):
        self.reason = reason
        self.checks = 0

    async def check(self):
        self.checks += 1
        if self.reason:
            raise SensorError(self.reason)


def _new_state(**fields):
    state = {"passed": None, "tested_ms": None}
    state.update(fields)
    return state


def a_new_board_tests_itself_at_once():
    state = _new_state()
    parts = {"smoke": Part("dirty"), "temp": Part("no_serial"), "co": object()}
    test = SelfTest(state, parts)
    assert "untested" == _refused(SensorError, asyncio.run, test.read())
    test.look(0, None)
    asyncio.run(test.read())
    assert test.finish({"battery": "no_battery", "smoke": "disabled"}, 1000, None) == (
        "schedule",
        {"temp": "no_serial", "battery": "no_battery"},
    )
    assert state == {"passed": False, "tested_ms": None} and test.finish({}, 1000, None) is None
    assert asyncio.run(test.read()) is False
    parts["temp"].reason = parts["smoke"].reason = None
    test.by = "button"
    asyncio.run(test.read())
    assert test.finish({}, 2000, 5_000_000) == ("button", {})
    assert asyncio.run(test.read()) is True and state == {"passed": True, "tested_ms": 5_000_000}


def the_week_is_kept_over_boots_by_the_clock():
    now_ms = 1_795_324_297_817
    test = SelfTest(_new_state(passed=True, tested_ms=now_ms), {})
    test.look(0, now_ms + DAYS * DAY_MS - 1)
    assert test.by is None
    test.look(0, now_ms + DAYS * DAY_MS)
    assert test.by == "schedule"


def a_failed_test_is_repeated_the_next_day():
    now_ms = 1_795_324_297_817
    test = SelfTest(_new_state(passed=False, tested_ms=now_ms), {})
    test.look(0, now_ms + DAY_MS - 1)
    assert test.by is None
    test.look(0, now_ms + DAY_MS)
    assert test.by == "schedule"


def without_a_clock_the_week_counts_from_the_boot():
    for tested_ms in (None, 1_795_324_297_817):
        test = SelfTest(_new_state(passed=True, tested_ms=tested_ms), {})
        test.look(DAYS * DAY_MS - 1, None)
        assert test.by is None
        test.look(DAYS * DAY_MS, None)
        assert test.by == "schedule"
    test = SelfTest(_new_state(passed=True, tested_ms=1_795_324_297_817), {})
    test.look(DAYS * DAY_MS, 1_000_000_000_000)  # a clock that was set back
    assert test.by == "schedule"


# drivers


class Bus:
    """Answers reads from a script; every write is kept."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.writes = []

    def writeto(self, address, data):
        self.writes.append((address, bytes(data)))

    def readfrom(self, _address, _count):
        answer = self.answers.pop(0)
        if answer is None:
            raise OSError(19)
        return answer


def the_converter_is_asked_as_its_datasheet_says():
    """AIN0 against GND: 0xC383; AIN1: 0xD383. 12 mA over 100 ohm is 1.2 V, 9600 steps of 125 uV, half of 1600 kPa."""
    bus = Bus(b"\xc3\x83", (9600).to_bytes(2, "big"), b"\xd3\x83", (3200).to_bytes(2, "big"))
    assert asyncio.run(pressure.Pressure(bus, _sleep_ms, 0).read()) == 800.0
    assert bus.writes == [(0x48, b"\x01\xc3\x83"), (0x48, b"\x01"), (0x48, b"\x00")]
    assert asyncio.run(pressure.Pressure(bus, _sleep_ms, 1).read()) == 0.0
    assert bus.writes[3] == (0x48, b"\x01\xd3\x83")


def a_conversion_that_is_not_ours_is_no_pressure():
    """Not done; another input; a part that was reset (0x8583); nobody there."""
    for state, reason in ((b"\x43\x83", "not_ready"), (b"\xd3\x83", "not_ready"), (b"\x85\x83", "not_ready")):
        sensor = pressure.Pressure(Bus(state, b"\x25\x80"), _sleep_ms, 0)
        assert reason == _refused(SensorError, asyncio.run, sensor.read())
    sensor = pressure.Pressure(Bus(None), _sleep_ms, 0)
    assert "no_answer" == _refused(SensorError, asyncio.run, sensor.read())


def a_loop_speaks_namur_ne_43():
    def frame(current_ma):
        return int(current_ma * 1000 * pressure.SHUNT_OHM / pressure.UV_PER_STEP + 0.5).to_bytes(2, "big")

    for current_ma, reason in ((0.0, "open_loop"), (3.599, "open_loop"), (21.01, "short_loop"), (24.0, "short_loop")):
        assert reason == _refused(SensorError, pressure.decode, frame(current_ma))
    assert "open_loop" == _refused(SensorError, pressure.decode, b"\xff\xf0")  # a little below zero
    for current_ma, kpa in ((3.8, -20), (4.0, 0), (12.0, 800), (20.0, 1600), (20.5, 1650)):
        assert abs(pressure.decode(frame(current_ma)) - kpa) < 0.13


def a_contact_is_debounced():
    pin = Pin(0)
    contact = Contact(pin, _sleep_ms, 1)
    assert asyncio.run(contact.read()) is False
    pin.levels = [1, 0]  # a bounce
    assert asyncio.run(contact.read()) is False
    pin.levels = [1]
    assert asyncio.run(contact.read()) is True
    assert asyncio.run(Contact(Pin(0), _sleep_ms).read()) is True  # mains: closed means there


def a_short_opening_counts_and_a_spike_does_not():
    pin = Pin(0)
    contact = Contact(pin, _sleep_ms, 1, 2)
    pin.levels = [1]
    pin.handler(pin)
    pin.levels = [0]
    assert asyncio.run(contact.read()) is True and asyncio.run(contact.read()) is False
    pin.handler(pin)  # over before anybody could look
    assert asyncio.run(contact.read()) is False


def a_short_press_counts_and_a_spike_on_one_wire_does_not():
    opened, closed = Pin(1), Pin(0)
    call_point = CallPoint(opened, closed, 1, _sleep_ms)
    assert asyncio.run(call_point.read()) is False
    opened.levels = [0]
    opened.handler(opened)  # only one of the two contacts moved
    opened.levels = [1]
    assert asyncio.run(call_point.read()) is False
    opened.levels, closed.levels = [0], [1]
    opened.handler(opened)
    opened.levels, closed.levels = [1], [0]
    assert asyncio.run(call_point.read()) is True and asyncio.run(call_point.read()) is False


def a_change_over_in_the_middle_is_no_broken_wire():
    opened, closed = Pin(1, 0), Pin(1)
    assert asyncio.run(CallPoint(opened, closed, 1, _sleep_ms).read()) is True
    assert "contacts_disagree" == _refused(SensorError, asyncio.run, CallPoint(Pin(1), Pin(1), 1, _sleep_ms).read())


class Chamber:
    """An ADC that sees clean air and, when its light is on, the test LED."""

    def __init__(self, clean, lit):
        self.clean, self.lit, self.on = clean, lit, 0

    def read_u16(self):
        return int((CLEAN_MV + MV_PER_OD * (self.lit if self.on else self.clean)) * 65535 / FULL_MV)

    def value(self, level):
        self.on = level


def the_smoke_chamber_knows_whether_it_would_see_smoke():
    good = Chamber(0.001, TEST_OD)
    asyncio.run(SmokeChamber(good, _sleep_ms, good).check())
    asyncio.run(SmokeChamber(good).check())  # without a test light
    assert good.on == 0
    for clean, lit, reason in (
        (0.015, 0.5, "dirty"),
        (-0.1, 0.5, "weak_light"),
        (0.001, 0.001, "test_light_unseen"),
        (0.001, 2.0, "test_light_unseen"),
        (-0.3, 0.5, "open_circuit"),
    ):
        bad = Chamber(clean, lit)
        assert reason == _refused(SensorError, asyncio.run, SmokeChamber(bad, _sleep_ms, bad).check()), reason
        assert bad.on == 0


def the_thermometer_is_checked_without_its_heater():
    """0xBEEF has the checksum 0x92 (datasheet 4.4)."""
    bus = Bus(b"\xbe\xef\x92\xbe\xef\x92", b"\xbe\xef\x92\xbe\xef\x92")
    asyncio.run(SHT4x(bus, _sleep_ms).check())
    assert bus.writes == [(0x44, b"\x89"), (0x44, b"\xfd")]
    for answers, reason in (
        ((b"\x00\x00\x81\x00\x00\x81",), "no_serial"),
        ((b"\xbe\xef\x92\xbe\xef\x91",), "bad_crc"),
        ((None,), "no_answer"),
    ):
        assert reason == _refused(SensorError, asyncio.run, SHT4x(Bus(*answers), _sleep_ms).check())


CASES = (
    every_pair_of_state_and_event,
    silence_ends_with_a_new_cause_or_its_time,
    a_pressed_call_point_waits_for_a_person,
    a_failed_channel_neither_raises_nor_clears,
    carbon_monoxide_never_raises,
    new_limits_do_not_end_an_alarm,
    limits_are_checked,
    fire_is_temporal_three,
    every_pattern_stands_on_its_grid,
    a_sounder_that_wakes_late_does_not_drift,
    another_pattern_starts_at_once,
    troubles_have_their_sounds,
    a_new_trouble_ends_the_silence,
    a_new_board_tests_itself_at_once,
    the_week_is_kept_over_boots_by_the_clock,
    a_failed_test_is_repeated_the_next_day,
    without_a_clock_the_week_counts_from_the_boot,
    the_converter_is_asked_as_its_datasheet_says,
    a_conversion_that_is_not_ours_is_no_pressure,
    a_loop_speaks_namur_ne_43,
    a_contact_is_debounced,
    a_short_opening_counts_and_a_spike_does_not,
    a_short_press_counts_and_a_spike_on_one_wire_does_not,
    a_change_over_in_the_middle_is_no_broken_wire,
    the_smoke_chamber_knows_whether_it_would_see_smoke,
    the_thermometer_is_checked_without_its_heater,
)
