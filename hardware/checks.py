"""All rules of a design. None broken: it may be built."""

from __future__ import annotations

from hardware import checks_pins, checks_power, checks_wiring
from hardware.design import Design
from hardware.problem import Problem

RULES = (*checks_pins.RULES, *checks_wiring.RULES, *checks_power.RULES)


def problems(design: Design) -> list[Problem]:
    """Everything that is wrong with a design, in the order of the rules."""
    return [problem for rule in RULES for problem in rule(design)]
