"""Which board becomes which endpoint of a plan. Pure; nothing is guessed about a board that says who it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from firmware.kit.identity import BoardFacts
from firmware.kit.plan_file import Entry, Plan
from firmware.kit.ports import Found
from firmware.kit.texts import KitError


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """A board and what it becomes, or why it becomes nothing."""

    found: Found
    entry: Entry | None = None
    trouble: KitError | None = None


def assign(
    plan: Plan, founds: Iterable[Found], chip_of: Callable[[str], str | None], *, replace: bool = False
) -> list[Assigned]:
    """One entry for each board, in the order of the ports.

    A board keeps what it is; then what the journal or the plan says of its chip; then the first free entry of its type.
    """
    boards = list(founds)
    reserved = {entry.device: chip_of(entry.device) or entry.chip for entry in plan.entries}
    taken: set[str] = set()
    chosen: dict[int, Entry] = {}
    for number, found in enumerate(boards):
        entry = None if found.facts is None else _of_its_own(plan, found.facts, reserved)
        if entry is not None and entry.device not in taken:
            chosen[number] = entry
            taken.add(entry.device)
    out = []
    for number, found in enumerate(boards):
        if found.facts is None:
            out.append(Assigned(found=found, trouble=found.trouble))
            continue
        entry = chosen.get(number) or _free(plan, found.facts, reserved, taken)
        if found.facts.device is not None and number not in chosen and not replace:
            out.append(Assigned(found=found, trouble=KitError("other_identity", f"{found.facts.device}")))
        elif entry is None:
            out.append(Assigned(found=found, trouble=KitError("no_place_in_plan", found.facts.machine)))
        else:
            taken.add(entry.device)
            out.append(Assigned(found=found, entry=entry))
    return out


def _of_its_own(plan: Plan, facts: BoardFacts, reserved: dict[str, str]) -> Entry | None:
    """By its identity, or by its chip."""
    for entry in plan.entries:
        if (facts.site, facts.device) == (plan.site, entry.device):
            return entry
    if facts.device is not None:
        return None
    return next((entry for entry in plan.entries if reserved[entry.device] == facts.unique_id), None)


def _free(plan: Plan, facts: BoardFacts, reserved: dict[str, str], taken: set[str]) -> Entry | None:
    """The first entry of its type that nobody has."""
    for entry in plan.entries:
        if entry.board in facts.boards and entry.device not in taken and not reserved[entry.device]:
            return entry
    return None
