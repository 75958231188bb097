"""The stage of an incident, the cloud's truth: every move of people, as tables."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """Where people are with it: 上报 受理 派遣 处置 反馈 核查 结案 评价, or 作废."""

    REPORTED = "reported"
    ACCEPTED = "accepted"
    DISPATCHED = "dispatched"
    HANDLING = "handling"
    FED_BACK = "fed_back"
    VERIFIED = "verified"
    CLOSED = "closed"
    EVALUATED = "evaluated"
    VOID = "void"


WORKED = (Stage.ACCEPTED, Stage.DISPATCHED, Stage.HANDLING)  # somebody has it and it is not done
JOINABLE = (Stage.REPORTED, *WORKED)  # takes a new cause in; later that deserves its own whistle
OVER = (Stage.CLOSED, Stage.EVALUATED, Stage.VOID)  # off the board


class Move(StrEnum):
    """What a person does to an incident."""

    ACCEPT = "accept"
    DISPATCH = "dispatch"
    START_HANDLING = "start_handling"  # 处置: somebody is on the spot and works on it
    FEED_BACK = "feed_back"
    VERIFY = "verify"
    CLOSE = "close"
    EVALUATE = "evaluate"  # 评价: what the reporter says when called back
    REWORK = "rework"  # 返工: verified on the spot and not solved
    RETURN = "return"  # 退单: wrongly dispatched
    TRANSFER_UP = "transfer_up"  # 上呈: this tier cannot solve it
    REOPEN = "reopen"
    VOID = "void"  # 作废: there was nothing, or it is not ours
    # beside the stage
    SUSPEND = "suspend"  # 挂账: nothing can be done until something else happens
    RESUME = "resume"
    EXTEND = "extend"  # 延期
    ASK = "ask"  # 协办: joint handling by departments
    REPLY = "reply"  # a department says what it did
    DECLINE = "decline"  # a department says that it is not its matter
    RELEASE = "release"  # the centre does without a department
    MERGE = "merge"  # the same thing told twice
    SPLIT = "split"
    LINK = "link"
    UNLINK = "unlink"


# Every change of stage, the sensible move of a stage first. A pair in neither table is refused and changes nothing.
STAGE_MOVES: dict[tuple[Stage, Move], Stage] = {
    (Stage.REPORTED, Move.ACCEPT): Stage.ACCEPTED,
    (Stage.REPORTED, Move.VOID): Stage.VOID,
    (Stage.ACCEPTED, Move.DISPATCH): Stage.DISPATCHED,
    (Stage.ACCEPTED, Move.START_HANDLING): Stage.HANDLING,  # 自巡自办: who accepted it is there himself
    (Stage.ACCEPTED, Move.FEED_BACK): Stage.FED_BACK,  # 自巡自办: who accepted it also solved it
    (Stage.ACCEPTED, Move.TRANSFER_UP): Stage.REPORTED,
    (Stage.ACCEPTED, Move.VOID): Stage.VOID,
    (Stage.DISPATCHED, Move.FEED_BACK): Stage.FED_BACK,
    (Stage.DISPATCHED, Move.START_HANDLING): Stage.HANDLING,
    (Stage.DISPATCHED, Move.RETURN): Stage.ACCEPTED,
    (Stage.DISPATCHED, Move.TRANSFER_UP): Stage.REPORTED,
    (Stage.DISPATCHED, Move.VOID): Stage.VOID,
    (Stage.HANDLING, Move.FEED_BACK): Stage.FED_BACK,
    (Stage.HANDLING, Move.RETURN): Stage.ACCEPTED,
    (Stage.HANDLING, Move.TRANSFER_UP): Stage.REPORTED,
    (Stage.HANDLING, Move.VOID): Stage.VOID,
    (Stage.FED_BACK, Move.VERIFY): Stage.VERIFIED,
    (Stage.FED_BACK, Move.REWORK): Stage.DISPATCHED,
    (Stage.FED_BACK, Move.REOPEN): Stage.REPORTED,  # active again after it was said to be over
    (Stage.VERIFIED, Move.CLOSE): Stage.CLOSED,
    (Stage.VERIFIED, Move.REOPEN): Stage.REPORTED,
    (Stage.CLOSED, Move.EVALUATE): Stage.EVALUATED,
    (Stage.CLOSED, Move.REOPEN): Stage.REPORTED,
    (Stage.EVALUATED, Move.REOPEN): Stage.REPORTED,
    (Stage.VOID, Move.REOPEN): Stage.REPORTED,
}

# What people do beside the stage, and at which stages; the stage stays.
# A split goes back to the stage from before the merge.
BESIDE: dict[Move, tuple[Stage, ...]] = {
    Move.SUSPEND: WORKED,
    Move.RESUME: WORKED,
    Move.EXTEND: WORKED,
    Move.ASK: WORKED,
    **dict.fromkeys((Move.REPLY, Move.DECLINE, Move.RELEASE), (*JOINABLE, Stage.FED_BACK, Stage.VERIFIED)),
    Move.MERGE: JOINABLE,
    Move.SPLIT: tuple(Stage),
    Move.LINK: tuple(Stage),
    Move.UNLINK: tuple(Stage),
}

# Hand-overs are recorded, nobody can silently pass it on (首问责任制)
NEEDS_REASON = frozenset(
    {
        Move.REWORK, Move.RETURN, Move.REOPEN, Move.TRANSFER_UP, Move.VOID, Move.SUSPEND, Move.EXTEND,
        Move.ASK, Move.REPLY, Move.DECLINE, Move.RELEASE, Move.MERGE, Move.SPLIT,
    }
)  # fmt: skip
# Danger is neither declared void, nor put aside, nor given more time
NEVER_IN_DANGER = frozenset({Move.VOID, Move.SUSPEND, Move.EXTEND})
