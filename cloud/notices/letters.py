"""The words of a notice, made at the moment it goes: always the incident as it is now, in the person's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cloud.store.models import Incident
from cloud.words.codes import code, headline
from cloud.words.times import moment

LINES_MAX = 10  # of a digest; the rest is a number
PLACE_MAX = 80  # of a title: an SMS has room for no more

# What a step says and asks. {tier}, {n}: what stands behind the colon of its code. What is not here is news.
STEPS: dict[str, dict[str, str]] = {
    "zh": {
        "placed": "新事件，请受理。",
        "worse": "情况加重，请立即查看并处置；尚未受理的，请受理。",
        "again": "再次报警，仍无人受理，请受理。",
        "transfer_up": "下级无法解决，已上呈{tier}，请受理。",
        "escalate": "无人受理，已升级到{tier}，请受理。",
        "repeat": "仍无人受理，第 {n} 次呼叫，请受理。",
        "call": "仍无人受理，请受理。",
        "shift": "已换班，此事件仍无人受理，请受理。",
        "chase": "已超过反馈时限，第 {n} 次催办，请反馈进展。",
        "back": "已恢复的报警再次出现，请立即查看。",
        "joined": "又有一处报警并入此事件，请留意蔓延。",
        "paused": "挂账已到预定时间，请销账；仍需等待的，请说明原因。",
        "yellow": "即将超时，请尽快处理。",
        "red": "已超时，请立即处理。",
        "supervise": "已超时并转督办，请立即处理并说明原因。",
        "dispatch": "已派给你，请前往处置。",
        "return": "已退回给你，请另行派遣。",
        "rework": "核查未通过，请返工。",
        "ask": "请贵部门协同处置，并在控制台上答复。",
        "merged": "你经办的事件已并入此事件。",
        "moved": "你转出的事件有新进展。",
        "news": "事件有新进展，请查看。",
    },
    "en": {
        "placed": "New incident: please accept it.",
        "worse": "It has become worse: look at once, and accept it if nobody has.",
        "again": "The alarm is back and nobody has accepted: please accept it.",
        "transfer_up": "The tier below cannot solve it and passed it up to {tier}: please accept it.",
        "escalate": "Nobody has accepted, so it was escalated to {tier}: please accept it.",
        "repeat": "Still nobody has accepted, call {n}: please accept it.",
        "call": "Still nobody has accepted: please accept it.",
        "shift": "The shift has changed and nobody has accepted this yet: please accept it.",
        "chase": "Feedback is overdue, reminder {n}: please say how it stands.",
        "back": "What had cleared is there again: look at once.",
        "joined": "One more place has joined this incident: mind that it spreads.",
        "paused": "It is suspended, and its time is over: resume it, or say why it still waits.",
        "yellow": "The deadline is near: please act soon.",
        "red": "The deadline has passed: please act at once.",
        "supervise": "Overdue and under supervision: act at once and give the reason.",
        "dispatch": "It was dispatched to you: please go there.",
        "return": "It was returned to you: please send somebody else.",
        "rework": "The check found it not solved: please do it again.",
        "ask": "Your department is asked to help: please do, and answer at the console.",
        "merged": "The incident that you had is part of this one now.",
        "moved": "There is news about an incident that you passed on.",
        "news": "There is news about this incident: please look.",
    },
}
FRAME: dict[str, dict[str, str]] = {
    "zh": {
        "title": "【{what}】{place}",
        "fact": "{grid}，自 {since}，{condition}，{stage}",
        "digest": "【{n} 条事件】{what}",
        "more": "……另有 {n} 条，请登录控制台查看。",
        "all": "短时间内事件较多，合并为一条：",
        "sep": "、",
        "beside": "（{text}）",
        "link": "查看：{link}",
    },
    "en": {
        "title": "[{what}] {place}",
        "fact": "{grid}, since {since}, {condition}, {stage}",
        "digest": "[{n} incidents] {what}",
        "more": "... and {n} more: please look at the console.",
        "all": "Many incidents in a short time, told as one:",
        "sep": ", ",
        "beside": " ({text})",
        "link": "See {link}",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What is around every letter: language, address of the console (empty: none), the time and the local one."""

    lang: str
    link: str
    now_ms: int
    offset_min: int

    def moment(self, ms: int) -> str:
        """A local time, with the date where it is not today."""
        return moment(ms, self.now_ms, self.offset_min)


def letter(incident: Incident, step: str, grid: str, around: Frame) -> tuple[str, str]:
    """(title, body) for one incident."""
    lang, frame = around.lang, FRAME[around.lang]
    name, _, rest = step.partition(":")
    ask = STEPS[lang].get(name, STEPS[lang]["news"]).format(tier=code(lang, "tier", rest), n=rest)
    fact = frame["fact"].format(
        grid=grid,
        since=around.moment(incident.raised_at_ms),
        condition=code(lang, "condition", incident.condition),
        stage=code(lang, "stage", incident.stage),
    )
    lines = [ask, fact, *([frame["link"].format(link=f"{around.link}/incidents/{incident.id}")] if around.link else [])]
    return frame["title"].format(what=_what(incident, lang), place=incident.place[:PLACE_MAX]), "\n".join(lines)


def digest(incidents: Sequence[Incident], around: Frame) -> tuple[str, str]:
    """(title, body) for many incidents at once, the worst first."""
    lang, frame = around.lang, FRAME[around.lang]
    kinds = dict.fromkeys(_what(incident, lang) for incident in incidents)
    lines = [
        f"{around.moment(incident.raised_at_ms)} {_what(incident, lang)} {incident.place[:PLACE_MAX]}"
        + frame["beside"].format(text=code(lang, "stage", incident.stage))
        for incident in incidents[:LINES_MAX]
    ]
    if len(incidents) > LINES_MAX:
        lines.append(frame["more"].format(n=len(incidents) - LINES_MAX))
    if around.link:
        lines.append(frame["link"].format(link=around.link))
    what = frame["sep"].join(list(kinds)[:3])
    return frame["digest"].format(n=len(incidents), what=what), "\n".join([frame["all"], *lines])


def _what(incident: Incident, lang: str) -> str:
    return headline(lang, incident.kind, incident.severity)
