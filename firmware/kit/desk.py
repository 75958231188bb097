"""The jobs of the technician's kit, called by the command line: read files, ask, work, show, give an exit code."""

from __future__ import annotations

import getpass
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog
from rich.console import Console
from rich.progress import Progress

from firmware.kit import batch, identity, inventory, labels, plan_file, rewrite, screen, stick, uf2
from firmware.kit.assign import Assigned, assign
from firmware.kit.batch import WIFI, Result, Workshop
from firmware.kit.ledger import PROVED, RELEASED, Ledger
from firmware.kit.plan_file import Plan
from firmware.kit.ports import Found, named_ports, new_port, no_board, probe_all, usb_ports
from firmware.kit.prove import Ear
from firmware.kit.texts import KitError
from firmware.kit.vault import PASSPHRASE_VARIABLE, Vault
from firmware.kit.worker import Options
from runtime.clock import Clock

VAULT = "vault.json"
INVENTORY = "inventory"
WIFI_VARIABLE = "GRIDWHISTLE_WIFI_PASSWORD"
DONE, FAILED, REFUSED = 0, 1, 2

Ask = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the technician typed. `ports` empty: all; `device` empty: the whole plan."""

    plan: Path
    folder: Path
    stick: Path
    listing: Path | None = None
    keys: Path | None = None
    ports: tuple[str, ...] = ()
    device: str = ""
    confirm: str = ""
    yes: bool = False
    prove: bool = True


def _now() -> str:
    return datetime.fromtimestamp(Clock.from_env().now_ms() / 1000, UTC).isoformat(timespec="seconds")


def _quiet() -> None:
    """The kit says what matters itself; lines of log between progress bars help nobody."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


@contextmanager
def failures(console: Console) -> Iterator[None]:
    """A KitError becomes advice and exit code 2."""
    try:
        yield
    except KitError as error:
        screen.troubles(console, [error])
        raise SystemExit(REFUSED) from None


def list_boards(console: Console, ports: tuple[str, ...]) -> int:
    """Show every board and what it says about itself."""
    founds = probe_all(named_ports(list(ports)))
    if not founds:
        raise no_board()
    console.print(screen.boards_table(founds))
    screen.troubles(console, [found.trouble for found in founds if found.trouble is not None])
    return DONE if all(found.facts is not None for found in founds) else FAILED


def make_keys(console: Console, order: Order) -> int:
    """Logins of the whole plan, and the inventory for the gateway."""
    with ExitStack() as stack:
        plan, vault, _ledger = _opened(order, stack)
        for path in inventory.write(plan, vault, order.folder / INVENTORY):
            console.print(f"✓ {path}")
        if not vault.encrypted:
            console.print(
                f"口令未加密存放，仅本用户可读 not encrypted, readable by this user only: {PASSPHRASE_VARIABLE}"
            )
    return DONE


def _opened(order: Order, stack: ExitStack) -> tuple[Plan, Vault, Ledger]:
    plan = plan_file.load(order.plan, order.listing)
    ledger = stack.enter_context(Ledger(order.folder))
    vault = Vault(order.folder / VAULT, os.environ.get(PASSPHRASE_VARIABLE, ""))
    return plan, vault, ledger


def work(console: Console, order: Order, options: Options, ask: Ask) -> int:
    """Write the boards of the order. Raises KitError where it does not even begin."""
    _quiet()
    with ExitStack() as stack:
        plan, vault, ledger = _opened(order, stack)
        supply = stick.load(order.stick, None if order.keys is None else order.keys.read_bytes())
        founds = probe_all(named_ports(list(order.ports)))
        if not founds:
            raise no_board()
        if options.rewrite:
            founds = [rewrite.known(found) for found in founds]
        assigned = _chosen(console, order, plan, founds, ledger, options, ask)
        if not options.dry_run:
            _wifi(plan, vault)
            inventory.write(plan, vault, order.folder / INVENTORY)
        witness = _witness(plan, vault, stack) if order.prove and not options.dry_run else None
        with screen.bars(console, assigned) as tell:
            shop = Workshop(
                plan=plan,
                supply=supply,
                vault=vault,
                ledger=ledger,
                options=options,
                witness=witness,
                tell=tell,
                now=_now,
            )
            results = shop.run(assigned)
    return _shown(console, results, options)


