"""The worker's tasks: sealed on flash one by one; in memory only what it takes to sort them."""

import json

from firmware.device import const

_MAX = const(20)
_GONE_MAX = const(16)
_LAST = const(1 << 62)  # a task without a deadline
_RANKS = const(("critical", "major", "minor", "warning"))  # of domain severities; another one comes last
_FIELDS = const(("id", "revision", "kind", "severity", "place", "text", "state", "deadline_ms", "seen"))


class Entry:
    """Sorted by severity, deadline and id."""

    def __init__(self, task: dict, slot: str) -> None:
        self.id = task["id"]
        self.revision = task["revision"]
        self.state = task["state"]
        self.slot = slot
        self.seen = task["seen"]
        severity, deadline = task["severity"], task["deadline_ms"]
        rank = _RANKS.index(severity) if severity in _RANKS else len(_RANKS)
        self.order = (rank, _LAST if deadline is None else deadline, self.id)


class TaskList:
    """Empty while the vault is closed."""

    def __init__(self, vault) -> None:
        self._vault = vault
        self.entries: list = []
        self.loaded = False
        self._gone: list = []  # [id, revision] of what was taken off: an older message does not bring it back

    def load(self) -> None:
        """Read what the vault holds; what it cannot open is thrown away, the gateway has it."""
        self.forget()
        for name in self._vault.names():
            data = self._vault.read(name)
            if data is None:
                self._vault.remove(name)
            elif name == "gone":
                self._gone = json.loads(data)
            else:
                self._add(json.loads(data), name)
        self.loaded = True

    def forget(self) -> None:
        """Nothing of the tasks stays in memory."""
        self.entries, self._gone = [], []
        self.loaded = False

    def take(self, task: dict) -> str:
        """A checked task: "new", "changed", "gone", or "" where it says nothing new or there is no room."""
        entry = self.find(task["id"])
        known = [entry.revision] if entry else [gone[1] for gone in self._gone if gone[0] == task["id"]]
        if known and task["revision"] <= known[0]:
            return ""
        if task["state"] in ("withdrawn", "done"):
            self._drop(entry, task["id"], task["revision"])
            return "gone" if entry else ""
        if entry is None and len(self.entries) >= _MAX:
            return ""
        self._keep(entry, dict(task, seen=False))
        return "changed" if entry else "new"

    def read(self, entry) -> dict | None:
        """All of a task; None where its record is broken."""
        data = self._vault.read(entry.slot) if entry else None
        return None if data is None else json.loads(data)

    def moved(self, entry, state: str) -> None:
        """The worker has looked at it, or took a step; the gateway's next revision overrules it. Raises OSError."""
        task = self.read(entry)
        if task is None or state in ("done", "declined"):
            self._drop(entry, entry.id, entry.revision)
        elif not entry.seen or state != entry.state:
            self._keep(entry, dict(task, seen=True, state=state))

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
                return _RANKS[min(entry.order[0], len(_RANKS) - 1)]
        return ""

    def _add(self, task: dict, slot: str) -> None:
        self.entries.append(Entry(task, slot))
        self.entries.sort(key=lambda entry: entry.order)

    def _keep(self, entry, task: dict) -> None:
        used = [held.slot for held in self.entries]
        free = ["t%d" % i for i in range(_MAX) if "t%d" % i not in used]
        slot = entry.slot if entry else free[0]
        kept = {name: task.get(name) for name in _FIELDS}
        self._vault.write(slot, json.dumps(kept).encode())
        if entry:
            self.entries.remove(entry)
        self._add(kept, slot)

    def _drop(self, entry, id: str, revision: int) -> None:
        self._gone = [pair for pair in self._gone if pair[0] != id][1 - _GONE_MAX :] + [[id, revision]]
        self._vault.write("gone", json.dumps(self._gone).encode())
        if entry:
            self._vault.remove(entry.slot)
            self.entries.remove(entry)
