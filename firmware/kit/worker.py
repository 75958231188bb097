"""One board from whatever it is to an endpoint that the gateway hears. Every step looks first and skips what is right.

A board that is pulled out at any moment is repaired by the next run: main.py is removed before the first change and
written after everything else was read back, so it never starts half a program.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from firmware.kit.board_code import DIGESTS, ERASE, REMOVE, SELF_TEST
from firmware.kit.identity import BoardFacts
from firmware.kit.plan_file import Entry, Plan
from firmware.kit.ports import BACK_S, Port, back_again
from firmware.kit.prove import Proof, Witness
from firmware.kit.provision import record_files
from firmware.kit.rewrite import right_image
from firmware.kit.stick import Supply
from firmware.kit.texts import KitError
from firmware.kit.tree import Work, code_files, difference, wrong_after
from firmware.kit.wire import Wire, opened

PROOF_S = 90.0  # Wi-Fi and TLS on an ESP32 take up to 30 s, and the first attempt may fail
CONSOLE_S = 3.0  # a record that is refused is refused at once
STEPS = ("identify", "image", "compare", "write", "verify", "self_test", "prove")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the technician allows."""

    replace: bool = False  # another identity may be overwritten
    erase: bool = False  # everything on the board goes, its records of samples too
    rewrite: bool = False  # MicroPython is written even where it is right
    dry_run: bool = False  # nothing is written, removed or started


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was done. `digest`: of everything that was written and read back, one for the whole board."""

    facts: BoardFacts
    work: Work
    digest: str = ""
    proof: Proof | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One board and everything needed for it. `tell(step, share)` is called as it goes on; `witness` may be missing."""

    port: Port
    plan: Plan
    entry: Entry
    supply: Supply
    password: str
    wifi_password: str | None
    options: Options
    tell: Callable[[str, float], None]
    witness: Witness | None

    def files(self) -> dict[str, bytes]:
        """Path on flash -> content, in the order to write. Raises KitError stick_incomplete."""
        files = record_files(self.plan, self.entry, self.password, self.wifi_password)
        if self.entry.kind in self.supply.extras:
            files["/screen.bin"] = self.supply.extras[self.entry.kind]
        return files | code_files(self.supply.bundle(self.entry.board, self.entry.kind), self.supply.keys)


def work_on(job: Job) -> Outcome:
    """All steps. Raises KitError, after which the same call repairs the board."""
    wanted = job.files()
    job.tell("identify", 0.0)
    image = job.supply.image(job.entry.board)
    facts, port = right_image(
        job.port,
        job.entry.wanted(job.plan.site),
        image,
        lambda share: job.tell("image", share),
        replace=job.options.replace,
        rewrite=job.options.rewrite,
        dry_run=job.options.dry_run,
    )
    with opened(port) as wire:
        job.tell("compare", 0.0)
        foreign = facts.device is not None and (facts.site, facts.device) != (job.plan.site, job.entry.device)
        erase = job.options.erase or foreign
        work = difference(digests(wire), wanted, erase=erase)
        if job.options.dry_run:
            if facts.runs:
                wire.restart()
            return Outcome(facts=facts, work=work)
        if work.code and facts.runs:
            _stop_for_good(wire)
    if work.code and facts.runs:
        port = back_again(job.port)
    with opened(port, BACK_S) as wire:
        _apply(wire, job, work, wanted, erase=erase)
        digest = _verified(wire, job, wanted)
        _self_test(wire, job)
        if job.witness is not None:
            job.witness.forget(job.entry.device)
        wire.restart()
        proof = _proved(wire, job, 0 if erase else facts.boot)
    return Outcome(facts=facts, work=work, digest=digest, proof=proof)


def digests(wire: Wire) -> dict[str, str]:
    """Path -> SHA-256 of every file, computed by the board."""
    lines = [line.split(" ", 1) for line in wire.run(DIGESTS, timeout_s=30.0).splitlines() if " " in line]
    return {path.strip(): value for value, path in lines}


def _stop_for_good(wire: Wire) -> None:
    """No program, no watchdog, all of the memory: what follows takes longer than a watchdog waits."""
    wire.run(REMOVE % (["/main.py"],))
    wire.reset()


def _apply(wire: Wire, job: Job, work: Work, wanted: dict[str, bytes], *, erase: bool) -> None:
    if erase:
        wire.run(ERASE, timeout_s=60.0)
    elif work.remove:
        wire.run(REMOVE % (list(work.remove),), timeout_s=30.0)
    total = sum(len(wanted[path]) for path in work.write) or 1
    done = 0

    def progress(more: int) -> None:
        nonlocal done
        done += more
        job.tell("write", 100 * done / total)

    for path in work.write:
        if path != "/main.py":
            wire.put(path, wanted[path], progress)
    if "/main.py" in work.write:
        _compare(wire, {path: content for path, content in wanted.items() if path != "/main.py"})
        wire.put("/main.py", wanted["/main.py"], progress)


def _compare(wire: Wire, wanted: dict[str, bytes]) -> None:
    wrong = wrong_after(digests(wire), wanted)
    if wrong:
        raise KitError("digest_mismatch", ", ".join(wrong[:5]))


def _verified(wire: Wire, job: Job, wanted: dict[str, bytes]) -> str:
    job.tell("verify", 0.0)
    _compare(wire, wanted)
    whole = hashlib.sha256()
    for path, content in sorted(wanted.items()):
        if path not in ("/slots.json", "/config.json"):  # the one changes, the other holds a password
            whole.update(path.encode() + hashlib.sha256(content).digest())
    return whole.hexdigest()


def _self_test(wire: Wire, job: Job) -> None:
    job.tell("self_test", 0.0)
    said = wire.run(SELF_TEST, timeout_s=30.0).strip().splitlines()
    try:
        told = json.loads(said[-1])
    except (ValueError, IndexError):
        raise KitError("self_test_failed", repr(said)[:80]) from None
    wrong = [f"{name}: {told[name]}" for name in ("record", "flash") if told.get(name)]
    if told.get("network") == 0:
        wrong.append(f"Wi-Fi {job.plan.ssid!r} is not in reach")
    if wrong:
        raise KitError("self_test_failed", "; ".join(wrong))


def _proved(wire: Wire, job: Job, after_boot: int) -> Proof | None:
    job.tell("prove", 0.0)
    said = wire.listen(CONSOLE_S, CONSOLE_S).decode(errors="replace")
    for sign, code in (
        ("bad configuration", "bad_record"),
        ("safe mode", "does_not_start"),
        ("Error:", "does_not_start"),
    ):
        told = [line for line in said.splitlines() if sign in line]
        if told:
            raise KitError(code, told[-1][:200])
    if job.witness is None:
        return None
    proof = job.witness.wait_proof(job.entry.device, after_boot, PROOF_S)
    job.tell("prove", 100.0)
    return proof
