"""What the screens of the terminal have in common: lines to choose from, digits to turn, and the form of a report."""

from firmware.device import const

MENU = ("tasks", "report", "patrol", "duty", "leave")
URGENCIES = ("normal", "urgent", "danger")
_PHOTO_DIGITS = const(4)


class Form:
    """Its methods are actions of handheld_table; one that returns a text has found out that event."""

    def __init__(self, settings: dict, reports, position) -> None:
        self.settings = settings
        self.reports = reports
        self.position = position
        self.line = self.count = 0  # which line is chosen, of how many
        self.digits: list = [0]
        self.chosen: dict = {}  # what the worker is putting together
        self.notice = ""  # what the last key led to; gone with the next one

    def up(self) -> None:
        """The line above, or text that is further up."""
        self.line = max(0, self.line - 1)

    def down(self) -> None:
        """The line below; not beyond the last."""
        self.line = max(0, min(self.count - 1, self.line + 1))

    def list(self, count: int) -> None:
        """So many lines from here on."""
        self.line, self.count = 0, count

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

    def typed(self) -> str:
        """The digits so far."""
        return "".join([str(digit) for digit in self.digits if digit is not None])

    def clear_pin(self) -> None:
        """No digit stays on the screen."""
        self.digits = [0]

    def list_kinds(self) -> None:
        """What has the worker found?"""
        self.chosen = {}
        self.list(len(self.settings["kinds"]))

    def list_places(self) -> None:
        """Where?"""
        if "kind" not in self.chosen:
            self.chosen["kind"] = self.settings["kinds"][self.line][0]
        self.chosen.pop("place", None)
        self.list(len(self.settings["places"]))

    def list_urgencies(self) -> None:
        """How urgent?"""
        if "place" not in self.chosen:
            self.chosen["place"] = self.settings["places"][self.line][0]
        self.chosen.pop("urgency", None)
        self.list(len(URGENCIES))

    def start_photo(self) -> None:
        """The number of a photo that was taken with a camera; none where no digit is given."""
        if "urgency" not in self.chosen:
            self.chosen["urgency"] = URGENCIES[self.line]
        self.digits = [None]
        self.list(0)

    def next_photo_digit(self) -> str:
        """On to the next one; a blank one ends the number."""
        if self.digits[-1] is not None and len(self.digits) < _PHOTO_DIGITS:
            self.digits.append(None)
            return ""
        self.chosen["photo"] = int(self.typed() or "0")
        return "right"

    def send_report(self) -> None:
        """Durable on return, and sent when there is a link. Raises OSError."""
        position = self.position()
        self.reports.put("found", lat_udeg=position[0], lon_udeg=position[1], **self.chosen)
        self.kept()

    def kept(self) -> None:
        """Back to the menu, with nothing half done."""
        self.chosen = {}
        self.clear_pin()
        self.list(len(MENU))
        self.notice = "Kept, will be sent"
