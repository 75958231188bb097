"""The terminal without a board, in code for both interpreters: a fake gateway's reports, real files."""

# ruff: noqa: A001, PTH123, UP031

from firmware.device.drivers import SensorError, buzzer, st7789
from firmware.device.drivers.gps import NO_FIX, Gps
from firmware.device.drivers.keys import Keys
from firmware.device.drivers.screen_file import ScreenFile, cut
from firmware.device.handheld_settings import check
from firmware.device.handheld_shift import Shift
from firmware.device.handheld_tasks import TaskList
from firmware.device.handheld_terminal import Terminal
from firmware.device.handheld_vault import Pin, Vault, check_value, stretch

SCREENS = (
    "pin", "menu", "tasks", "task", "step", "note", "kind", "place", "urgency", "photo", "send", "patrol", "sos",
    "shut",
)  # fmt: skip

SALT = b"0123456789abcdef"
PIN = {
    "salt": "30313233343536373839616263646566",
    "hash": check_value(stretch("2580", SALT, 100)),
    "rounds": 100,
    "digits": 4,
}
WALK = {"track_s": 30, "track_m": 20}
HERE = (30274150, 120155150, 1795324297000)


class Reports:
    """What was put, in order; a test gives the receipts."""

    def __init__(self):
        self.all = []
        self.received = 0

    def put(self, what, **fields):
        self.all.append((what, fields))
        return "r%d" % len(self.all)

    def holds(self, id):
        return int(id[1:]) > self.received

    def __len__(self):
        return len(self.all) - self.received

    def whats(self):
        return [what for what, _ in self.all]


class Bench:
    """A terminal on a desk."""

    def __init__(self, folder, aes, settings=None, reports=None):
        self.now_ms = 0
        self.position = HERE
        self.reports = reports or Reports()
        self.vault = Vault(folder + "/vault", folder + "/secret", aes)
        self.tasks = TaskList(self.vault)
        self.pin = Pin(folder + "/pin.txt")
        self.shift = Shift(folder + "/shift.json", self.reports)
        self.terminal = Terminal(
            self.tasks, self.vault, self.pin, self.shift, lambda: self.now_ms, lambda: self.position
        )
        self.terminal.settings = check(settings or {"pin": PIN})
        self.pin.pin = self.terminal.settings["pin"]
        self.pin.begin(0)

    def press(self, keys):
        """Events, one after the other."""
        for word in keys.split():
            name, _, times = word.partition("*")
            for _ in range(int(times or "1")):
                self.terminal.feed(name)

    def log_on(self, digits="2580"):
        for digit in digits:
            self.press("up*%s ok" % digit if digit != "0" else "ok")

    def screen(self):
        return self.terminal.screen


def task(id="t1", revision=1, severity="major", state="offered", deadline_ms=None, place="3-201"):
    return {
        "id": id,
        "revision": revision,
        "kind": "fire",
        "severity": severity,
        "place": place,
        "text": "smoke on the stairs",
        "state": state,
        "deadline_ms": deadline_ms,
    }


def log_on_and_off(folder, aes):
    bench = Bench(folder, aes)
    bench.log_on()
    assert bench.screen() == "menu"
    assert bench.tasks.loaded
    bench.press("down*3 ok")
    assert bench.shift.duty
    assert bench.screen() == "menu"
    bench.press("down ok")
    assert bench.screen() == "pin"
    assert not bench.tasks.loaded
    assert not bench.shift.duty
    assert bench.reports.whats() == ["duty_on", "duty_off", "logged_off"], bench.reports.whats()


def wrong_pin_waits_longer(folder, aes):
    bench = Bench(folder, aes)
    waits = []
    for _ in range(5):
        bench.now_ms += bench.pin.wait_ms(bench.now_ms)
        bench.log_on("2589")
        assert bench.screen() == "pin"
        assert not bench.tasks.loaded
        waits.append(bench.pin.wait_ms(bench.now_ms))
    assert waits == [0, 0, 15000, 30000, 60000], waits
    bench.log_on()
    assert bench.screen() == "pin", "the right one during the wait"
    again = Bench(folder, aes)
    assert again.pin.wait_ms(0) == 60000, "a restart"
    again.now_ms = 60000
    again.log_on()
    assert again.screen() == "menu"
    assert Bench(folder, aes).pin.wait_ms(0) == 0


