"""What the plan's checks say in English, told in the language of the page. A sentence nobody knows is told as it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cloud.console.words import Words


@dataclass(frozen=True, slots=True)
class Saying:
    """One form of sentence; `part` and the group `row` say which row it is about."""

    pattern: re.Pattern[str]
    key: str
    part: str = ""


def _say(pattern: str, key: str, part: str = "") -> Saying:
    return Saying(re.compile(pattern), f"plan.s.{key}", part)


SAYINGS: Sequence[Saying] = (
    _say(r"two areas share an id or a code \((?P<what>[^)]*)\)", "same_code"),
    _say(r"area (?P<row>\S+): unknown level (?P<what>[^;]+)", "level", "areas"),
    _say(r"area (?P<row>\S+): its parent (?P<what>\S+) does not exist", "no_parent", "areas"),
    _say(r"area (?P<row>\S+) is a (?P<level>\S+): its parent must be a (?P<what>\S+)", "parent", "areas"),
    _say(r"area (?P<row>\S+): its code (?P<code>\S+) does not fit: .*· (?P<what>.+)$", "code", "areas"),
    _say(r"area (?P<row>\S+): code (?P<code>\S+) was (?P<what>.+?)'s;", "former", "areas"),
    _say(r"area (?P<row>\S+): boundary (?P<what>.+)", "boundary", "areas"),
    _say(r"site (?P<row>\S+) is in area (?P<what>\S+), which does not exist", "site", "sites"),
    _say(r"levels: a grid belongs to a community", "grid_level"),
    _say(r"people in areas that do not exist: (?P<what>[^;]+)", "people_lost"),
    _say(r"department (?P<row>\S+) is in area (?P<what>\S+), which", "department_lost", "departments"),
    _say(r"person (?P<row>\S+) belongs to department (?P<what>\S+), which", "no_department", "people"),
    _say(r"person (?P<row>\S+): role department needs department", "needs_department", "people"),
    _say(r"handheld (?P<what>\S+) is named for (?P<n>\d+) people", "handheld"),
    _say(r"two people have the id (?P<row>\S+)", "same_id", "people"),
    _say(r"duty roster: (?P<row>\S+) does not belong to area (?P<what>[^;]+)", "duty_area"),
    _say(r"duty roster: nobody has the id (?P<what>\S+)", "duty_nobody"),
    _say(r"duty roster, line (?P<row>\d+) \(.*?\): every needs first", "every_first", "duty"),
    _say(r"duty roster, line (?P<row>\d+) \(.*?\): last (?P<last>\S+) is before first (?P<first>\S+);", "last", "duty"),
    _say(r"duty roster, line (?P<row>\d+) \(.*?\): (?P<what>.+)", "duty_line", "duty"),
    _say(r"matter (?P<what>\S+) belongs to (?P<one>\S+) and to (?P<other>[^;]+)", "two_leads"),
    _say(r"chain (?P<row>\S+): no rule uses it", "chain_unused", "chains"),
    _say(r"chain (?P<row>\S+): a tier is called twice", "tier_twice", "chains"),
    _say(r"chain (?P<row>\S+): has no step, or more than (?P<n>\d+)", "steps", "chains"),
    _say(r"chain (?P<row>\S+): .*is repeated without a wait", "wait_needed", "chains"),
    _say(r"chain (?P<row>\S+): times = (?P<what>\S+): write 1 to (?P<n>\d+)", "step_times", "chains"),
    _say(r"chain (?P<row>\S+) goes on after overall = (?P<what>[^;]+);", "too_long"),
    _say(r"chain '(?P<what>[^']+)' does not exist", "no_chain"),
    _say(r"leaves out (?P<what>[^;]+); it climbs one tier", "leaves_out"),
    _say(r"a tier is named twice or below the one before it", "tier_order"),
    _say(r"(?P<due>\w+) = (?P<span>[^;]+?) is longer than overall = (?P<what>.+)$", "longer"),
    _say(r"placed at no tier and no department", "nobody_told"),
    _say(r"unknown (?P<word>\w+) (?P<what>[^;]+); \w+s:", "unknown"),
    _say(r"unknown area (?P<what>[^;]+); name areas", "unknown_area"),
    _say(r"area (?P<what>\S+) lies inside (?P<other>[^,]+), which is named", "inside"),
    _say(r"area (?P<what>\S+) is everything", "everything"),
    _say(r"(?P<what>.+) is placed twice, by '(?P<one>.*)' and '(?P<other>.*)'; keep", "placed_twice"),
    _say(r"no placement for (?P<what>.+?); every kind", "no_rule"),
    _say(r"(?P<what>\d{4}-\d\d-\d\d) is in days_off and in days_on", "both_days"),
    _say(r"(?P<list>days_o\w+): (?P<what>\S+) is named twice", "day_twice"),
    _say(r"hours: .*; write rising times", "rising"),
    _say(r"no working (?:time|days) for three years", "no_work"),
    _say(r"^facility (?P<row>\S+): building (?P<what>\S+) does not exist", "no_building", "facilities"),
    _say(r"^facility (?P<row>\S+): its building is in (?P<what>\S+)", "building_area", "facilities"),
    _say(r"^(?P<row>\S+) is in area (?P<area>\S+), which does not exist", "facility_area"),
    _say(r"^two facilities have the same device", "same_device"),
)
SECTION = re.compile(r"^(areas|people|departments|dispatch|calendar|facilities): ")


def worded(line: str, words: Words) -> tuple[tuple[str, str], str]:
    """((part, name of the row it is about), the sentence)."""
    bare = SECTION.sub("", line)
    for saying in SAYINGS:
        if found := saying.pattern.search(bare):
            names = {name: _word(name, text or "", words) for name, text in found.groupdict().items()}
            return (saying.part, found.groupdict().get("row") or ""), words.t(saying.key, **names)
    english, point, chinese = bare.rpartition(" · ")
    if point:
        return ("", ""), chinese if words.lang == "zh" else english
    return ("", ""), bare if words.lang == "en" else words.t("plan.s.other", text=bare)


def _word(name: str, text: str, words: Words) -> str:
    """Codes in the sentence as people say them."""
    if name == "due":
        return words.code("limit", text)
    return words.t("list.sep").join(words.code("tier", one) for one in text.split(", "))
