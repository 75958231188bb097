"""Curves as static/plot.js draws them: numbers, and the words of whoever looks. One shape for every plot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cloud.board.views import IncidentDetail
from cloud.console.words import Words
from cloud.history.asking import Answer, Drawn
from cloud.history.desk import unit
from cloud.history.devices import Device
from cloud.history.port import DAY_MS, HOUR_MS, MINUTE_MS
from cloud.history.telling import rows
from cloud.history.views import PlotView

Limits = Mapping[tuple[str, str], tuple[float | None, float | None]]
LEAD, SPEAKS, CALM = "lead", "speaks", "calm"  # what a channel is to an incident
_UNITS = ((DAY_MS, "day"), (HOUR_MS, "hour"), (MINUTE_MS, "minute"), (1000, "second"))


def picture(words: Words, answer: Answer, places: Mapping[str, Device], limits: Limits) -> dict[str, Any]:
    """What was read."""
    curves = [_drawn(words, drawn, places, limits) for drawn in answer.curves]
    return {
        "from_ms": answer.from_ms,
        "to_ms": answer.to_ms,
        "said": said(words, answer),
        "more": words.t("plot.more") if answer.more else "",
        "marks": [],
        "label": " ".join(map(str, (curve["label"] for curve in curves))) or words.t("plot.none"),
        "curves": curves,
    }


def said(words: Words, answer: Answer) -> str:
    """How fine the points are."""
    level = words.code("plot.level", answer.level)
    if answer.step_ms == 0:
        return level
    size, name = next((size, name) for size, name in _UNITS if answer.step_ms % size == 0 or size == 1000)
    return words.t("plot.step", level=level, n=answer.step_ms // size, unit=words.code("plot.unit", name))


def of_incident(words: Words, detail: IncidentDetail, views: Iterable[PlotView]) -> dict[str, Any]:
    """The readings around a breach; single readings, as they were frozen."""
    views, parts = _ordered(detail, tuple(views))
    curves = [_view(words, view) | {"part": parts[view.channel]} for view in views]
    times = [at for view in views for at, _ in view.points]
    breach = {"at_ms": detail.breach_at_ms, "word": words.t("inc.plot.breach")}
    calm = dict.fromkeys(words.code("channel", view.channel) for view in views if parts[view.channel] == CALM)
    return {
        "from_ms": min(times, default=detail.breach_at_ms),
        "to_ms": max(times, default=detail.breach_at_ms + 1),
        "said": "",
        "more": "",
        "shared": True,
        "calm": words.t("plot.calm", n=len(calm), names=words.t("list.sep").join(calm)) if calm else "",
        "marks": [breach],
        "label": " ".join(words.curve(view) for view in views),
        "curves": curves,
    }


def _ordered(detail: IncidentDetail, views: tuple[PlotView, ...]) -> tuple[list[PlotView], dict[str, str]]:
    """The channel that spoke first leads, then the others that spoke; what said nothing is calm, and folded."""
    spoke: dict[str, int] = {}
    for signal in sorted(detail.signals, key=lambda one: one.at_ms):
        spoke.setdefault(signal.channel, len(spoke))
    channels = sorted(dict.fromkeys(view.channel for view in views), key=lambda one: spoke.get(one, len(spoke)))
    parts = {channel: SPEAKS if channel in spoke else CALM for channel in channels}
    parts |= dict.fromkeys(channels[:1], LEAD)
    return sorted(views, key=lambda view: channels.index(view.channel)), parts


def _view(words: Words, view: PlotView) -> dict[str, Any]:
    return {
        "device": view.device,
        "place": view.place or view.device,
        "channel": view.channel,
        "near": view.near,
        "name": words.code("channel", view.channel),
        "unit": words.code("unit", view.unit),
        "limit": view.limit,
        "clear": view.clear,
        "points": [[at, value] for at, value in view.points],
        "stretches": [[one.what, one.from_ms, one.to_ms] for one in view.stretches],
    }


def _drawn(words: Words, drawn: Drawn, places: Mapping[str, Device], limits: Limits) -> dict[str, Any]:
    curve = drawn.curve
    limit, clear = limits.get((curve.device, curve.channel), (None, None))
    points = [[row[0], row[3], row[1], row[2]] if drawn.step_ms else [row[0], row[3]] for row in rows(drawn)]
    view = PlotView(
        channel=curve.channel, unit=unit(curve.channel), limit=limit, clear=clear, device=curve.device,
        place=places[curve.device].place if curve.device in places else "", points=(),
    )  # fmt: skip
    values = [value for point in points for value in point[1:] if value is not None]
    told = _view(words, view)
    return {
        **told,
        "points": points,
        "stretches": [[one.what, one.from_ms, one.to_ms] for one in drawn.stretches],
        "label": words.curve(view, values),
    }