def nobody_without_a_pin(folder, aes):
    bench = Bench(folder, aes, {"language": "en"})
    bench.press("up ok up ok up ok up ok")
    assert bench.screen() == "pin"
    assert bench.terminal.notice
    bench.press("sos")
    assert bench.screen() == "sos"
    assert bench.reports.whats() == ["sos"]


def a_task_from_offer_to_done(folder, aes):
    bench = Bench(folder, aes)
    bench.log_on()
    assert bench.terminal.took(task()) == "new"
    assert bench.tasks.loudest() == "major"
    bench.press("ok")  # the list
    bench.press("ok")  # the task
    assert bench.screen() == "task"
    assert bench.tasks.loudest() == ""
    bench.press("ok ok")  # first step: accept
    assert bench.screen() == "tasks"
    assert bench.tasks.entries[0].state == "accepted"
    for _ in range(2):
        bench.press("ok*3")
    assert bench.tasks.entries[0].state == "on_site"
    bench.press("ok*3")
    assert bench.screen() == "note"
    bench.press("down ok")
    assert bench.screen() == "tasks"
    assert not bench.tasks.entries
    assert bench.reports.whats() == ["received", "accepted", "on_the_way", "on_site", "done"]
    assert bench.reports.all[-1][1] == {"task": "t1", "revision": 1, "note": "Not found"}
    assert bench.terminal.took(task()) == "", "an old message"
    assert bench.terminal.took(task(revision=2)) == "new", "sent back for rework"


def declining_needs_a_note(folder, aes):
    bench = Bench(folder, aes)
    bench.log_on()
    bench.terminal.took(task())
    bench.press("ok*3 down ok")
    assert bench.screen() == "note"
    bench.press("back ok back back")
    assert bench.screen() == "tasks"
    assert len(bench.tasks.entries) == 1
    bench.press("ok*2 down ok down*2 ok")
    assert bench.reports.all[-1] == ("declined", {"task": "t1", "revision": 1, "note": "Needs another unit"})
    assert not bench.tasks.entries


def revisions_and_withdrawal(folder, aes):
    bench = Bench(folder, aes)
    bench.log_on()
    take = bench.terminal.took
    assert take(task(revision=3)) == "new"
    assert [take(task(revision=n)) for n in (3, 2)] == ["", ""]
    bench.press("ok*2")
    assert bench.screen() == "task"
    assert take(task(revision=4, place="4-1")) == "changed"
    assert bench.screen() == "task"
    assert bench.terminal.notice == "Task changed"
    assert take(task(revision=5, state="withdrawn")) == "gone"
    assert bench.screen() == "tasks"
    assert not bench.tasks.entries
    assert bench.terminal.notice == "Task withdrawn"
    assert take(task(revision=4)) == "", "an old message does not bring it back"
    assert take(task("t9", state="withdrawn")) == "", "never seen"
    assert [fields["revision"] for what, fields in bench.reports.all if what == "received"] == [3, 4, 5]


def the_worst_first(folder, aes):
    bench = Bench(folder, aes)
    bench.log_on()
    rows = [("a", "minor", None), ("b", "major", 900), ("c", "critical", None), ("d", "major", 500), ("e", "odd", 1)]
    for id, severity, deadline in rows:
        bench.terminal.took(task(id, severity=severity, deadline_ms=deadline))
    assert "".join([entry.id for entry in bench.tasks.entries]) == "cdbae"
    assert bench.tasks.loudest() == "critical"
    bench.press("ok down")
    assert bench.tasks.entries[bench.terminal.line].id == "d"
    bench.terminal.took(task("z", severity="critical"))
    assert bench.tasks.entries[bench.terminal.line].id == "d", "the chosen line stays on its task"


def the_list_is_bounded(folder, aes):
    bench = Bench(folder, aes)
    bench.log_on()
    results = [bench.terminal.took(task("t%d" % i)) for i in range(25)]
    assert results == ["new"] * 20 + [""] * 5
    assert bench.reports.whats() == ["received"] * 20, "the gateway still owes the rest"


def tasks_survive_a_restart_sealed(folder, aes):
    bench = Bench(folder, aes)
    bench.log_on()
    bench.terminal.took(task(place="secret place"))
    again = Bench(folder, aes, reports=bench.reports)
    assert not again.tasks.entries
    with open(folder + "/vault/t0", "rb") as file:
        assert b"secret" not in file.read()
    again.log_on()
    assert again.tasks.read(again.tasks.entries[0])["place"] == "secret place"
    again.press("back")
    assert not again.tasks.entries[0].seen


