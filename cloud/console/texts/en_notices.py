"""English: who was told, by what, and what became of it."""

from __future__ import annotations

NOTICES: dict[str, str] = {
    "inc.notices": "Who was told",
    "inc.notices.none": "Nobody has been told yet.",
    "inc.notices.attempts": "tried {n} times",
    "inc.notices.failed": (
        "Some notices did not arrive: telephone these people, and ask the administrator to look at the channel."
    ),
    "notice.owed": "waiting",
    "notice.unseen": "until the next log-in",
    "notice.sent": "sent",
    "notice.delivered": "delivered",
    "notice.failed": "failed, is tried again",
    "notice.given_up": "failed, given up",
    "notice.withdrawn": "withdrawn",
    "by.console": "page",
    "by.handheld": "handheld",
    "unsaid.settled": "somebody has it, or it is over",
    "unsaid.newer": "a newer notice took its place",
    "unsaid.off_duty": "no longer on duty",
    "unsaid.quiet": "quiet hours, it goes later",
    "unsaid.storm": "many incidents, it goes later as one message",
    "unsaid.not_received": "the terminal has not taken it yet",
    "why.called": "as the centre called",
}
