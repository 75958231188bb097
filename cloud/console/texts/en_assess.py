"""Texts of the assessment, in English."""

from __future__ import annotations

ASSESS = {
    "review.tab.mine": "My results",
    "assess.grade.excellent": "Excellent",
    "assess.grade.good": "Good",
    "assess.grade.qualified": "Qualified",
    "assess.grade.unqualified": "Unqualified",
    "assess.grade.none": "Too little to judge",
    "assess.of": "{n} of {all}",
    "assess.few": "few",
    "assess.interim": "People are assessed by month and by year; results of this period are only to compare with.",
    "assess.too_long": "At most {n} days are assessed at once; last month is shown.",
    "assess.level": "Level",
    "assess.title.people": "Grid teams",
    "assess.title.areas": "Areas",
    "assess.title.departments": "Departments",
    "assess.title.tiers": "Tiers",
    "assess.tiers.how": (
        "By the highest tier that had an incident at first, also where the clock called the next one; what was "
        "passed up and came late is left out. Only incidents of areas that you see."
    ),
    "assess.count.person": "{n} people",
    "assess.count.area": "{n} in all",
    "assess.count.department": "{n} in all",
    "assess.fewer": "fewer is better",
    "assess.filter": "Only one grade",
    "assess.carried": "cases carry {n}%",
    "assess.empty": "Nothing fits. Choose another period, area or grade.",
    "assess.back": "Back to the list",
    "assess.back_one": "Back to the results",
    "assess.mine": "These are the same numbers that your grid leader and supervisor see.",
    "assess.of_hundred": "points of 100",
    "assess.numbers": "Every indicator",
    "assess.objection": "If you object",
    "assess.objection.how": (
        "Open the number and look which incidents it counts; then tell one of these people which incident and "
        "why. When the record of an incident is mended, the result is reckoned anew. This only counts; what "
        "follows from a grade is decided by people."
    ),
    "assess.objection.nobody": (
        "The roster has no other grid leader or supervisor of this area; tell an operator of the centre."
    ),
    "assess.objection.more": "{n} more",
    "assess.whole": "All {n} on one page, to print them",
    "assess.parts": "Which part",
    "assess.no_days": "There is no such day.",
    "assess.no_cases": "There is no such incident.",
    "assess.hidden": "{n} more are in areas that you do not see; the number counts them.",
    "assess.more": "There are many; the latest 200 are shown. Choose a shorter period for the others.",
    "assess.unknown": (
        "Nothing called {name} is assessed: the address may be mistyped, or the plan no longer has it."
        " Go back and choose again."
    ),
    "assess.nobody": (
        "You are not in the roster of the grid teams, so there are no results. If that is wrong, tell an administrator."
    ),
    "assess.column.id": "Id",
    "assess.column.name": "Name",
    "assess.column.where": "Belongs to",
    "assess.column.what": "Role or level",
    "assess.column.grade": "Grade",
    "assess.column.points": "Points",
    "assess.column.counted": "Weight with cases",
    "assess.column.indicator": "Indicator",
    "assess.column.counted_of": "Count",
    "assess.column.weight": "Weight",
    "assess.column.lost": "Lost",
    "assess.part.hits": "Count",
    "assess.part.of": "All",
    "assess.part.spared": "Left out",
    "assess.part.more.hits": "Reached",
    "assess.part.more.misses": "Not reached",
    "assess.part.less.hits": "Happened",
    "assess.part.less.misses": "Did not happen",
    "assess.said.nothing": "There was no work that can be counted: no grade. This is no bad grade.",
    "assess.said.too_little": (
        "Cases carry only {counted}% of the weight, less than {enough}%: no grade. This is no bad grade; the "
        "cases there are would make {points} points."
    ),
    "assess.said.grade": "{points} points: {grade}.",
    "assess.said.lost": "Most points were lost by {what}.",
    "assess.said.none": "{what}: no cases; its weight is spread over the others.",
    "assess.said.part": (
        "{what}: {n} of the {least} cases that it needs, so it counts for {n}/{least} of its weight; the rest is "
        "spread."
    ),
    "assess.ind.accuracy": "Accuracy",
    "assess.ind.accepted_in_time": "Accepted in time",
    "assess.ind.handled_in_time": "Handled in time",
    "assess.ind.completed": "Done at once",
    "assess.ind.closed_in_time": "Closed in time",
    "assess.ind.rework": "Rework",
    "assess.ind.returns": "Returns",
    "assess.ind.satisfied": "Satisfied",
    "assess.ind.patrols": "Patrol days",
    "assess.ind.first_reports": "First reports",
    "assess.ind.missed_reports": "Missed reports",
    "assess.how": "How this is reckoned",
    "assess.how.grades": (
        "Indicators make 0 to 100 points by their weights: excellent from {excellent}, good from {good}, "
        "qualified from {qualified}, unqualified below."
    ),
    "assess.how.enough": (
        "Where cases carry less than {n}% of the weight there is no grade; where indicators with enough cases "
        "carry less than {bad}%, nobody is unqualified."
    ),
    "assess.how.part": (
        "An indicator with too few cases counts for that part of its weight, and the rest is spread: one more "
        "case in time never lowers the points."
    ),
    "assess.how.weight": "weight {n}, whole from {least} cases (days)",
    "assess.how.spared": (
        "Left out because it is nobody's fault: suspended time; members of a flood of alarms or of a merge "
        "(their parent stands for them); what came late while a flood ran at the same site; deadlines ended by "
        "passing up, merging or voiding. For a person also: what came late after a wrong dispatch, a hand-over "
        "of the shift, a reopening or the rework of another, what became due while he was put down as away, an "
        "acceptance for which the clock had to call him from a higher tier, and one that had become due outside his "
        "shifts: he only found it waiting."
    ),
    "assess.how.not": (
        "Not counted: households visited and facilities looked at (not recorded by themselves), and who should "
        "have accepted what nobody accepted (that counts for the grid, for no person). Of a patrol only that it "
        "has a track counts, not its way or length."
    ),
    "assess.how.person.accuracy": "Of one's own reports that were decided, those that were not void in the end.",
    "assess.how.person.accepted_in_time": "Of the incidents that one accepted, those before the deadline.",
    "assess.how.person.handled_in_time": (
        "Of the incidents that one handled, those fed back before the deadline; what one has and is overdue is a miss."
    ),
    "assess.how.person.completed": (
        "Of the incidents that one fed back, those without rework; what one has beyond its overall deadline is a miss."
    ),
    "assess.how.person.satisfied": (
        'Of the incidents that one handled and whose reporter was called back, those without a single "unsatisfied".'
    ),
    "assess.how.person.patrols": (
        "Grid workers and assistants: of the days with a shift, those with a patrol that has a track. Today "
        "counts once there was one; days away and days on which the site was unreachable for an hour do not "
        "count, nor does a community that recorded no patrol at all."
    ),
    "assess.how.person.first_reports": (
        "Matters that one told first, of these and those that others told first while one had duty."
    ),
    "assess.how.person.missed_reports": (
        "Of the matters that the hotline or a sensor told while one had duty and a patrol could have seen, those "
        "that the grid had not told before. Fewer is better."
    ),
    "assess.how.area.accepted_in_time": "Of the incidents accepted or overdue in the area, those accepted in time.",
    "assess.how.area.handled_in_time": "Of the incidents fed back or overdue in the area, those fed back in time.",
    "assess.how.area.closed_in_time": (
        "Of the incidents closed or overdue in the area, those closed within the overall deadline."
    ),
    "assess.how.area.rework": "Of the incidents fed back, those sent back after a check. Fewer is better.",
    "assess.how.area.returns": "Of the incidents dispatched, those returned as wrongly dispatched. Fewer is better.",
    "assess.how.area.satisfied": (
        'Of the incidents whose reporter was called back, those without a single "unsatisfied".'
    ),
    "assess.how.area.patrols": (
        "Of the days on which somebody of the grid had a shift, those with a patrol that has a track; above a "
        "grid, the sum of its grids. A community that recorded no patrol at all does not count."
    ),
    "assess.how.area.first_reports": "Matters that the grid told first, of these and those that others told.",
    "assess.how.area.missed_reports": (
        "Of the matters that the hotline or a sensor told and a patrol could have seen, those that the grid had "
        "not told before. Fewer is better."
    ),
    "assess.how.department.accepted_in_time": (
        "Of the incidents that people of the department accepted, those in time."
    ),
    "assess.how.department.handled_in_time": (
        "Of the incidents that the department handled, those fed back in time; what it has and is overdue is a miss."
    ),
    "assess.how.department.closed_in_time": (
        "Of the incidents that the department handled, those closed within the overall deadline; what it has "
        "beyond that is a miss."
    ),
    "assess.how.department.rework": (
        "Of the incidents that the department fed back, those sent back after a check. Fewer is better."
    ),
    "assess.how.department.returns": (
        "Of the incidents dispatched to the department, those that it returned and the centre sent to it again. "
        "Fewer is better; a wrong dispatch does not count."
    ),
    "assess.how.department.satisfied": (
        "Of the incidents that the department handled and whose reporter was called back, those without a single "
        '"unsatisfied".'
    ),
    "assess.said.not_bad": (
        "Indicators with enough cases carry only {whole}% of the weight, less than {bad}%: that is too little to "
        "call anybody unqualified, so there is no grade."
    ),
    "assess.said.silent": (
        "This community recorded no patrol at all in this period (its terminals may not tell of patrols): patrol "
        "days count for nobody there."
    ),
}