def a_torn_record_is_left_out(folder, aes):
    bench = Bench(folder, aes)
    bench.log_on()
    for id in ("t1", "t2", "t3"):
        bench.terminal.took(task(id))
    with open(folder + "/vault/t0", "rb") as file:
        sealed = file.read()
    with open(folder + "/vault/t1", "wb") as file:
        file.write(sealed)  # a good record in another's place
    with open(folder + "/vault/t2", "wb") as file:
        file.write(sealed[:50])
    again = Bench(folder, aes)
    again.log_on()
    assert [entry.id for entry in again.tasks.entries] == ["t1"]
    assert again.vault.names() == ["t0"]


def another_pin_opens_nothing(folder, aes):
    bench = Bench(folder, aes)
    bench.log_on()
    bench.terminal.took(task())
    other = dict(PIN)
    other["hash"] = check_value(stretch("1111", SALT, 100))
    bench.pin.pin = other
    bench.terminal.feed("pin")
    assert bench.screen() == "pin"
    assert not bench.tasks.entries
    bench.log_on("1111")
    assert bench.screen() == "menu"
    assert not bench.tasks.entries
    assert not bench.vault.names()


def a_report_with_everything(folder, aes):
    bench = Bench(folder, aes)
    bench.log_on()
    bench.press("down ok")
    assert bench.screen() == "kind"
    bench.press("down ok ok down*2 ok")
    assert bench.screen() == "photo"
    bench.press("up*5 ok up*3 ok ok")  # 4, 2, blank
    assert bench.screen() == "send"
    bench.press("ok")
    expected = {"kind": "escape", "place": "here", "urgency": "danger", "photo": 42}
    expected.update({"lat_udeg": HERE[0], "lon_udeg": HERE[1]})
    assert bench.reports.all == [("found", expected)], bench.reports.all
    assert bench.screen() == "menu"


def a_report_can_be_taken_back(folder, aes):
    bench = Bench(folder, aes)
    bench.log_on()
    bench.press("down ok ok ok down ok")
    assert bench.screen() == "photo"
    bench.press("back back back down*4 ok")
    assert bench.screen() == "place"
    assert bench.terminal.chosen["kind"] == "other"
    bench.press("back back")
    assert bench.screen() == "menu"
    assert not bench.reports.all
    assert not bench.terminal.chosen


def sos_from_every_screen(folder, aes):
    for i, screen in enumerate(SCREENS):
        for logged_on in (False, True):
            bench = Bench("%s/%d%d" % (folder, i, logged_on), aes)
            if logged_on:
                bench.log_on()
            bench.terminal.screen = screen
            bench.press("sos")
            assert bench.screen() == ("shut" if screen == "shut" else "sos")
            assert bench.reports.whats() == ([] if screen in ("shut", "sos") else ["sos"]), screen


def sos_until_it_is_taken_back(folder, aes):
    bench = Bench(folder, aes)
    bench.position = (None, None, None)
    bench.press("sos")
    assert bench.reports.all == [("sos", {"lat_udeg": None, "lon_udeg": None})]
    bench.press("sos ok back up down idle")
    assert bench.screen() == "sos"
    assert len(bench.reports.all) == 1
    assert bench.reports.holds(bench.shift.sos)
    again = Bench(folder, aes, reports=bench.reports)
    assert again.screen() == "sos", "after a restart"
    again.press("hold")
    assert again.screen() == "pin"
    assert again.reports.whats() == ["sos", "sos_cancelled"]
    assert again.reports.all[1][1] == {"sos": "r1"}


def locked_but_on_duty(folder, aes):
    bench = Bench(folder, aes)
    bench.log_on()
    bench.press("down*3 ok idle")
    assert bench.screen() == "pin"
    assert bench.terminal.locked
    assert bench.shift.duty
    assert bench.terminal.took(task()) == "new"
    bench.press("sos hold")
    assert bench.screen() == "pin", "the held key does not unlock"
    bench.log_on()
    assert bench.screen() == "menu"
    assert len(bench.tasks.entries) == 1


