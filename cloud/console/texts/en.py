"""English: the sentences. Keys are the same in every language; tests keep it so."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    # frame
    "site.name": "Gridwhistle",
    "site.centre": "Command centre",
    "page.board": "Board",
    "page.incident": "Incident",
    "page.operator": "Who is on duty",
    "list.sep": ", ",
    "skip": "Skip to the main content",
    "nav.back": "Back to the board",
    "lang.other": "中文",
    "lang.switch": "Language",
    "theme.day": "Day",
    "theme.night": "Night",
    "theme.to_day": "Switch to day colours",
    "theme.to_night": "Switch to night colours",
    "clock.label": "Local time",
    "clock.replay": "Replay ×{speed}",
    "parts.missing": (
        "The browser parts are not installed, so this page does not update by itself. "
        "Run python scripts/vendor.py, then open the page again."
    ),
    "noscript": "Scripts are off: the picture is renewed every 15 s and there is no sound. Please turn scripts on.",
    # connection
    "live.on": "Live",
    "live.wait": "Connecting",
    "live.off": "Connection lost",
    "live.lost": "Connection lost — the picture stopped at {at}",
    "live.ago": "{age} ago",
    "live.act": (
        "New incidents are not visible now: phone the grid workers on duty. Reconnecting by itself; no need to reload."
    ),
    # sound
    "sound.enable": "Click to enable sound",
    "sound.why": "The browser wants one click before a fire alarm may sound.",
    "sound.locked": "Sound not enabled",
    "sound.on": "Sound enabled",
    "sound.ringing": "Sounding",
    "sound.silenced": "Silenced",
    "sound.silence": "Silence",
    "sound.silence.hint": "Stops this alarm only; a new fire sounds again",
    "sound.test": "Test",
    "sound.label": "Alarm sound",
    # operator
    "operator.who": "Who are you?",
    "operator.none": "No name chosen",
    "operator.choose": "Choose a name",
    "operator.change": "Change",
    "operator.why": "Everything you do is logged under this name. Choose once; change it when the shift changes.",
    "operator.needed": (
        "You have not chosen your name, so nothing was done: the log must say who acted. "
        "Choose your name first, then press again."
    ),
    # headline
    "head.quiet": "All quiet",
    "head.quiet.text": "No open fire, entrapment or call for help",
    "head.fire": "Fires: {n}",
    "head.life": "Lives at stake: {n}",
    "head.free": "not accepted: {n}",
    "head.burning": "still going on: {n}",
    "head.taken": "all accepted",
    "head.worst": "Most urgent",
    "head.other": "Other open: {n}",
    "head.overdue": "overdue: {n}",
    "head.go": "Show",
    "head.shelved": "Shelved: {n}",
    "head.shelved.text": "Nothing of life safety is open, but somebody keeps such alarms back: that place is silent",
    "head.unsure": "Not all visible",
    "head.unsure.text": (
        "No open fire, entrapment or call for help, but a gateway is out of contact: "
        "what happens there is not visible now"
    ),
    # board
    "board.fire": "Life safety",
    "board.fire.none": "No open fire, entrapment or call for help",
    "board.rest": "Other incidents · by deadline",
    "board.rest.none": "No other open incident",
    "board.sure": "{online} of {all} gateways online, last contact {age} ago",
    "board.sure.none": "No gateway has reported: this quiet means nothing. Check the gateways.",
    "board.gateways": "Gateways and endpoints",
    "board.gateways.none": "No gateway has reported yet",
    "board.closed": "Recently closed",
    "board.closed.none": "Nothing closed yet",
    "board.members": "Places: {n}",
    "board.grouped": "Inside it: {n}",
    "board.more": "and {n} more",
    "board.open": "Open",
    "row.since": "Since",
    "row.lasting": "Lasting",
    "row.stage": "Stage",
    "row.tiers": "Told to",
    "row.tier.on": "told",
    "row.tier.off": "not told",
    "row.holder": "With",
    "row.holder.none": "Nobody yet",
    "row.due": "Deadline",
    "row.due.none": "No deadline now",
    "row.left": "left",
    "row.overdue": "Overdue",
    "row.next": "Next by itself",
    "row.next.none": "No further escalation",
    "row.at": "{at}",
    "row.in": "from now",
    "row.signals": "Because of",
    "row.cleared_at": "Cleared at",
    "row.closed": "Closed",
    "gateway.seen": "Last contact",
    "gateway.never": "Never in contact",
    "gateway.outbox": "to send: {n}",
    "gateway.quarantine": "quarantined: {n}",
    "gateway.dropped": "{n} readings given up: its disk was full. Free space.",
    "gateway.torn": "Database unreadable {n} times: history has gaps. Check the disk.",
    "gateway.shelved": "Shelved",
    "gateway.shelved.all": "all but life safety",
    "gateway.shelved.waiting": "{n} kept back now",
    "gateway.shelved.until": "until",
    "gateway.failures": "Inner tasks restarted {n} times: see its log.",
    "gateway.endpoints": "endpoints: {n}",
    "age.ago": "ago",
    # incident
    "inc.what": "What",
    "inc.where": "Where",
    "inc.grid": "Grid",
    "inc.device": "Endpoint",
    "inc.id": "Number",
    "inc.now": "What to do now",
    "inc.more": "Other actions",
    "inc.who": "Who has it",
    "inc.next": "What happens next",
    "inc.next.none": "No automatic step is planned.",
    "inc.next.past": "Past steps: {n}",
    "inc.readings": "Readings around the breach",
    "inc.signals": "Why it was raised",
    "inc.plot.none": (
        "There are no readings for this time. The endpoint may have no clock, be offline, or its history "
        "has not arrived yet; the reasons below still hold."
    ),
    "inc.plot.table": "Readings as a table",
    "inc.plot.label": (
        "Line chart of {channel}: {n} readings, lowest {low}, highest {high} {unit}, alarm limit {limit}, "
        "clear limit {clear}"
    ),
    "inc.plot.limit": "alarm limit",
    "inc.plot.clear": "clear limit",
    "inc.plot.breach": "breach",
    "inc.plot.time": "Time",
    "inc.plot.gap": "missing",
    "inc.plot.waiting": "Drawing…",
    "inc.log": "What happened",
    "inc.members": "Places inside",
    "inc.parent": "Part of",
    "inc.closed": "Closed. Nothing to do.",
    "inc.reason": "Note",
    "inc.reason.needed": "required",
    "inc.reason.optional": "optional",
    "inc.person": "Send whom",
    "inc.person.pick": "Choose",
    "inc.still": (
        "The place is still in alarm, so this cannot be closed: closing would hide a danger that is still there. "
        "Wait until the readings clear; if it is a false alarm, remove its cause on the spot first."
    ),
    "inc.value": "Measured",
    "inc.limit": "Alarm limit",
    "inc.clear": "Clear limit",
    "inc.since": "since",
    "step.waiting": "waiting",
    "step.done": "done",
    "step.stopped": "stopped",
    "step.failed": "failed",
    # what happened
    "log.raised": "Raised",
    "log.changed": "Changed",
    "log.cleared": "Readings cleared",
    "log.accept": "Accepted",
    "log.dispatch": "Dispatched",
    "log.feed_back": "Fed back",
    "log.verify": "Verified",
    "log.rework": "Sent back for rework",
    "log.return": "Returned as wrongly dispatched",
    "log.reopen": "Reopened",
    "log.close": "Closed",
    "log.escalated": "Escalated by itself",
    "log.notified": "Notified",
    "log.step_failed": "An automatic step failed: call people yourself",
    "log.placed": "Placed",
    "log.joined": "One more place",
    "log.grouped": "Put under its common cause",
    "log.released": "Stands for itself again",
    "log.chased": "Holder reminded",
    "log.overdue": "Overall deadline passed",
    "log.to": "→ {who}",
    # answers
    "done.accept": "Accepted. You have it now.",
    "done.dispatch": "Dispatched.",
    "done.feed_back": "Fed back.",
    "done.verify": "Verified.",
    "done.rework": "Sent back for rework.",
    "done.return": "Returned; dispatch it again.",
    "done.reopen": "Reopened.",
    "done.close": "Closed.",
    "error.stale": (
        "{who} was faster, at {at}: {what}. Your action was not carried out. The page is up to date: see what"
        " to do now."
    ),
    "error.stale.plain": (
        "This incident has just changed. Your action was not carried out. The page is up to date: see what to do now."
    ),
    "error.illegal": "The stage is “{stage}”, so “{move}” is not possible. Nothing has changed. See what to do now.",
    "error.reason": "“{move}” needs a note, so it was not carried out. Write a few words, then press again.",
    "error.person": "Nobody was chosen, so nobody was dispatched. Choose a person, then press again.",
    "error.members": "Places under it are still open, so it was not closed. Close them first: {places}.",
    "error.active": (
        "Still in alarm, so it was not closed: {places}. Closing would hide a danger that is still there. "
        "Wait until the readings clear, then close."
    ),
    "error.unknown": (
        "There is no incident {id}. The address may be mistyped, or it belongs to another centre. Look for it"
        " on the board."
    ),
    "error.title": "Not done",
    "ok.title": "Done",
    "dismiss": "OK",
}
