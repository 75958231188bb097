"""How far one endpoint is in a rollout, as a table. Only its own word makes it good. Pure."""

from __future__ import annotations

from enum import StrEnum


class Progress(StrEnum):
    """Where one endpoint is."""

    QUEUED = "queued"  # its wave is not open yet
    WAITING = "waiting"  # its turn has come: it sleeps, has an alarm, or others are being updated
    ORDERED = "ordered"  # told to; it has said nothing
    FETCHING = "fetching"
    RESTARTING = "restarting"  # the new program is on trial
    GOOD = "good"  # it says itself that the trial is over
    REFUSED = "refused"
    ROLLED_BACK = "rolled_back"
    LOST = "lost"  # it said nothing for too long after it was told to
    CURRENT = "current"  # it ran this version before anybody asked
    UNSUITABLE = "unsuitable"  # of this kind, but another board


class Word(StrEnum):
    """What moves it."""

    OPEN = "open"  # its wave begins
    ORDER = "order"
    FETCH = "fetch"
    RESTART = "restart"
    GOOD = "good"
    REFUSE = "refuse"
    WRONG_BOARD = "wrong_board"
    ROLL_BACK = "roll_back"
    SILENCE = "silence"
    RETRY = "retry"
    RUNS = "runs"  # its status shows the version, and nobody had told it to


_ANSWERS = {
    Word.FETCH: Progress.FETCHING,
    Word.RESTART: Progress.RESTARTING,
    Word.GOOD: Progress.GOOD,
    Word.REFUSE: Progress.REFUSED,
    Word.WRONG_BOARD: Progress.UNSUITABLE,
    Word.ROLL_BACK: Progress.ROLLED_BACK,
}
UNDER_WAY = (Progress.ORDERED, Progress.FETCHING, Progress.RESTARTING)
FAILED = (Progress.REFUSED, Progress.ROLLED_BACK, Progress.LOST)
OVER = (Progress.GOOD, Progress.CURRENT, Progress.UNSUITABLE, *FAILED)

# A pair that is not here is refused and changes nothing: an answer to an order that is over, for instance.
MOVES: dict[tuple[Progress, Word], Progress] = {
    (Progress.QUEUED, Word.OPEN): Progress.WAITING,
    (Progress.QUEUED, Word.RUNS): Progress.CURRENT,
    (Progress.WAITING, Word.RUNS): Progress.CURRENT,
    (Progress.WAITING, Word.ORDER): Progress.ORDERED,
    **{(at, Word.SILENCE): Progress.LOST for at in UNDER_WAY},
    # one that was lost and speaks is not lost
    **{(at, word): to for at in (*UNDER_WAY, Progress.LOST) for word, to in _ANSWERS.items()},
    **{(at, Word.RETRY): Progress.WAITING for at in FAILED},
}


def move(at: Progress, word: Word) -> Progress | None:
    """Where it is afterwards; None where the pair is not in the table, and nothing changes."""
    return MOVES.get((at, word))
