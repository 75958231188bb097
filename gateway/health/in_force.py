"""The rules by which endpoints of a site are judged now, with their limits, as plain data for people elsewhere."""

from __future__ import annotations

from typing import Any

from domain.fire import rules_of
from domain.incidents import Kind
from domain.rules.compound import Slope
from domain.rules.conditions import Condition, High, Is, Low
from domain.rules.rule import JUDGED_ELSEWHERE, Rule, nodes_of
from gateway.site_file.site import Site
from protocol.channels import CHANNELS, unit_of

NAMED = 100  # endpoints of one rule; of a rule for all of a kind none is named


def rules_in_force(site: Site) -> list[dict[str, Any]]:
    """Rules of life safety first, as they stand in the code; then those of the site file, by name."""
    kinds = {member.kind for member in site.endpoints.values()}
    rows = [_fire(site)] if "fire" in kinds else []
    rows += [
        _row(str(kind), (endpoint,), kind, []) for endpoint, kind in JUDGED_ELSEWHERE.items()
        if endpoint in kinds and kind is not Kind.FIRE
    ]  # fmt: skip
    judged: dict[Rule, list[str]] = {}
    for device, program in site.programs.items():
        for ladder in program.ladders:
            judged.setdefault(ladder.rule, []).append(device)
    return rows + [_ordinary(site, rule, judged[rule]) for rule in sorted(judged, key=lambda one: one.name)]


def _fire(site: Site) -> dict[str, Any]:
    limits = [
        {"channel": rule.channel, "sense": "is", "states": [True]}
        if rule.channel not in CHANNELS or not rule.unit
        else {
            "channel": rule.channel, "sense": "rise" if rule.window_ms else "high", "limit": rule.limit,
            "clear": rule.clear, "unit": rule.unit,
        }
        for rule in rules_of(site.fire)
    ]  # fmt: skip
    step = {"severity": "major", "on_ms": site.fire.hold_ms, "off_ms": site.fire.clear_after_ms, "limits": limits}
    return _row("fire", ("fire",), Kind.FIRE, [step])


def _row(name: str, kinds: tuple[str, ...], raises: Kind, steps: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": name,
        "kinds": list(kinds),
        "raises": str(raises),
        "life_safety": raises.life_safety,
        "steps": steps,
    }


def _ordinary(site: Site, rule: Rule, devices: list[str]) -> dict[str, Any]:
    steps = [
        {
            "severity": str(step.severity), "on_ms": step.on_ms, "off_ms": step.off_ms,
            "limits": [limit for node in nodes_of(step.when) if (limit := _limit(node)) is not None],
        }
        for step in rule.steps
    ]  # fmt: skip
    row = _row(rule.name, rule.endpoints, rule.raises, steps)
    row |= {"latch": True} if rule.latch else {}
    row |= {"label": rule.label} if rule.label else {}
    meant = [device for device, member in site.endpoints.items() if member.kind in rule.endpoints]
    return row if len(devices) == len(meant) else row | {"devices": devices[:NAMED]}


def _limit(node: Condition) -> dict[str, Any] | None:
    """What one condition asks of its channel; None for one that is only made of others."""
    channel = getattr(node, "channel", None)
    if channel is None:
        return None
    if isinstance(node, High | Low):
        sense = "high" if isinstance(node, High) else "low"
        return {"channel": channel, "sense": sense, "limit": node.limit, "clear": node.clear, "unit": unit_of(channel)}
    if isinstance(node, Slope):
        levels = {"limit": node.per_min, "clear": node.clear_per_min, "unit": f"{unit_of(channel)}/min"}
        return {"channel": channel, "sense": "fall" if node.falling else "rise", **levels}
    if isinstance(node, Is):
        return {"channel": channel, "sense": "is", "states": list(node.states)}
    return {"channel": channel, "sense": type(node).__name__.lower()}
