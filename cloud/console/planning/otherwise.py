"""What the last incidents would have become by another version, in words: codes, spans, chains as people say them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from cloud.console.planning.shown import Wording
from cloud.routing.routing import Elsewhere
from domain.limits import Due

NONE = ("", "-")
STEP = re.compile(r"^(?:(?P<wait>\d+ [a-z ]+?) )?(?P<notify>all|\w+:\S+)(?: x(?P<times>\d+))?$")
TIER = re.compile(r"'(\w+)': '([^']*)'")
LISTS = {"placed": "levels", "departments": "departments_or_matter", "matter": "matters"}
CODES = ("kind", "severity")


@dataclass(frozen=True, slots=True)
class SaidTurn:
    """One field of one case: what it was, what it would be."""

    label: str
    old: str
    new: str


def turns(case: Elsewhere, say: Wording) -> Iterator[SaidTurn]:
    """Each field that would be another."""
    for name, (old, new) in case.fields.items():
        label = say.words.all.get(f"plan.r.{name}", say.words.code("limit", name))
        yield SaidTurn(label, _said(name, old, say), _said(name, new, say))


def _said(name: str, text: str, say: Wording) -> str:
    if text in NONE:
        return say.words.t("plan.nothing")
    if name in CODES:
        return say.words.code(name, text)
    if name in LISTS:
        names = say.choices.names(LISTS[name])
        return say.words.t("list.sep").join(names.get(one, one) for one in text.split(", "))
    return SAID[name](text, say) if name in SAID else text


def _step(text: str) -> dict[str, object]:
    found = STEP.match(text)
    if found is None:
        return {"notify": text}
    return {"wait": found["wait"], "notify": found["notify"], "times": int(found["times"] or 1)}


def _chain(text: str, say: Wording) -> str:
    return say.chain({"steps": [_step(one) for one in text.split(", ")]})


def _tiers(text: str, say: Wording) -> str:
    found = (f"{say.words.code('tier', tier)} {_times(times, say)}" for tier, times in TIER.findall(text))
    return say.words.t("list.sep").join(found)


def _chase(text: str, say: Wording) -> str:
    times, _, span = text.partition(" x ")
    return f"{times} × {say.span(span)}"


def _span(text: str, say: Wording) -> str:
    return say.span(text)


def _times(text: str, say: Wording) -> str:
    pairs = (one.partition(" ") for one in text.split(", "))
    return say.words.t("list.sep").join(f"{say.words.code('limit', due)} {say.span(span)}" for due, _, span in pairs)


SAID: Mapping[str, Callable[[str, Wording], str]] = {
    "chain": _chain, "tiers": _tiers, "chase": _chase, "supervise": _span, **dict.fromkeys(map(str, Due), _span)
}  # fmt: skip
