"""English: the page of one incident."""

from __future__ import annotations

INCIDENT: dict[str, str] = {
    # who else is here
    "inc.watch": "Also at this incident",
    "inc.watch.looks": "is looking",
    "inc.watch.since": "since {at}",
    "inc.watch.writes": "is filling in: {move}",
    # where
    "inc.where.way": "Way there",
    "inc.where.building": "Building",
    "inc.where.storeys": "{n} storeys",
    "inc.where.households": "Households",
    "inc.where.of_building": "{n} in this building",
    "inc.where.of_grid": "{n} in this grid",
    "inc.where.facility": "Facility",
    "inc.where.point": "Position",
    "inc.where.unknown": "The plan knows neither the building nor the way: ask the grid worker.",
    "inc.where.pictures.at": "None at the centre yet. Ask at the gateway {gateway} or the recorder.",
    # whom to call
    "inc.call.holder": "has it",
    "inc.call.duty": "{tier} on duty",
    "inc.way.skipped": "not gone through",
    "inc.call.show": "Phone",
    "inc.call.mobile": "Mobile",
    "inc.call.phone": "Landline",
    "inc.call.none": "no number is known",
    "inc.call.nobody": "This person has nothing to do with the incident; the number cannot be seen here.",
    "inc.call.keys": "The key for personal fields is missing. Ask the administrator to restore it.",
    "inc.next.then": "{n} more after these",
    "inc.log.older": "{n} earlier",
    "inc.plot.near": "The same nearby",
    "inc.plot.near.none": "No readings of the same kind nearby.",
    "inc.plot.more": "Longer history",
    # what happened before
    "inc.near.more": "{n} more",
    "inc.past": "Like this one, before",
    "inc.past.device": "Same device",
    "inc.past.place": "Same place",
    "inc.past.kind": "Same kind in this grid",
    "inc.past.why.device": "same device",
    "inc.past.why.place": "same place",
    "inc.past.why.kind": "same kind",
    "inc.past.why.hour": "same time of day",
    "inc.past.more": "{n} or more",
    "inc.past.void": "{n} of them void",
    "inc.past.took": "usually took",
    "inc.past.after": "took {span}",
    "inc.past.none": "Nothing like it has ended within a year.",
    # two people at once
    "inc.moved": "{who} at {at}: {what}. It is now: {stage}.",
    "inc.moved.typed": "What you typed is still there and was not sent: look first, then decide.",
    "inc.draft": "What you typed was not sent",
    "inc.draft.why": "Somebody else was faster, and that form no longer applies.",
    "inc.draft.use": "Put it into the present note",
    "inc.draft.drop": "Drop it",
    # what cannot be taken back
    "inc.sure.void": "Checked: there was nothing, or it is not ours",
    "inc.sure.merge": "Checked: these two are one",
    "error.sure": "After “{move}” it is no longer on the board. Check first, tick the box, and press again.",
    "error.stale.many": (
        "Others acted while you were looking: {moves}. Yours did not take effect; what you typed is still there. "
        "The page is up to date: look, then decide again."
    ),
}
