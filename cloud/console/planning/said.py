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
    _say(r"area (?P<row>\S+): its code (?P<code>\S+) does not fit: (?P<what>.+)$", "code", "areas"),
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
    _say(r"(?P<list>\w+): (?P<what>\S+) is named twice", "day_twice"),
    _say(r"hours: .*; write rising times", "rising"),
    _say(r"no working (?:time|days) for three years", "no_work"),
    _say(r"^facility (?P<row>\S+): building (?P<what>\S+) does not exist", "no_building", "facilities"),
    _say(r"^facility (?P<row>\S+): its building is in (?P<what>\S+)", "building_area", "facilities"),
    _say(r"^(?P<row>\S+) is in area (?P<area>\S+), which does not exist", "facility_area"),
    _say(r"^two facilities have the same device", "same_device"),
    _say(r"^duplicates of (?P<kinds>.+) are ruled twice", "two_rules"),
    _say(r"^matter (?P<what>.+): of a kind that only the system", "not_by_people"),
    _say(r"^other = (?P<what>.+) is no matter", "no_other"),
    _say(r"^line (?P<what>.+) is there twice", "line_twice"),
    _say(r"^(?P<what>.+) named twice; each code and each word", "word_twice"),
    _say(r"^codes (?P<what>.+): small letters", "matter_code"),
    _say(r"^there must be 1 to (?P<n>\d+) matters, and at most (?P<lines>\d+) lines", "matters_count"),
    _say(r"^matter (?P<row>\S+): (?P<what>.+?)(?:; it has code|$)", "matter_row", "matters"),
    _say(r"^line (?P<row>\S+): (?P<what>.+?)(?:; it has code|$)", "line_row", "lines"),
    _say(r"^duplicates of (?P<kinds>.+): (?P<what>.+); it has kind", "duplicates_row"),
    _say(r"^(?P<what>.+): no such part of the matters", "no_part"),
    _say(r"^(?P<what>\w+) must be a list of tables", "no_list"),
    _say(r"^matters: (?P<what>.+)", "matters_form"),
    _say(r"^(?:areas: )?(?P<what>.+); an area has id", "row_form"),
    _say(r"^former code (?P<code>\S+): area (?P<what>\S+) does not exist", "former_area"),
    _say(r"^person (?P<row>\S+): (?P<what>.+); needs id, name", "person_row", "people"),
    _say(r"^department (?P<row>\S+): (?P<what>.+); needs id, name", "department_row", "departments"),
    _say(r"^two departments have the id (?P<row>\S+)", "same_department", "departments"),
    _say(r"^handheld: (?P<what>.+); known:", "handheld_form"),
    _say(r"^on_max_h must be from 1 to 168", "on_max"),
    _say(r"^role department needs department", "needs_department"),
    _say(r"^role '?(?P<what>[^']+?)'? is unknown; roles", "no_role"),
    _say(r"^language '?(?P<what>[^']+?)'? is unknown; zh or en", "no_language"),
    _say(r"^weekdays must be numbers from 1", "weekdays"),
    _say(r"^every must be from 1 to 366", "every"),
    _say(r"^every needs first", "every_first"),
    _say(r"^last (?P<last>\S+) is before first (?P<first>\S+)$", "last"),
    _say(r"^chain (?P<row>\S+): (?P<what>.+); a step is", "chain_row", "chains"),
    _say(r"^chain (?P<what>.+): needs id and steps", "chain_form"),
    _say(r"^two chains have the id (?P<row>\S+?);", "same_chain", "chains"),
    _say(r"notify = (?P<what>.+): write ", "notify"),
    _say(r"^times = (?P<what>\S+): write 1 to (?P<n>\d+)", "step_times"),
    _say(r"^notify = .* is repeated without a wait", "wait_needed"),
    _say(r"(?P<what>[^:]+): no such table; write", "no_table"),
    _say(r"matches nothing; name at least one kind", "matches_nothing"),
    _say(r"(?P<name>\w+) must be a whole number from (?P<least>-?\d+) to (?P<most>\d+)", "whole_number"),
    _say(r"(?P<name>\w+) must be true or false", "true_or_false"),
    _say(r"(?P<what>[\w, ]+): no such time; times", "no_time"),
    _say(r"(?:(?P<due>\w+): )?'?(?P<what>[^':]*)'? is not a time above 0; write", "no_span"),
    _say(r"(?P<what>[\w, ]+): no such field; take it out", "no_field"),
    _say(r"^national: (?P<what>.+) is not known", "national"),
    _say(r"^utc_offset_min: (?P<what>.+); write minutes", "offset"),
    _say(r"^weekdays: (?P<what>.+); write days", "weekdays"),
    _say(r"^(?P<list>days_o\w+|\w+): (?P<what>.+); write \{date", "day_form"),
    _say(r"(?P<what>\w+) is missing$", "missing"),
    _say(r"^feature (?P<n>\d+): (?P<what>.+)", "feature"),
    _say(r"^(?:zh|en|code|(?P<name>\w+)) must be a text of 1 to (?P<n>\d+) letters", "text_length"),
    _say(r"^(?P<what>\w+) must be a list of words", "no_list"),
    _say(r"^(?P<name>\w+) has more than (?P<n>\d+) words", "many_words"),
    _say(r"^'(?P<what>[^']*)' is not a valid (?P<name>\w+)", "unknown"),
    _say(r"(?:unexpected keyword argument|unknown) '?(?P<what>[\w, ]+)'?$", "no_field"),
    _say(r"missing \d+ required keyword-only arguments?: (?P<what>.+)", "missing"),
)
SECTION = re.compile(r"^(areas|people|departments|dispatch|calendar|facilities|matters): ")
SPAN = re.compile(r"(\d+) (s|min|h|d|working hours?|working days?)")
FEATURES = re.compile(r"; (?=feature \d+: )")
BOTH = " · "  # between English and Chinese, where a check says both


