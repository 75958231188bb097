"""What is wrong with the alarms, what it means and what to do, in English."""

from __future__ import annotations

FINDINGS = {
    "review.alarms.bad.slow_life.title": (
        "Life safety: {late} of {of} not accepted within {limit} minutes, {slow} took longer than {told} s to "
        "the centre"
    ),
    "review.alarms.bad.slow_life.why": (
        "Fire, people trapped, a call for help: each minute counts, and one that was late wants its reason found."
    ),
    "review.alarms.bad.slow_life.todo": (
        "Look at each: nobody on duty, nobody heard it, or the line from the site was down; then check the "
        "roster and the routing."
    ),
    "review.alarms.bad.floods.title": (
        "{n} floods, {share} of the time; at worst {peak} in 10 minutes for one position"
    ),
    "review.alarms.bad.floods.why": (
        "Nobody reads more than {above} in 10 minutes one by one: what matters goes under."
    ),
    "review.alarms.bad.floods.todo": (
        "See what made each flood. What hangs on one circuit or switch becomes one incident when the site file "
        "names it (via); add a seat at such times."
    ),
    "review.alarms.bad.rate.title": "{rate} in 10 minutes for one position on average; the target is at most {target}",
    "review.alarms.bad.rate.why": "Above this for long, people stop reading each one.",
    "review.alarms.bad.rate.todo": "See to the few worst sources first, mostly that is enough; else add a position.",
    "review.alarms.bad.windows.title": "{n} of {of} windows of 10 minutes with more than {above}",
    "review.alarms.bad.windows.why": "An average hides peaks, and in a peak nobody keeps up.",
    "review.alarms.bad.windows.todo": "See on which days the peaks are and which sources make them.",
    "review.alarms.bad.chattering.title": (
        "Chattering: {n} alarms of {devices} sources came again and again within a minute"
    ),
    "review.alarms.bad.chattering.why": (
        "The limit lies too near to what is normal, or a contact is loose; people get used to it and miss the real one."
    ),
    "review.alarms.bad.chattering.todo": (
        "Open the endpoint: set the clearing limit further away, or a delay; have a loose contact repaired. No "
        "delay for fire, gas, people trapped."
    ),
    "review.alarms.bad.top.title": "The {top} worst sources make {share} of all; first {name} with {n}",
    "review.alarms.bad.top.why": (
        "A few endpoints take most of the operators' attention, seldom because so much happens there."
    ),
    "review.alarms.bad.top.todo": (
        "Begin with the first: are its limits right, is it due for service? Until then it can be shelved for a "
        "time, with the reason."
    ),
    "review.alarms.bad.stale.title": (
        "Stale: {n} stand for more than {hours} hours at the end, {worst} on the worst day; the target is fewer than "
        "{target}"
    ),
    "review.alarms.bad.stale.why": "An alarm that is always there is none, and it covers what is new.",
    "review.alarms.bad.stale.todo": (
        "Decide on each: repair it, or shelve it for a time with the reason; take what is gone out of the site file."
    ),
    "review.alarms.bad.split.title": "Severities out of proportion: critical {critical}, notice {warning}",
    "review.alarms.bad.split.why": "Where everything is urgent nobody sees what really is.",
    "review.alarms.bad.split.todo": (
        "See which kinds are rated too high and have the administrator lower them in the rules; leave life "
        "safety as it is."
    ),
    "review.alarms.bad.false.title": "False: of {of} that have ended, nothing was there for {void}",
    "review.alarms.bad.false.why": "Many false alarms make people slow, also for the real one.",
    "review.alarms.bad.false.todo": (
        "See which endpoints and kinds: clean, move or change the detector, or mend its limits."
    ),
    "review.alarms.bad.shelved.title": "{n} shelves at the end keep back alarms of life safety",
    "review.alarms.bad.shelved.why": "While they hold these alarms do not sound: somebody must watch the place.",
    "review.alarms.bad.shelved.todo": "Check the reason and the end; take back at once what can be.",
    "review.alarms.bad.away.title": "{sites} whole sites were not heard, {hours} hours in all",
    "review.alarms.bad.away.why": "In that time no alarm from there reached the centre.",
    "review.alarms.bad.away.todo": (
        "Check power and network of the gateway; give one that is often cut off a second line."
    ),
    "review.alarms.go.list": "See these alarms",
    "review.alarms.go.late": "Accepted late",
    "review.alarms.go.slow": "Told late",
    "review.alarms.go.duty": "Roster",
    "review.alarms.go.floods": "See each flood",
    "review.alarms.go.top": "See the worst sources",
    "review.alarms.go.shelved": "See the shelves",
    "review.alarms.go.away": "See what was away",
    "review.alarms.go.device": "Endpoint: {name}",
}
