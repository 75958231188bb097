"""What the gateway orders: each id is carried out once and answered, and only answered when it comes again."""

from firmware.device import const
from firmware.device.kept import load, save
from firmware.device.log import say
from protocol import commands

_REMEMBERED = const(4)  # answers of up to a kilobyte and a half, in RAM
_SHORT = const(256)  # a longer answer is forgotten when it has arrived: its command only reads
_AFTER_RESTART = const("/answered.json")  # of the order that made this endpoint restart


class Orders:
    """`table`: command -> callable(command) -> data of its answer; it raises ValueError to say no.

    An answer is owed until the broker has it, over as many connections as that takes.
    """

    def __init__(self, table: dict) -> None:
        self._table = table
        self._answers: list = []  # (id, payload), the newest last
        self._owed: list = []  # ids
        self._sent: list = []  # ids that are on their way
        self.after: dict = {}  # id -> what to do when its answer has arrived
        last = load(_AFTER_RESTART)
        if "id" in last:
            self._answers.append((last["id"], commands.encode_answer(last["id"], True, last["data"])))

    def take(self, command: dict) -> None:
        """A command that is not the clock."""
        asked = command["id"]
        if not any([known == asked for known, _ in self._answers]):
            self._carry_out(asked, command)
        if asked not in self._owed:
            self._owed.append(asked)

    def _carry_out(self, id: str, command: dict) -> None:
        work = self._table.get(command["cmd"])
        say("command:", command["cmd"])
        if work is None:
            self._remember(id, False, {"error": "此终端不支持 / not for this kind of endpoint: " + command["cmd"]})
            return
        try:
            self._remember(id, True, work(command))
        except (ValueError, OSError) as error:
            self._remember(id, False, {"error": str(error)})

    def answer(self, id: str, ok: bool, data: dict) -> None:
        """An answer to something else than a command: settings."""
        self._answers = [held for held in self._answers if held[0] != id]
        self._remember(id, ok, data)
        if id not in self._owed:
            self._owed.append(id)

    def restart_after(self, command: dict, restart) -> dict:
        """`restart()` once the answer has arrived; the same id does not restart the endpoint again."""
        data = {"state": "restarting"}
        save(_AFTER_RESTART, {"id": command["id"], "data": data})
        self.after[command["id"]] = restart
        return data

    def _remember(self, id: str, ok: bool, data: dict) -> None:
        self._answers.append((id, commands.encode_answer(id, ok, data)))
        while len(self._answers) > _REMEMBERED:
            gone, _ = self._answers.pop(0)
            if gone in self._owed:
                self._owed.remove(gone)

    def next_message(self) -> tuple | None:
        """(kind, payload, id) of the next answer."""
        for asked, payload in self._answers:
            if asked in self._owed and asked not in self._sent:
                self._sent.append(asked)
                return "answer", payload, asked
        return None

    def delivered(self, id: str) -> None:
        """The broker has this answer."""
        if id in self._sent:
            self._sent.remove(id)
            self._owed.remove(id)
        self._answers = [held for held in self._answers if held[0] != id or len(held[1]) <= _SHORT]
        after = self.after.pop(id, None)
        if after is not None:
            after()

    def went_offline(self) -> None:
        """Nothing that was sent may be trusted to have arrived."""
        self._sent = []
