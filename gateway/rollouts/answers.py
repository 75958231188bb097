"""What an endpoint's answer to an update means."""

from __future__ import annotations

from typing import Any

from domain.rollouts.progress import Word

_STATES = {"fetching": Word.FETCH, "restarting": Word.RESTART, "good": Word.GOOD}
# what an endpoint says, in part (firmware/device/update.py, update_check.py)
_RUNS_ALREADY = "this version runs already"
_OTHER_BOARD = "not for this board"


def word_of(ok: bool, data: dict[str, Any]) -> tuple[Word | None, str]:
    """What an endpoint's answer to an update means, and its reason."""
    if ok:
        return _STATES.get(str(data.get("state"))), ""
    error = str(data.get("error", ""))[:300]
    if _RUNS_ALREADY in error:
        return Word.GOOD, ""  # the answer that said so was lost
    if _OTHER_BOARD in error:
        return Word.WRONG_BOARD, error
    return (Word.ROLL_BACK if data.get("state") == "rolled_back" else Word.REFUSE), error
