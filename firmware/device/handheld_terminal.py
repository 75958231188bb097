"""The worker's terminal: what it knows, and the actions of handheld_table. Time and position are asked, never kept."""

from firmware.device.handheld_form import MENU, Form
from firmware.device.handheld_table import move
from firmware.device.handheld_tasks import STEPS


class Terminal(Form):
    """`feed` is all that happens to it; handheld_draw reads off what it shows."""

    def __init__(self, settings: dict, tasks, vault, pin, shift, reports, now_ms, position) -> None:
        super().__init__(settings, reports, position)
        self.tasks = tasks
        self.vault = vault
        self.pin = pin
        self.shift = shift
        self.now_ms = now_ms
        self.screen = "sos" if shift.sos else "pin"
        self.locked = False  # someone is logged on, but used no key for a while

    def feed(self, event: str) -> bool:
        """A key or an event. False where the table refuses it: then nothing has changed. Raises OSError."""
        found = move(self.screen, event)
        taken = found is not None
        while found is not None:
            self.screen, action = found
            event = ""
            if action != "stay":
                self.notice = ""
                event = getattr(self, action)()
            found = move(self.screen, event) if event else None
        return taken

    def took(self, task: dict) -> str:
        """A checked task of the gateway, while someone is logged on: what TaskList.take says. Raises OSError."""
        entries = self.tasks.entries
        looking_at = entries[self.line].id if self.screen == "tasks" and entries else ""
        result = self.tasks.take(task)
        if result:
            self.reports.put("received", task=task["id"], revision=task["revision"])
        if self.screen == "tasks":  # the chosen line stays on its task
            self.list_tasks()
            ids = [entry.id for entry in self.tasks.entries]
            self.line = ids.index(looking_at) if looking_at in ids else 0
        elif self.chosen.get("task") == task["id"] and result:
            self.feed(result)
            self.notice = "Task withdrawn" if result == "gone" else "Task changed"
        return result

    # logging on and off

    def next_digit(self) -> str:
        """The last one tries the PIN."""
        if len(self.digits) < self.pin.digits:
            self.digits.append(0)
            return ""
        key = self.pin.try_pin(self.typed(), self.now_ms())
        if not key:
            return "wrong"
        self.vault.unlock(key)
        return "right"

    def refuse(self) -> None:
        """Try again, some time."""
        self.clear_pin()
        self.notice = "Wrong PIN" if self.pin.digits else "No PIN yet: ask the centre"

    def enter(self) -> None:
        """The menu, from wherever."""
        self.clear_pin()
        self.chosen = {}
        self.locked = False
        self.list(len(MENU))
        if not self.tasks.loaded:
            self.tasks.load()

    def lock(self) -> None:
        """The screen is blank but for the PIN; duty and patrol go on, and tasks still come."""
        self.clear_pin()
        self.chosen = {}
        self.list(0)
        self.locked = True

    def log_off(self) -> None:
        """The duty ends, the key is forgotten: what is on flash cannot be read until the next PIN. Raises OSError."""
        self.shift.turn_duty(False)
        if self.vault.is_open():
            self.reports.put("logged_off")
        self.forget()

    def forget(self) -> None:
        """Nothing of the tasks and the worker stays in memory."""
        self.vault.lock()
        self.tasks.close()
        self.lock()
        self.locked = False

    def wipe(self) -> None:
        """Nothing of the tasks and the worker stays anywhere."""
        self.forget()
        self.vault.wipe()
        self.shift.forget()
        self.pin.apply({})

    # the menu, the patrol, the call for help

    def choose(self) -> str:
        """The chosen line is the event."""
        return MENU[self.line]

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
        self.clear_pin()
        self.chosen = {}
        self.list(0)
        self.shift.call(self.position())

    def end_sos(self) -> str:
        """A held key; the centre hears of it and still asks. Raises OSError."""
        self.shift.end_call()
        return "home" if self.vault.is_open() and not self.locked else "out"

    # tasks

    def list_tasks(self) -> None:
        """The worst first."""
        self.chosen = {}
        self.list(len(self.tasks.entries))

    def pick_task(self) -> str:
        """The one of the chosen line."""
        if not self.tasks.entries:
            return "none"
        self.chosen = {"task": self.tasks.entries[self.line].id}
        self.show_task()
        return ""

    def show_task(self) -> None:
        """The buzzer is quiet about a task that was looked at. Raises OSError."""
        self.tasks.seen(self.open_task())
        self.list(0)

    def open_task(self):
        """The entry that is looked at, None without one."""
        return self.tasks.find(self.chosen.get("task", ""))

    def list_steps(self) -> None:
        """What may be done with it now."""
        self.list(len(self.steps()))

    def steps(self) -> tuple:
        """Reports that the state of the open task allows."""
        entry = self.open_task()
        return STEPS.get(entry.state, ()) if entry else ()

    def take_step(self) -> str:
        """Two of them need a note first. Raises OSError."""
        if not self.count:
            return "none"
        self.chosen["step"] = self.steps()[self.line]
        if self.chosen["step"] in ("done", "declined"):
            return "note"
        self._report_step({})
        return "tasks"

    def list_notes(self) -> None:
        """In the words of the settings."""
        self.list(len(self.settings["notes"]))

    def give_note(self) -> None:
        """How it went. Raises OSError."""
        self._report_step({"note": self.settings["notes"][self.line]})
        self.list_tasks()
        self.notice = "Kept, will be sent"

    def _report_step(self, fields: dict) -> None:
        """First the report, durable; then the list: after a power cut between them the step is told twice at worst."""
        entry, step = self.open_task(), self.chosen["step"]
        self.reports.put(step, task=entry.id, revision=entry.revision, **fields)
        self.tasks.moved(entry, step)
