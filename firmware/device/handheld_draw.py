"""The terminal's screens as twelve lines of text. English here; the Chinese of each text is in /screen.bin."""

from firmware.device import const
from firmware.device.drivers.screen_file import cut
from firmware.device.drivers.st7789 import ALARM, CHOSEN, DIM, GOOD, NORMAL, TITLE
from firmware.device.handheld_form import MENU, URGENCIES

_ROWS = const(8)  # between the title and the notice
_TEXT_ROWS = const(5)  # of a task's text


def wrapped(text: str) -> list:
    """Lines that fit on the display."""
    lines = []
    while text:
        fitting = max(1, cut(text))
        lines.append(text[:fitting])
        text = text[fitting:]
    return lines


class Drawer:
    """`draw` shows what the terminal is at now."""

    def __init__(self, display, words, terminal) -> None:
        self._display = display
        self._words = words
        self._terminal = terminal
        self._line = 0

    def draw(self, status: str, now_ms: int) -> None:
        """All lines; those that are there already cost nothing."""
        terminal = self._terminal
        self._line = 0
        self._put(status, ALARM if terminal.shift.sos else DIM)
        getattr(self, "_" + terminal.screen)(now_ms)
        while self._line < 10:
            self._put("", NORMAL)
        self._put(self.say(terminal.notice), GOOD)
        self._put("" if terminal.screen in ("shut", "sos") else self.say("SOS: hold 2 s"), DIM)

    def say(self, text: str) -> str:
        """The text in the language of the settings."""
        if self._terminal.settings["language"] == "zh":
            chinese = self._words.chinese(text)
            if chinese != text:
                return chinese
        return text.replace("_", " ")

    def _put(self, text: str, style: bytes) -> None:
        if self._line < 12:
            self._display.draw(self._line, text, style, self._words.bits)
            self._line += 1

    def _title(self, text: str) -> None:
        self._put(" " + self.say(text), TITLE)

    def _choice(self, texts: list) -> None:
        chosen = self._terminal.line
        first = max(0, min(chosen - 3, len(texts) - _ROWS))
        for i in range(first, min(len(texts), first + _ROWS)):
            self._put(" " + self.say(texts[i]), CHOSEN if i == chosen else NORMAL)

    def _digits(self, hidden: bool, length: int) -> None:
        digits = ["_" if digit is None else str(digit) for digit in self._terminal.digits]
        if hidden:
            digits[:-1] = ["*"] * (len(digits) - 1)
        digits += ["_"] * (length - len(digits))
        self._put("", NORMAL)
        self._put("   " + " ".join(digits), NORMAL)

    def _pin(self, now_ms: int) -> None:
        pin = self._terminal.pin
        self._title("locked" if self._terminal.locked else "log on")
        if pin.wait_ms(now_ms):
            self._put(" %s %d s" % (self.say("wait"), pin.wait_ms(now_ms) // 1000 + 1), ALARM)
        elif pin.digits:
            self._put(" " + self.say("PIN: up, down, OK"), NORMAL)
            self._digits(True, pin.digits)

    def _menu(self, _now_ms: int) -> None:
        terminal = self._terminal
        self._title("on duty" if terminal.shift.duty else "off duty")
        texts = [self.say(text) for text in MENU]
        texts[0] += " %d" % len(terminal.tasks.entries)
        if terminal.shift.patrol:
            texts[2] += " *"
        self._choice(texts)

    def _tasks(self, _now_ms: int) -> None:
        self._title("tasks")
        entries = self._terminal.tasks.entries
        if not entries:
            self._put(" " + self.say("none"), DIM)
        first = max(0, min(self._terminal.line - 3, len(entries) - _ROWS))
        for i in range(first, min(len(entries), first + _ROWS)):
            task = self._terminal.tasks.read(entries[i]) or {"kind": "?", "place": ""}
            text = "%s%s %s" % (" " if entries[i].seen else "*", self.say(task["kind"]), task["place"])
            style = ALARM if entries[i].order[0] == 0 else NORMAL
            self._put(text, CHOSEN if i == self._terminal.line else style)

    def _task(self, _now_ms: int) -> None:
        terminal = self._terminal
        entry = terminal.open_task()
        task = terminal.tasks.read(entry) if entry else None
        if task is None:
            return
        self._title(task["kind"])
        deadline = task["deadline_ms"]
        due = "" if deadline is None else " " + self.say("by") + " " + self.clock(deadline)
        self._put(self.say(task["severity"]) + due, ALARM if entry.order[0] < 2 else NORMAL)
        self._put(self.say(task["state"]), DIM)
        self._put(task["place"], NORMAL)
        lines = wrapped(task["text"])
        terminal.count = max(1, len(lines) - _TEXT_ROWS + 1)
        for line in lines[terminal.line : terminal.line + _TEXT_ROWS]:
            self._put(line, NORMAL)

    def _step(self, _now_ms: int) -> None:
        self._title("what now?")
        self._choice(self._terminal.steps())

    def _note(self, _now_ms: int) -> None:
        self._title(self._terminal.chosen["step"])
        self._choice(self._terminal.settings["notes"])

    def _kind(self, _now_ms: int) -> None:
        self._title("what?")
        self._choice([text for _, text in self._terminal.settings["kinds"]])

    def _place(self, _now_ms: int) -> None:
        self._title("where?")
        self._choice([text for _, text in self._terminal.settings["places"]])

    def _urgency(self, _now_ms: int) -> None:
        self._title("how urgent?")
        self._choice(URGENCIES)

    def _photo(self, _now_ms: int) -> None:
        self._title("photo")
        self._put(" " + self.say("number, blank for none"), NORMAL)
        self._digits(False, 4)

    def _send(self, _now_ms: int) -> None:
        chosen = self._terminal.chosen
        self._title("send?")
        for list_name, name in (("kinds", "kind"), ("places", "place")):
            for code, text in self._terminal.settings[list_name]:
                if code == chosen[name]:
                    self._put(" " + self.say(text), NORMAL)
        self._put(" " + self.say(chosen["urgency"]), NORMAL)
        self._put(" %s %d" % (self.say("photo"), chosen["photo"]), NORMAL)

    def _patrol(self, _now_ms: int) -> None:
        shift = self._terminal.shift
        self._title("patrol")
        self._put(" " + self.say("OK: finish" if shift.patrol else "OK: start"), CHOSEN)
        self._put(" %d m" % shift.length_m, NORMAL)
        self._put(" %d %s" % (shift.count, self.say("points")), NORMAL)
        if self._terminal.position()[0] is None:
            self._put(" " + self.say("no position"), ALARM)

    def _sos(self, _now_ms: int) -> None:
        terminal = self._terminal
        sent = terminal.shift.sos and not terminal.reports.holds(terminal.shift.sos)
        self._put("", ALARM)
        self._put("             SOS", ALARM)
        self._put("", ALARM)
        self._put(" " + self.say("the centre has it" if sent else "waiting for the link"), ALARM)
        self._put("", NORMAL)
        self._put(" " + self.say("hold back 3 s to cancel"), NORMAL)

    def _shut(self, _now_ms: int) -> None:
        self._title("revoked")

    def clock(self, utc_ms: int) -> str:
        """Hours and minutes on the worker's wall."""
        minutes = utc_ms // 60000 + self._terminal.settings["tz_min"]
        return "%02d:%02d" % (minutes // 60 % 24, minutes % 60)
