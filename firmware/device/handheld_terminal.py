"""The worker's terminal: what it knows, and the actions of handheld_table. Time and position are asked, never kept.

An action that returns a text has found out that event.
"""

from firmware.device import const
from firmware.device.handheld_table import move

_PHOTO_DIGITS = const(4)
_MENU = const(("tasks", "report", "patrol", "duty", "leave"))
_URGENCIES = const(("normal", "urgent", "danger"))
# what a worker may do next with a task in this state: the report, and the task's state then
_STEPS = {
    "offered": ("accepted", "declined"),
    "accepted": ("on_the_way", "on_site"),
    "on_the_way": ("on_site",),
    "on_site": ("done",),
}
_KEPT = const("Kept, will be sent")


class Terminal:
    """`feed` is all that happens to it; handheld_draw reads off what it shows."""

    def __init__(self, tasks, vault, pin, shift, now_ms, position) -> None:
        self.settings: dict = {}
        self.tasks = tasks
        self.vault = vault
        self.pin = pin
        self.shift = shift
        self.now_ms = now_ms
        self.position = position
        self.screen = "sos" if shift.sos else "pin"
        self.locked = False  # someone is logged on, but used no key for a while
        self.heard = False  # the gateway has the SOS
        self.line = self.count = 0  # which line is chosen, of how many
        self.digits: list = [0]
        self.chosen: dict = {}  # what the worker is putting together: screen -> code
        self.notice = ""  # what the last key led to; gone with the next one

    def feed(self, what: str) -> bool:
        """A key or an event. False where the table refuses it: then nothing has changed. Raises OSError."""
        found = move(self.screen, what)
        if found is None:
            return False
        self.notice = ""
        while found is not None:
            self.screen, action = found
            what = getattr(self, action)()
            found = move(self.screen, what) if what else None
        return True

    def took(self, task: dict) -> str:
        """A checked task of the gateway, while someone is logged on: what TaskList.take says. Raises OSError."""
        entries = self.tasks.entries
        looking_at = entries[self.line].id if self.screen == "tasks" and entries else ""
        result = self.tasks.take(task)
        if result:
            self.shift.reports.put("received", task=task["id"], revision=task["revision"])
        if self.screen == "tasks":  # the chosen line stays on its task
            self.begin()
            ids = [entry.id for entry in self.tasks.entries]
            self.line = ids.index(looking_at) if looking_at in ids else 0
        elif self.chosen.get("task") == task["id"] and self.feed(result):
            self.notice = "Task withdrawn" if result == "gone" else "Task changed"
        return result

    def stay(self) -> None:
        """Another screen is all there is to it."""

    # lines to choose from, digits to turn

    def choices(self) -> list:
        """What the lines of this screen stand for: texts, pairs of code and text, or entries of the task list."""
        if self.screen == "tasks":
            return self.tasks.entries
        if self.screen == "step":
            entry = self.tasks.find(self.chosen["task"])
            return _STEPS.get(entry.state, ()) if entry else ()
        lists = {"menu": _MENU, "urgency": _URGENCIES}
        return lists[self.screen] if self.screen in lists else self.settings[self.screen + "s"]

    def begin(self) -> None:
        """The lines of this screen, the first one chosen."""
        self.line, self.count = 0, len(self.choices())

    def up(self) -> None:
        """The line above, or text that is further up."""
        self.line = max(0, self.line - 1)

    def down(self) -> None:
        """The line below; not beyond the last."""
        self.line = max(0, min(self.count - 1, self.line + 1))

    def take(self) -> str:
        """The chosen line. Raises OSError where a step of a task cannot be reported."""
        if not self.count:
            return "none"
        code = self.choices()[self.line]
        if self.screen == "menu":
            return code
        self.chosen[self.screen] = code[0] if isinstance(code, list) else code
        if self.screen == "step" and code in ("done", "declined"):
            return "note"
        if self.screen in ("step", "note"):
            self._report_step()
        return "next"

    def more(self) -> None:
        """The present digit, one up; from blank to 0."""
        digit = self.digits[-1]
        self.digits[-1] = 0 if digit is None else (digit + 1) % 10

    def less(self) -> None:
        """And one down; from blank to 9."""
        self.digits[-1] = ((self.digits[-1] or 10) + 9) % 10

    def last_digit(self) -> str:
        """Take the present digit back."""
        if len(self.digits) == 1:
            return "out"
        self.digits.pop()
        return ""

    def next_digit(self) -> str:
        """A PIN ends with its last digit, the number of a photo with a blank; then it is tried."""
        photo = self.screen == "photo"
        ended = self.digits[-1] is None or len(self.digits) >= (
            _PHOTO_DIGITS if photo else self.pin.pin.get("digits", 0)
        )
        if not ended:
            self.digits.append(None if photo else 0)
            return ""
        text = "".join([str(digit) for digit in self.digits if digit is not None])
        if photo:
            self.chosen["photo"] = int(text or "0")
            return "right"
        key = self.pin.check(text, self.now_ms())
        self.vault.unlock(key)
        return "right" if key else "wrong"

    def blank(self) -> None:
        """A number with no digit yet."""
        self.digits = [None]

    def clear(self) -> None:
        """Nothing half done stays on the screen."""
        self.digits = [0]
        self.chosen = {}
        self.line = self.count = 0

    # logging on and off

    def refuse(self) -> None:
        """Try again, some time."""
        self.clear()
        self.notice = "Wrong PIN" if self.pin.pin else "No PIN yet: ask the centre"

    def enter(self) -> None:
        """The menu, from wherever."""
        self.clear()
        self.locked = False
        self.begin()
        if not self.tasks.loaded:
            self.tasks.load()

    def lock(self) -> None:
        """The screen is blank but for the PIN; duty and patrol go on, and tasks still come."""
        self.clear()
        self.locked = True

    def log_off(self) -> None:
        """The duty ends, the key is forgotten: what is on flash cannot be read until the next PIN. Raises OSError."""
        self.shift.turn_duty(False)
        if self.tasks.loaded:
            self.shift.reports.put("logged_off")
        self.vault.unlock(b"")
        self.tasks.forget()
        self.clear()
        self.locked = False

    def wipe(self) -> None:
        """Nothing of the tasks and the worker stays, in memory or on flash."""
        self.vault.wipe()
        self.tasks.forget()
        self.shift.forget()
        self.pin.pin = {}
        self.clear()
        self.locked = False

    # the menu, the patrol, the call for help

    def turn_duty(self) -> None:
        """On or off. Raises OSError."""
        self.shift.turn_duty(not self.shift.duty)
        self.notice = "On duty" if self.shift.duty else "Off duty"

    def turn_patrol(self) -> None:
        """Start or finish. Raises OSError."""
        if self.shift.duty:
            self.shift.turn_patrol(not self.shift.patrol)
        else:
            self.notice = "Go on duty first"

    def start_sos(self) -> None:
        """Needs no PIN and no link: the report waits on flash. Raises OSError."""
        self.clear()
        self.heard = False
        self.shift.call(self.position())

    def end_sos(self) -> str:
        """A held key; the centre hears of it and still asks. Raises OSError."""
        self.shift.end_call()
        return "home" if self.tasks.loaded and not self.locked else "out"

    def report(self) -> None:
        """What was found; durable on return, and sent when there is a link. Raises OSError."""
        position = self.position()
        self.shift.reports.put("found", lat_udeg=position[0], lon_udeg=position[1], **self.chosen)
        self.enter()
        self.notice = _KEPT

    # tasks

    def pick(self) -> str:
        """The task of the chosen line."""
        if not self.tasks.entries:
            return "none"
        self.chosen = {"task": self.tasks.entries[self.line].id}
        self.show()
        return ""

    def show(self) -> None:
        """The buzzer is quiet about a task that was looked at. Raises OSError."""
        entry = self.tasks.find(self.chosen["task"])
        if entry:
            self.tasks.moved(entry, entry.state)
        self.line = self.count = 0

    def _report_step(self) -> None:
        """First the report, durable; then the list: after a power cut between them the step is told twice at worst."""
        entry, step = self.tasks.find(self.chosen["task"]), self.chosen["step"]
        fields = {"note": self.chosen["note"]} if self.screen == "note" else {}
        self.shift.reports.put(step, task=entry.id, revision=entry.revision, **fields)
        self.tasks.moved(entry, step)
        self.notice = _KEPT
