"""Many boards at the same time: a thread and a progress bar for each, one report for all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from firmware.kit import labels
from firmware.kit.assign import Assigned
from firmware.kit.labels import Label
from firmware.kit.ledger import FAILED, PROVED, STARTED, WRITTEN, HandOver, Ledger
from firmware.kit.plan_file import Entry, Plan
from firmware.kit.ports import Found
from firmware.kit.prove import Witness
from firmware.kit.stick import Supply
from firmware.kit.texts import KitError
from firmware.kit.vault import Vault
from firmware.kit.worker import Job, Options, Outcome, work_on

AT_ONCE = 16  # boards; a USB hub carries no more
WIFI = "wifi:"  # before the network's name in the vault

Tell = Callable[[str, str, float], None]  # port, step, percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How it ended for one board."""

    port: str
    entry: Entry | None
    outcome: Outcome | None = None
    trouble: KitError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Everything the boards of a job have in common. `now`: date and time for the report."""

    plan: Plan
    supply: Supply
    vault: Vault
    ledger: Ledger
    options: Options
    witness: Witness | None
    tell: Tell
    now: Callable[[], str]

    def run(self, assigned: Iterable[Assigned]) -> list[Result]:
        """Work on all boards that have an entry; the others only get their result. In the order given."""
        boards = list(assigned)
        passwords = {b.entry.device: self.vault.password(b.entry.device) for b in boards if b.entry is not None}
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            return list(pool.map(lambda board: self._one(board, passwords), boards))

    def _one(self, board: Assigned, passwords: dict[str, str]) -> Result:
        port, entry = board.found.port, board.entry
        if entry is None:
            return Result(port=port.device, entry=None, trouble=board.trouble or KitError("no_place_in_plan"))
        chip = board.found.facts.unique_id if board.found.facts is not None else ""

        def tell(step: str, share: float) -> None:
            if step == "compare":  # it is the right board: from here on the entry is its own
                self._note(entry.device, chip, STARTED)
            self.tell(port.device, step, share)

        job = Job(
            port=port,
            plan=self.plan,
            entry=entry,
            supply=self.supply,
            password=passwords[entry.device],
            wifi_password=self.vault.get(WIFI + self.plan.ssid) if self.plan.ssid else None,
            options=self.options,
            tell=tell,
            witness=self.witness,
        )
        try:
            outcome = work_on(job)
        except KitError as error:
            if self.ledger.chip_of(entry.device) == chip:
                self._note(entry.device, chip, FAILED, error.code)
            self._report(entry, board.found, None, error)
            self.tell(port.device, error.code, -1.0)
            return Result(port=port.device, entry=entry, trouble=error)
        self._finish(entry, board.found, outcome)
        self.tell(port.device, "done", 100.0)
        return Result(port=port.device, entry=entry, outcome=outcome)

    def _note(self, device: str, chip: str, state: str, step: str = "") -> None:
        if not self.options.dry_run:
            self.ledger.note(device, chip, state, step)

    def _finish(self, entry: Entry, found: Found, outcome: Outcome) -> None:
        if self.options.dry_run:
            return
        labels.write(label_of(self.plan, entry, outcome.facts.confirmation), self.ledger.folder / "labels")
        self._note(entry.device, outcome.facts.unique_id, WRITTEN if outcome.proof is None else PROVED)
        self._report(entry, found, outcome, None)

    def _report(self, entry: Entry, found: Found, outcome: Outcome | None, trouble: KitError | None) -> None:
        if self.options.dry_run:
            return
        facts = outcome.facts if outcome is not None else found.facts
        proof = outcome.proof if outcome is not None else None
        version = self.supply.bundle(entry.board, entry.kind).manifest.version if outcome is not None else ()
        self.ledger.hand_over(
            HandOver(
                at=self.now(),
                device=entry.device,
                kind=entry.kind,
                board=entry.board,
                site=self.plan.site,
                grid=entry.grid,
                place=entry.place,
                chip=facts.unique_id if facts is not None else "",
                check=label_of(self.plan, entry).check,
                micropython=facts.version if facts is not None else "",
                firmware=".".join(map(str, version)),
                digest=outcome.digest if outcome is not None else "",
                written=len(outcome.work.write) if outcome is not None else 0,
                result="failed" if trouble is not None else "proved" if proof is not None else "written",
                proof=f"boot {proof.boot} sample {proof.seq}" if proof is not None else "",
                faults="; ".join(f"{name}: {why}" for name, why in sorted(proof.faults.items())) if proof else "",
                trouble=str(trouble) if trouble is not None else "",
            )
        )


def label_of(plan: Plan, entry: Entry, chip: str = "") -> Label:
    """The label of an entry."""
    return Label(site=plan.site, device=entry.device, kind=entry.kind, grid=entry.grid, place=entry.place, chip=chip)


def all_labels(plan: Plan, folder: Path, chip_of: Callable[[str], str | None]) -> Path:
    """One PDF with the labels of the whole plan, in its order."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "all.pdf"
    labels.pdf([label_of(plan, entry, (chip_of(entry.device) or "")[-4:]) for entry in plan.entries], path)
    return path


class Heard:
    """Collects what workers tell, for whoever draws it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self.steps: dict[str, list[str]] = {}

    def __call__(self, port: str, step: str, percent: float) -> None:
        """From any thread."""
        with self._guard:
            steps = self.steps.setdefault(port, [])
            if not steps or steps[-1] != step:
                steps.append(step)
