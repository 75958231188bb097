"""The worker's tasks: sealed on flash one by one; in memory only what it takes to sort them."""

import json

from firmware.device import const

MAX = const(20)
_GONE_MAX = const(16)
_LAST = const(1 << 62)  # a task without a deadline
RANKS = ("critical", "major", "minor", "warning")  # of domain severities; another one comes last
# what a worker may do next -> the report and the task's state then
STEPS = {
    "offered": ("accepted", "declined"),
    "accepted": ("on_the_way", "on_site"),
    "on_the_way": ("on_site",),
    "on_site": ("done",),
}


def rank(severity: str) -> int:
    """0 for the worst."""
    return RANKS.index(severity) if severity in RANKS else len(RANKS)


class Entry:
    """Sorted by severity, deadline and id."""

    def __init__(self, task: dict, slot: str, seen: bool) -> None:
        self.id = task["id"]
        self.revision = task["revision"]
        self.state = task["state"]
        self.slot = slot
        self.seen = seen
        deadline = task.get("deadline_ms")
        self.order = (rank(task["severity"]), _LAST if deadline is None else deadline, self.id)


class TaskList:
    """Empty while the vault is closed."""

    def __init__(self, vault) -> None:
        self._vault = vault
        self.entries: list = []
        self.loaded = False
        self._gone: list = []  # [id, revision] of what was taken off: an older message does not bring it back

    def load(self) -> None:
        """Read what the vault holds; what it cannot open is thrown away, the gateway has it."""
        self.close()
        for name in self._vault.names():
            plain = self._vault.read(name)
            if plain is None:
                self._vault.remove(name)
            elif name == "gone":
                self._gone = json.loads(plain)
            else:
                task = json.loads(plain)
                self.entries.append(Entry(task, name, task["seen"]))
        self._sort()
        self.loaded = True

    def close(self) -> None:
        """Nothing of the tasks stays in memory."""
        self.entries, self._gone = [], []
        self.loaded = False

    def take(self, task: dict) -> str:
        """A checked task: "new", "changed", "gone", or "" where it says nothing new or there is no room."""
        entry = self.find(task["id"])
        if task["revision"] <= (entry.revision if entry else self._gone_at(task["id"])):
            return ""
        if task["state"] in ("withdrawn", "done"):
            self._drop(entry, task["id"], task["revision"])
            return "gone" if entry else ""
        if entry is None and len(self.entries) >= MAX:
            return ""
        self._keep(entry, task, False)
        return "changed" if entry else "new"

    def read(self, entry) -> dict | None:
        """All of a task; None where its record is broken."""
        plain = self._vault.read(entry.slot)
        return None if plain is None else json.loads(plain)

    def seen(self, entry) -> None:
        """The worker has looked at it. Raises OSError."""
        task = None if entry is None or entry.seen else self.read(entry)
        if task is not None:
            self._keep(entry, task, True)

    def moved(self, entry, state: str) -> None:
        """The worker's own step; the gateway's next revision overrules it."""
        task = self.read(entry)
        if state in ("done", "declined") or task is None:
            self._drop(entry, entry.id, entry.revision)
            return
        task["state"] = state
        self._keep(entry, task, True)

    def find(self, id: str):
        """The entry of a task, None where it is not on the list."""
        for entry in self.entries:
            if entry.id == id:
                return entry
        return None

    def loudest(self) -> str:
        """The severity that the buzzer calls out: of the worst task nobody has looked at; "" for none."""
        for entry in self.entries:
            if not entry.seen:
                return RANKS[min(entry.order[0], len(RANKS) - 1)]
        return ""

    def _keep(self, entry, task: dict, seen: bool) -> None:
        slot = entry.slot if entry else self._free_slot()
        kept = {
            name: task.get(name)
            for name in ("id", "revision", "kind", "severity", "place", "text", "state", "deadline_ms")
        }
        kept["seen"] = seen
        self._vault.write(slot, json.dumps(kept).encode())
        if entry:
            self.entries.remove(entry)
        self.entries.append(Entry(kept, slot, seen))
        self._sort()

    def _drop(self, entry, id: str, revision: int) -> None:
        self._gone = [pair for pair in self._gone if pair[0] != id][1 - _GONE_MAX :] + [[id, revision]]
        self._vault.write("gone", json.dumps(self._gone).encode())
        if entry:
            self._vault.remove(entry.slot)
            self.entries.remove(entry)

    def _gone_at(self, id: str) -> int:
        for gone, revision in self._gone:
            if gone == id:
                return revision
        return -1

    def _free_slot(self) -> str:
        used = [entry.slot for entry in self.entries]
        return next(slot for slot in ["t%d" % i for i in range(MAX)] if slot not in used)

    def _sort(self) -> None:
        self.entries.sort(key=lambda entry: entry.order)
