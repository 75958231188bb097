"""English: words of the flow. Keys are the same in every language; tests keep it so."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "inc.department": "Which department",
    "inc.leads": "This department leads",
    "inc.lead": "leads",
    "inc.with": "cooperates",
    "inc.other": "Which one",
    "inc.until": "Until when",
    "inc.grade": "The reporter says",
    "inc.phone": "Told by telephone",
    "inc.joint": "Departments",
    "inc.links": "Linked incidents",
    "inc.paused": "Suspended since {since}: no deadline runs. Resume it once it can go on.",
    "inc.closed": "Closed. Nothing to do.",
    "inc.evaluated": "Closed, and the reporter was called back. Nothing to do.",
    "inc.void": "Void. The record stays; reopen it if there was something after all.",
    "row.paused": "suspended",
    "error.department": "No department was chosen, so nothing has happened. Choose one and press again.",
    "error.other": "No other incident was chosen, so nothing has happened. Choose one and press again.",
    "error.until": "The time is missing or cannot be read, so nothing has happened. Choose one and press again.",
    "error.grade": "Nobody said how satisfied the reporter is, so nothing has happened. Choose one, press again.",
    "error.in-danger": "Lives are still at stake: {move} is not possible. Wait until the place is safe.",
    "error.not-paused": (
        "{move} has not happened: resume what is suspended first; what is not suspended needs no resuming."
    ),
    "error.parts": "Departments have not answered, so it is not closed: {names}. Wait, or release them and say why.",
    "error.part-refused": (
        "{move} has not happened: this department was not asked, or has answered. See the departments."
    ),
    "error.not-theirs": (
        "{move} has not happened: you belong to another department. It answers itself, or the centre does."
    ),
    "error.no-tier-above": "It is at the highest tier already. Solve it here, or ask a department.",
    "error.inside-another": (
        "It is part of another incident: {move} is not possible here. Do it there, or take it apart first."
    ),
    "error.not-mergeable": (
        "These cannot be merged: the same, over, further on, or lives are at stake. Link them instead."
    ),
    "error.not-merged": "It was not merged; there is nothing to take apart.",
    "error.bad-time": "Choose another time: before the deadline, a later one, and at most three times.",
    "error.incomplete": "{move} lacks something: who is not satisfied says with what. Add it and press again.",
    "log.until": "until {time}",
    "log.told_again": "Told again",
    "log.taken_apart": "One taken apart",
    "log.start_handling": "Start handling",
    "log.evaluate": "Evaluate",
    "log.transfer_up": "Pass up",
    "log.void": "Declare void",
    "log.suspend": "Suspend",
    "log.resume": "Resume",
    "log.extend": "Extend",
    "log.ask": "Ask a department",
    "log.reply": "Answer of a department",
    "log.decline": "Decline",
    "log.release": "Release a department",
    "log.merge": "Merge",
    "log.split": "Take apart",
    "log.link": "Link",
    "log.unlink": "Unlink",
    "done.start_handling": "Being handled now.",
    "done.evaluate": "The evaluation is on record.",
    "done.transfer_up": "Passed up: the next tier is being told. You stay informed.",
    "done.void": "Void. The record stays and can be reopened.",
    "done.suspend": "Suspended; deadlines stand still. Resume it once it can go on.",
    "done.resume": "Resumed; deadlines run again.",
    "done.extend": "Extended.",
    "done.ask": "The department has been asked.",
    "done.reply": "The answer is on record.",
    "done.decline": "Declined. The centre now asks another department or releases this one.",
    "done.release": "Released.",
    "done.merge": "Merged. It can be taken apart at any time.",
    "done.split": "Taken apart; each goes its own way.",
    "done.link": "Linked.",
    "done.unlink": "Unlinked.",
}
