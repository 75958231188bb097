"""The terminal's screens as twelve lines of text. English here; the Chinese of each text is in /screen.bin."""

from firmware.device import const
from firmware.device.drivers.screen_file import cut

_ROWS = const(8)  # between the title and the notice
_TEXT_ROWS = const(5)  # of a task's text
# styles of drivers.st7789
_NORMAL, _TITLE, _CHOSEN, _ALARM, _DIM, _GOOD = 0, 1, 2, 3, 4, 5
_TITLES = """
pin log on
tasks tasks
step what now?
note what now?
kind what?
place where?
urgency how urgent?
photo photo
send send?
patrol patrol
shut revoked
"""


class Drawer:
    """`draw` shows what the terminal is at now. `look` is called between lines: a key may not wait for all of them."""

    def __init__(self, display, words, terminal, look) -> None:
        self._display = display
        self._words = words
        self._terminal = terminal
        self._look = look
        self._next = 0

    def draw(self, status: str, now_ms: int) -> None:
        """All lines; those that are there already cost nothing."""
        terminal = self._terminal
        self._next = 0
        self._put(status, _ALARM if terminal.shift.sos else _DIM)
        if terminal.screen not in ("task", "sos"):  # they have heads of their own
            self._put(" " + self.say(self._title(terminal)), _TITLE)
        self._body(terminal, now_ms)
        while self._next < 10:
            self._put("", _NORMAL)
        self._put(self.say(terminal.notice), _GOOD)
        self._put("" if terminal.screen in ("shut", "sos") else self.say("SOS: hold 2 s"), _DIM)

    def say(self, text: str) -> str:
        """The text in the language of the settings."""
        if self._terminal.settings["language"] == "zh":
            chinese = self._words.chinese(text)
            if chinese != text:
                return chinese
        return text.replace("_", " ")

    def clock(self, utc_ms: int) -> str:
        """Hours and minutes on the worker's wall."""
        minutes = utc_ms // 60000 + self._terminal.settings["tz_min"]
        return "%02d:%02d" % (minutes // 60 % 24, minutes % 60)

    def _put(self, text: str, style: int) -> None:
        if self._next < 12:
            if self._display.draw(self._next, text, style, self._words.bits):
                self._look()
            self._next += 1

    def _say(self, text: str, style: int) -> None:
        self._put(" " + self.say(text), style)

    def _title(self, terminal) -> str:
        if terminal.screen == "menu":
            return "on duty" if terminal.shift.duty else "off duty"
        if terminal.locked and terminal.screen == "pin":
            return "locked"
        at = _TITLES.find("\n" + terminal.screen + " ")
        return "" if at < 0 else _TITLES[at + 2 + len(terminal.screen) : _TITLES.find("\n", at + 1)]

    def _body(self, terminal, now_ms: int) -> None:
        screen = terminal.screen
        if screen == "pin":
            self._pin(terminal.pin, now_ms)
        elif screen == "photo":
            self._say("number, blank for none", _NORMAL)
            self._digits(4)
        elif screen in ("tasks", "task", "send", "patrol", "sos"):
            getattr(self, "_" + screen)(terminal)
        elif screen != "shut":
            self._choices(terminal)

    def _choices(self, terminal) -> None:
        texts = [self.say(code if isinstance(code, str) else code[1]) for code in terminal.choices()]
        if terminal.screen == "menu":
            texts[0] += " %d" % len(terminal.tasks.entries)
            texts[2] += " *" if terminal.shift.patrol else ""
        first = max(0, min(terminal.line - 3, len(texts) - _ROWS))
        for i in range(first, min(len(texts), first + _ROWS)):
            self._put(" " + texts[i], _CHOSEN if i == terminal.line else _NORMAL)

    def _digits(self, length: int) -> None:
        terminal = self._terminal
        digits = ["_" if digit is None else str(digit) for digit in terminal.digits]
        if terminal.screen == "pin":
            digits[:-1] = ["*"] * (len(digits) - 1)
        self._put("", _NORMAL)
        self._put("   " + " ".join(digits + ["_"] * (length - len(digits))), _NORMAL)

    def _pin(self, pin, now_ms: int) -> None:
        if pin.wait_ms(now_ms):
            self._put(" %s %d s" % (self.say("wait"), pin.wait_ms(now_ms) // 1000 + 1), _ALARM)
        elif pin.pin:
            self._say("PIN: up, down, OK", _NORMAL)
            self._digits(pin.pin["digits"])

    def _tasks(self, terminal) -> None:
        entries = terminal.tasks.entries
        if not entries:
            self._say("none", _DIM)
        first = max(0, min(terminal.line - 3, len(entries) - _ROWS))
        for i in range(first, min(len(entries), first + _ROWS)):
            task = terminal.tasks.read(entries[i]) or {"kind": "?", "place": ""}
            text = ("" if entries[i].seen else "*") + self.say(task["kind"]) + " " + task["place"]
            style = _NORMAL if entries[i].order[0] else _ALARM
            self._put(text, _CHOSEN if i == terminal.line else style)

    def _task(self, terminal) -> None:
        entry = terminal.tasks.find(terminal.chosen["task"])
        task = terminal.tasks.read(entry)
        if task is None:
            return
        self._say(task["kind"], _TITLE)
        due = "" if task["deadline_ms"] is None else " " + self.say("by") + " " + self.clock(task["deadline_ms"])
        self._put(self.say(task["severity"]) + due, _ALARM if entry.order[0] < 2 else _NORMAL)
        self._put(self.say(task["state"]), _DIM)
        self._put(task["place"], _NORMAL)
        data, row = task["text"].encode(), 0
        while data:
            fitting = cut(data)
            if terminal.line <= row < terminal.line + _TEXT_ROWS:
                self._put(data[:fitting].decode(), _NORMAL)
            data = data[fitting:]
            row += 1
        terminal.count = max(1, row - _TEXT_ROWS + 1)

    def _send(self, terminal) -> None:
        for name in ("kind", "place"):
            for code, text in terminal.settings[name + "s"]:
                if code == terminal.chosen[name]:
                    self._say(text, _NORMAL)
        self._say(terminal.chosen["urgency"], _NORMAL)
        self._put(" %s %d" % (self.say("photo"), terminal.chosen["photo"]), _NORMAL)

    def _patrol(self, terminal) -> None:
        self._say("OK: finish" if terminal.shift.patrol else "OK: start", _CHOSEN)
        self._put(" %d m" % terminal.shift.length, _NORMAL)
        self._put(" %d %s" % (terminal.shift.count, self.say("points")), _NORMAL)
        if terminal.position()[0] is None:
            self._say("no position", _ALARM)

    def _sos(self, terminal) -> None:
        for text in ("", "            SOS", "", "the centre has it" if terminal.heard else "waiting for the link"):
            self._say(text, _ALARM)
        self._put("", _NORMAL)
        self._say("hold back 3 s to cancel", _NORMAL)