def _chosen(
    console: Console,
    order: Order,
    plan: Plan,
    founds: list[Found],
    ledger: Ledger,
    options: Options,
    ask: Ask,
) -> list[Assigned]:
    """What is written where, confirmed by the technician with words that only the board knows."""
    if order.device:
        assigned = [_single(order, plan, founds)]
    else:
        assigned = assign(plan, founds, ledger.chip_of, replace=options.replace)
    console.print(screen.plan_table(assigned, dry_run=options.dry_run))
    if options.dry_run or order.yes:
        return assigned
    if order.device:
        facts = assigned[0].found.facts
        if facts is not None:
            identity.confirm(facts, order.confirm or ask("输入芯片号末四位 · Type the last four of the chip id"))
    elif ask("写入这些板子？输入 yes · Write these boards? Type yes").strip().lower() != "yes":
        raise KitError("not_confirmed")
    return assigned


def _single(order: Order, plan: Plan, founds: list[Found]) -> Assigned:
    """One board for one endpoint: never a guess between two."""
    entries = [entry for entry in plan.entries if entry.device == order.device]
    if not entries:
        raise KitError("bad_plan", f"{order.device!r} is not in the plan")
    if len(founds) > 1:
        raise KitError("several_boards", ", ".join(found.port.device for found in founds))
    return Assigned(found=founds[0], entry=entries[0])


def _wifi(plan: Plan, vault: Vault) -> None:
    name = WIFI + plan.ssid
    if not plan.ssid or (vault.get(name) is not None and WIFI_VARIABLE not in os.environ):
        return
    given = os.environ.get(WIFI_VARIABLE) or getpass.getpass(f"Wi-Fi {plan.ssid}: ")
    vault.put(name, given)


def _witness(plan: Plan, vault: Vault, stack: ExitStack) -> Ear:
    ca_file = plan.folder / plan.broker.ca_file if plan.broker.ca_file else None
    return stack.enter_context(Ear(plan, vault.password(inventory.technician_login(plan)), ca_file))


def _shown(console: Console, results: list[Result], options: Options) -> int:
    if options.dry_run:
        for line in screen.work_lines(results):
            console.print(line, highlight=False)
    else:
        console.print(screen.results_table(results))
    wrong = [result.trouble for result in results if result.trouble is not None]
    screen.troubles(console, wrong)
    return FAILED if wrong else DONE


def print_labels(console: Console, order: Order) -> int:
    """Labels of the plan, or of one endpoint."""
    with ExitStack() as stack:
        plan, _vault, ledger = _opened(order, stack)
        folder = order.folder / "labels"
        for entry in plan.entries:
            if order.device in ("", entry.device):
                label = batch.label_of(plan, entry, (ledger.chip_of(entry.device) or "")[-4:])
                drawn, printed = labels.write(label, folder)
                console.print(f"{entry.device}  {label.check}  {drawn}  {printed}")
        if not order.device:
            console.print(str(batch.all_labels(plan, folder, ledger.chip_of)))
    return DONE


def progress_of(console: Console, order: Order) -> int:
    """How far the plan is; 1 while something is missing."""
    with ExitStack() as stack:
        plan, _vault, ledger = _opened(order, stack)
        states = {entry.device: ledger.state_of(entry.device) or "-" for entry in plan.entries}
    for device, state in states.items():
        console.print(f"{device}  {state}")
    return DONE if all(state == PROVED for state in states.values()) else FAILED


def release(console: Console, folder: Path, device: str) -> int:
    """Forget which chip an endpoint was: the next free board becomes it."""
    with Ledger(folder) as ledger:
        ledger.note(device, ledger.chip_of(device) or "", RELEASED)
    console.print(f"✓ {device}")
    return DONE


def wake_pico(console: Console, folder: Path, ask: Ask) -> int:
    """MicroPython onto a Pico W that is plugged in with BOOTSEL held: it has no serial port before that."""
    image = stick.load(folder).image("pico_w")
    if image is None:
        raise KitError("stick_incomplete", "no image for pico_w")
    volume = uf2.find_volume()
    before = {port.device for port in usb_ports()}
    if ask(f"{volume}: {image.path.name}? yes").strip().lower() != "yes":
        raise KitError("not_confirmed")
    with Progress(console=console) as progress:
        bar = progress.add_task(image.path.name, total=100)
        uf2.write(volume, image, lambda share: progress.update(bar, completed=share))
    console.print(f"✓ {new_port(before).device}")
    return DONE
