"""English: what is wrong with a draft of the plan."""

from __future__ import annotations

SAID: dict[str, str] = {
    "plan.x.twice": "{value} is there twice; change one",
    "plan.x.empty": "must not be empty; fill it in",
    "plan.x.unknown": "there is no {value}; choose again",
    "plan.s.same_code": "Two areas have the same id or code ({what}); change one.",
    "plan.s.level": "There is no level “{what}”; choose again.",
    "plan.s.no_parent": "The area above, {what}, does not exist; choose again.",
    "plan.s.parent": "A {level} belongs to a {what}; choose what it belongs to.",
    "plan.s.code": "Code {code} does not fit the scheme: {what}.",
    "plan.s.former": "Code {code} was that of {what}, and open incidents still say it; give a new one.",
    "plan.s.boundary": "The boundary cannot be used: {what}. Mend the file and choose it again.",
    "plan.s.site": "Site {row} is in area {what}, which does not exist; choose again.",
    "plan.s.grid_level": "A grid belongs to a community or village, never directly to a street or district.",
    "plan.s.people_lost": (
        "People are in areas that do not exist: {what}. Move them first, or bring both drafts into force together."
    ),
    "plan.s.department_lost": (
        "The department is in area {what}, which does not exist. Move it first, or bring both drafts into "
        "force together."
    ),
    "plan.s.no_department": "There is no department {what}; choose again.",
    "plan.s.needs_department": "Somebody of a department: choose which.",
    "plan.s.handheld": "Terminal {what} is given to {n} people; it is one person's.",
    "plan.s.same_id": "Two people have the id {row}; change one.",
    "plan.s.duty_area": (
        "A shift of {row} is in area {what}, which is not among that person's; change the shift or add the area."
    ),
    "plan.s.duty_nobody": "The roster has somebody who is not among the people: {what}. Take those shifts out.",
    "plan.s.every_first": "A cycle needs its first day, from which it counts.",
    "plan.s.last": "The last day {last} is before the first, {first}.",
    "plan.s.duty_line": "The shift cannot be used: {what}",
    "plan.s.two_leads": "Matter {what} has {one} and {other} in the lead; keep one.",
    "plan.s.chain_unused": "No rule uses this chain; remove it, or choose it in a rule.",
    "plan.s.tier_twice": (
        "A tier is called twice, the second time changes nothing; to call again tell everybody who knows of it."
    ),
    "plan.s.steps": "The chain has no steps, or more than {n} with its repetitions.",
    "plan.s.wait_needed": "Between repetitions there must be a wait.",
    "plan.s.step_times": "{what} times cannot be; write 1 to {n}.",
    "plan.s.too_long": (
        "The chain goes on after the overall deadline of {what}, so its last steps can never help; shorten its waits."
    ),
    "plan.s.no_chain": "There is no chain {what}; choose again.",
    "plan.s.leaves_out": "It leaves out {what}; it climbs one tier at a time, so add that one.",
    "plan.s.tier_order": (
        "A tier is named twice, or below the one before; the chain must not call tiers that get it at once."
    ),
    "plan.s.longer": "{due} ({span}) is longer than the overall deadline ({what}).",
    "plan.s.nobody_told": "It goes to no tier and no department; nobody would hear of it.",
    "plan.s.unknown": "Unknown name {what}; choose again.",
    "plan.s.unknown_area": "There is no area {what}; choose again.",
    "plan.s.inside": "Area {what} lies inside {other}, which is chosen too; keep one.",
    "plan.s.everything": "Area {what} is the whole district; choose no area.",
    "plan.s.placed_twice": "Two rules are for the same incidents ({what}); keep one.",
    "plan.s.no_rule": "A rule is missing: {what}. Every kind and severity needs one without areas and matters.",
    "plan.s.both_days": "{what} is a day off and a working day; keep one.",
    "plan.s.day_twice": "{what} is there twice; keep one.",
    "plan.s.rising": "Working hours: in their order, apart, inside one day.",
    "plan.s.no_work": "There is no working time for three years, so no deadline can be counted; take days off out.",
    "plan.s.facility_area": (
        "{row} is in area {area}, which does not exist. Move it first, or bring both drafts into force together."
    ),
    "plan.s.no_building": "There is no building {what}; choose again.",
    "plan.s.building_area": "Its building is in {what}, another area than the one chosen.",
    "plan.s.same_device": "Two facilities name the same endpoint; each endpoint watches one.",
    "plan.s.other": "This cannot be: {text}",
}
