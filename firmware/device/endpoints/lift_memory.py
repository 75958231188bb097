"""What a lift endpoint must not forget when its power goes: the latch, and the last test call."""

import json
import os


class Memory:
    """A small file, written on change only. `state`: {"trapped": bool, "called_ms": UTC or None, "answered": bool}."""

    def __init__(self, path: str, faults: dict) -> None:
        self._path = path
        self._faults = faults
        self.state = _read(path) or _read(path + ".new") or {"trapped": False, "called_ms": None, "answered": None}

    def keep(self, name: str, value) -> None:
        """Durable on return, unless the flash fails; then it is a fault, and true until the power goes."""
        if self.state.get(name) == value:
            return
        self.state[name] = value
        try:
            with open(self._path + ".new", "w") as file:
                json.dump(self.state, file)
            os.rename(self._path + ".new", self._path)  # atomic on littlefs
        except OSError as error:
            self._faults["flash"] = "write_failed"
            print("flash:", error)


def _read(path: str) -> dict | None:
    try:
        with open(path) as file:
            state = json.load(file)
    except (OSError, ValueError):
        return None
    return state if isinstance(state, dict) and isinstance(state.get("trapped"), bool) else None
