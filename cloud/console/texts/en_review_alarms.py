"""Texts of the page about the alarms themselves, in English."""

from __future__ import annotations

REVIEW_ALARMS = {
    "review.alarms.first": "See to this first",
    "review.alarms.fine": "Every figure meets its target.",
    "review.alarms.nothing": "No alarm came in this time: there is nothing to count.",
    "review.alarms.poor": "{n} to see to",
    "review.alarms.short": (
        "Only {days} days, fewer than {least}: below stands what was seen, not a judgement. Life safety is "
        "judged always."
    ),
    "review.alarms.cut": "At most 400 days are counted at once: below from {at} on.",
    "review.alarms.month": "Judge the last 30 days",
    "review.alarms.certain": "a fact, however short the time",
    "review.alarms.todo": "What to do: ",
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
        "Stale: {n} stand for more than 24 hours at the end, {worst} on the worst day; the target is fewer than "
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
    "review.alarms.bad.fleeting.title": "{n} fleeting alarms",
    "review.alarms.bad.fleeting.why": "Gone within seconds, before anybody saw them.",
    "review.alarms.bad.fleeting.todo": "Give ordinary kinds a short delay.",
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
    "review.alarms.figures": "Figures and targets",
    "review.alarms.positions": "Positions",
    "review.alarms.positions.said": "Positions: {n}, {how}.",
    "review.alarms.how.configured": "set in alarms.toml",
    "review.alarms.how.roster": "operators on duty of the chosen area itself, the median of the last 24 hours",
    "review.alarms.how.one": "the roster has no operator on duty, so one",
    "review.alarms.streams": (
        "“Seen”: what stood on the board by itself, a group once, by when the centre heard. “Told”: what the "
        "sensors told, members one by one without the group, by the time at the site."
    ),
    "review.alarms.f.rate": "Average, one position, 10 min",
    "review.alarms.f.peak": "Peak, one position, 10 min",
    "review.alarms.f.windows": "Windows of 10 min above 10",
    "review.alarms.f.flood": "Time in flood",
    "review.alarms.f.top": "The ten worst sources together",
    "review.alarms.f.chattering": "Chattering (3 or more in 1 min)",
    "review.alarms.f.fleeting": "Fleeting (below 10 s, alone)",
    "review.alarms.f.stale": "Stale (over 24 h), worst day",
    "review.alarms.f.false": "False (void of those ended)",
    "review.alarms.f.split.warning": "Severity: notice",
    "review.alarms.f.split.minor": "Severity: minor",
    "review.alarms.f.split.major": "Severity: urgent",
    "review.alarms.f.split.critical": "Severity: critical",
    "review.alarms.f.life_accepted": "Life safety: accepted within 3 min",
    "review.alarms.f.life_told": "Life safety: at the centre within 10 s",
    "review.alarms.f.life_shown": "Life safety: at the centre within 20 s",
    "review.alarms.sense.most": "at most {n}",
    "review.alarms.sense.below": "below {n}",
    "review.alarms.sense.near": "about {n}",
    "review.alarms.sense.least": "every one",
    "review.alarms.sense.none": "no target",
    "review.alarms.verdict.good": "met",
    "review.alarms.verdict.poor": "not met",
    "review.alarms.verdict.nothing": "—",
    "review.alarms.verdict.short": "not judged",
    "review.alarms.col.figure": "Figure",
    "review.alarms.col.value": "Seen",
    "review.alarms.col.as_told": "Told",
    "review.alarms.col.target": "Target",
    "review.alarms.col.verdict": "Verdict",
    "review.alarms.col.counted": "Counted",
    "review.alarms.col.before": "Before",
    "review.alarms.days": "Each day: how many, and the busiest 10 minutes",
    "review.alarms.days.how": (
        "A column is the busiest 10 minutes of its day; the line is {n} for each position. Averages hide peaks."
    ),
    "review.alarms.days.table": "Numbers of each day",
    "review.alarms.peak": "Busiest 10 minutes: from {at}, {n}",
    "review.alarms.col.day": "Day",
    "review.alarms.col.seen": "Seen",
    "review.alarms.col.seen_peak": "Seen, busiest 10 min",
    "review.alarms.col.told": "Told",
    "review.alarms.col.told_peak": "Told, busiest 10 min",
    "review.alarms.col.stale": "Stale",
    "review.alarms.floods": "Floods",
    "review.alarms.floods.how": "Begins above {above} in 10 minutes, ends below {below} (each position).",
    "review.alarms.floods.seen": "Floods as seen",
    "review.alarms.floods.told": "Floods as told by sensors",
    "review.alarms.floods.none": "None.",
    "review.alarms.floods.more": "{n} shorter ones: see the file.",
    "review.alarms.floods.on": "goes on",
    "review.alarms.col.begin": "Begin",
    "review.alarms.col.end": "End",
    "review.alarms.col.minutes": "Minutes",
    "review.alarms.col.count": "Alarms",
    "review.alarms.col.peak": "Most in 10 min",
    "review.alarms.col.lasted": "Lasted",
    "review.alarms.top": "The worst sources",
    "review.alarms.top.how": (
        "As the sensors told them; a source is one kind of alarm of one endpoint. Gateways fold what comes again "
        "and again into one, so at the place it was more often."
    ),
    "review.alarms.chatterers": "Chattering sources",
    "review.alarms.held": "folded by its gateway",
    "review.alarms.col.source": "Source",
    "review.alarms.col.kind": "Kind",
    "review.alarms.col.place": "Place",
    "review.alarms.col.rules": "Rules",
    "review.alarms.col.share": "Share",
    "review.alarms.col.chattering": "Chattering",
    "review.alarms.col.fleeting": "Fleeting",
    "review.alarms.col.void": "False",
    "review.alarms.answer": "How soon somebody accepted",
    "review.alarms.answer.how": (
        "From the centre's first word to the first acceptance. Those nobody accepted are not in the median, "
        "their number stands beside it; who only looked is not recorded."
    ),
    "review.alarms.life": "Life safety",
    "review.alarms.calm": "All others, by severity",
    "review.alarms.all.kind": "Life safety, all",
    "review.alarms.all.severity": "Others, all",
    "review.alarms.col.whom": "Which",
    "review.alarms.col.done": "Accepted",
    "review.alarms.col.median": "Median",
    "review.alarms.col.p90": "Nine of ten",
    "review.alarms.col.worst": "Slowest",
    "review.alarms.col.median_s": "Median (s)",
    "review.alarms.col.p90_s": "Nine of ten (s)",
    "review.alarms.col.worst_s": "Slowest (s)",
    "review.alarms.col.in_time": "In time",
    "review.alarms.leg.told": "From the place to the centre",
    "review.alarms.stale": "Stale alarms that stand",
    "review.alarms.stale.none": "None stands for more than 24 hours at the end.",
    "review.alarms.stale.more": "{n} in all, the {shown} oldest:",
    "review.alarms.since": "since {span}",
    "review.alarms.false": "False alarms",
    "review.alarms.false.how": (
        "Void (with its reason: nothing was there) of those that have ended, void ones with them. Below 10 no "
        "share is said."
    ),
    "review.alarms.false.none": "Of {of} that have ended none was void.",
    "review.alarms.false.device": "By endpoint",
    "review.alarms.false.kind": "By kind",
    "review.alarms.false.site": "By site",
    "review.alarms.col.false": "False alarms of",
    "review.alarms.col.ended": "Ended",
    "review.alarms.shelved": "Shelved and out of service at the end",
    "review.alarms.shelved.none": "Nothing was shelved at the end.",
    "review.alarms.shelved.life": "life safety",
    "review.alarms.shelved.service": "out of service",
    "review.alarms.shelved.how": (
        "Of the past only what the centre ordered is known; shelves made at a site are told by its gateway while "
        "they hold."
    ),
    "review.alarms.kinds.all": "all but life safety",
    "review.alarms.col.shelved": "Shelved",
    "review.alarms.col.kinds": "Alarms",
    "review.alarms.col.person": "Who",
    "review.alarms.col.reason": "Why",
    "review.alarms.col.since": "For how long",
    "review.alarms.col.until": "Until",
    "review.alarms.away": "Sensors that were away or faulty",
    "review.alarms.away.none": "None.",
    "review.alarms.away.how": (
        "Endpoints offline and sensor faults within the period, all added up; whole sites that were not heard "
        "stand apart."
    ),
    "review.alarms.col.away": "Site",
    "review.alarms.col.devices": "Endpoints",
    "review.alarms.col.of_devices": "Of",
    "review.alarms.col.hours": "Hours in all",
    "review.alarms.col.longest": "Longest",
    "review.alarms.col.site_count": "Whole site",
    "review.alarms.col.site_hours": "Site hours",
    "review.alarms.source": (
        "Figures and targets after EEMUA 191, ISA-18.2, GB 26875.1, GB 50440, as secondary texts quote them. "
        "Each definition is in docs/review.md; targets can be changed in alarms.toml."
    ),
    "review.alarms.list": "The alarms behind the number",
    "review.alarms.list.none": "None.",
    "review.alarms.list.n": "{n} alarms",
    "review.alarms.list.back": "Back to the figures",
    "review.alarms.list.page": "Page {at} of {pages}",
    "review.alarms.list.member": "one of a group",
    "review.alarms.list.alarm": "Alarm",
    "review.alarms.list.raised": "Began",
    "review.alarms.list.lasted": "Lasted",
    "review.alarms.list.on": "goes on",
    "review.alarms.list.accepted": "Accepted after",
    "review.alarms.list.nobody": "by nobody",
    "review.alarms.list.stage": "Stage",
    "review.alarms.what.seen": "seen",
    "review.alarms.what.told": "told by sensors",
    "review.alarms.what.chattering": "chattering",
    "review.alarms.what.fleeting": "fleeting",
    "review.alarms.what.stale": "stale at the end",
    "review.alarms.what.ended": "ended",
    "review.alarms.what.void": "false (void)",
    "review.alarms.late": "late",
    "review.alarms.what.calm": "all but life safety",
    "review.alarms.what.life_told": "life safety, told by sensors",
    "review.alarms.what.life": "life safety",
    "review.alarms.what.late_told": "life safety, told late",
    "review.alarms.what.late_accepted": "life safety, accepted late",
    "review.alarms.what.away": "endpoints away or faulty",
    "review.alarms.what.unaccepted": "accepted by nobody",
}