def a_patrol(folder, aes):
    bench = Bench(folder, aes)
    bench.log_on()
    bench.press("down*2 ok ok")
    assert not bench.shift.patrol
    assert bench.terminal.notice == "Go on duty first"
    bench.press("back down*3 ok up ok ok")
    assert bench.shift.patrol
    assert bench.screen() == "patrol"
    for step in range(61):  # 30 m a time, northward
        bench.shift.moved((HERE[0] + step * 270, HERE[1], HERE[2] + step * 20000), step * 20000, WALK)
    bench.shift.moved((None, None, None), 61 * 20000, WALK)
    bench.press("ok")
    assert bench.reports.whats() == ["duty_on", "patrol_started"] + ["track"] * 7 + ["patrol_finished"]
    points = [point for what, fields in bench.reports.all if what == "track" for point in fields["points"]]
    assert len(points) == 61
    assert points[0] == [HERE[2], HERE[0], HERE[1]]
    assert bench.reports.all[-1][1] == {"points": 61, "length_m": 60 * 30}, bench.reports.all[-1]


def standing_still_gives_a_point_now_and_then(folder, aes):
    bench = Bench(folder, aes)
    bench.log_on()
    bench.press("down*3 ok up ok ok")
    for second in range(601):
        bench.shift.moved((HERE[0], HERE[1], second), second * 1000, WALK)
    points = [len(fields["points"]) for what, fields in bench.reports.all if what == "track"]
    assert points == [10, 10], points  # every 30 s
    again = Bench(folder, aes)
    assert again.shift.patrol, "after a restart"
    assert again.shift.duty


def revoked_forgets_everything(folder, aes):
    bench = Bench(folder, aes)
    bench.log_on()
    bench.terminal.took(task())
    bench.press("down*3 ok")
    bench.terminal.feed("revoke")
    assert bench.screen() == "shut"
    assert not bench.tasks.entries
    assert not bench.vault.names()
    assert not bench.tasks.loaded
    assert not bench.shift.duty
    assert not bench.pin.pin
    bench.press("up down ok back hold sos idle pin revoke")
    assert bench.screen() == "shut"
    assert bench.reports.whats() == ["received", "duty_on"]
    for name in ("secret", "shift.json"):
        try:
            open(folder + "/" + name).close()
        except OSError:
            continue
        raise AssertionError(name)


def settings_change_under_the_fingers(folder, aes):
    bench = Bench(folder, aes)
    bench.log_on()
    bench.press("down ok down*4")
    settings = dict(bench.terminal.settings)
    settings["kinds"] = [["a", "A"]]
    bench.terminal.settings = settings
    bench.terminal.feed("settings")
    assert bench.screen() == "menu"


class Uart:
    """Gives what it has once."""

    def __init__(self, data):
        self.data = data

    def read(self):
        data, self.data = self.data, None
        return data


def drivers_agree_with_the_interpreter(folder, aes):
    gps = Gps(Uart(b"$GPRMC,083559.00,A,4717.11437,N,00833.91522,E,0.004,77.52,091202,,,A*57\r\n$GPRMC,bad*00\n"))
    gps.read(1000)
    assert gps.position(1000) == (47285240, 8565254, 1039422959000)
    gps.read(6001)
    assert gps.position(6001) == NO_FIX
    assert gps.rejected == 1
    keys = Keys([])
    events = []
    for now_ms in range(0, 4000, 20):
        events += keys.feed([False, False, now_ms < 100, now_ms < 3500, now_ms < 3500], now_ms)
    assert events == ["ok", "sos", "hold"]
    for pattern in buzzer.PATTERNS.values():
        assert buzzer.tone_hz(pattern, 0) >= 2000
    row = st7789.expand(b"\x80" + bytes(28) + b"\x01", b"\x00\x00\x12\x34")
    assert len(row) == 480
    assert row[:3] == b"\x12\x34\x00"
    assert row[-2:] == b"\x12\x34"
    words = ScreenFile(folder + "/none.bin")
    assert words.chinese("log on") == "log on"
    assert cut(("楼" * 20).encode()) == 45
    assert SensorError("x").reason == "x"


CASES = (
    drivers_agree_with_the_interpreter,
    log_on_and_off,
    wrong_pin_waits_longer,
    nobody_without_a_pin,
    a_task_from_offer_to_done,
    declining_needs_a_note,
    revisions_and_withdrawal,
    the_worst_first,
    the_list_is_bounded,
    tasks_survive_a_restart_sealed,
    a_torn_record_is_left_out,
    another_pin_opens_nothing,
    a_report_with_everything,
    a_report_can_be_taken_back,
    sos_from_every_screen,
    sos_until_it_is_taken_back,
    locked_but_on_duty,
    a_patrol,
    standing_still_gives_a_point_now_and_then,
    revoked_forgets_everything,
    settings_change_under_the_fingers,
)