def worded(line: str, words: Words) -> tuple[tuple[str, str], str]:
    """((part, name of the row it is about), the sentence)."""
    bare = SECTION.sub("", line)
    if found := _known(bare, words):
        return found
    if BOTH in bare:
        return ("", ""), _half(bare, words)
    return ("", ""), bare if words.lang == "en" else words.t("plan.s.other", text=bare)


def of_file(text: str, words: Words) -> str:
    """What is wrong with a file that was given; each feature of a map by itself."""
    return words.t("plan.step.sep").join(worded(one, words)[1].rstrip("。.") for one in FEATURES.split(text))


def _known(bare: str, words: Words) -> tuple[tuple[str, str], str] | None:
    for saying in SAYINGS:
        if found := saying.pattern.search(bare):
            names = {name: _word(name, text or "", words) for name, text in found.groupdict().items()}
            return (saying.part, found.groupdict().get("row") or ""), words.t(saying.key, **names)
    return None


def _half(text: str, words: Words) -> str:
    english, _, chinese = text.rpartition(BOTH)
    return chinese if words.lang == "zh" else english


def _word(name: str, text: str, words: Words) -> str:
    """Codes in the sentence as people say them; a sentence within it in the same language."""
    if name == "due":
        return words.code("limit", text)
    if BOTH in text:
        return _half(text, words)
    if name == "what" and (inner := _known(text, words)):
        return inner[1].rstrip("。.")
    if span := SPAN.fullmatch(text):
        unit = f"{span[2]}s" if span[2].startswith("working") and not span[2].endswith("s") else span[2]
        return f"{span[1]} {words.t('plan.u.' + unit.replace(' ', '_'))}"
    if name == "kinds":
        return words.t("list.sep").join(words.code("kind", one) for one in re.findall(r"\w+", text))
    return words.t("list.sep").join(words.code("tier", one) for one in text.split(", "))
