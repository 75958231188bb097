"""/loader.py of every board: picks the slot whose code runs. It is small because it is never updated over the air.

/main.py (entry.py) calls it and drops it before the slot's code is loaded.
/slots.json: `slot` to run; `trial` is how many boots a new slot has left to prove itself, null once it has; `fails` are
the starts in a row that did not last. The slot's own code (slots.py) writes that it is well. A slot is whole when its
manifest.json is there: an update removes it first and writes it last.
"""

import json
import os
import sys
import time

_FAILS = 5
_WATCHDOG_MS = 8000  # the RP2040 counts to 8388 ms at most
_SAFE_ROUNDS = 90  # of 3.3 s: after five minutes of safe mode it tries again


def whole_slots() -> list:
    """The slots that can be run."""
    whole = []
    for slot in ("a", "b"):
        try:
            os.stat("/slots/%s/manifest.json" % slot)
            whole.append(slot)
        except OSError:
            pass
    return whole


def read() -> dict:
    """The state on flash. Where that is lost or torn, a state that runs whatever is whole."""
    for path in ("/slots.json", "/slots.json.new"):
        try:
            with open(path) as file:
                state = json.load(file)
            if state["slot"] in ("a", "b") and state["fails"] >= 0 and (state["trial"] is None or state["trial"] >= 0):
                return state
        except (OSError, ValueError, KeyError, TypeError):
            pass
    return {"slot": "a", "trial": None, "fails": 0}


def save(state: dict) -> bool:
    """False where the flash cannot be written."""
    try:
        with open("/slots.json.new", "w") as file:
            json.dump(state, file)
        os.rename("/slots.json.new", "/slots.json")  # atomic on littlefs
    except OSError as error:
        print("flash:", error)
        return False
    return True


def choose(state: dict, whole: list, unsure: bool) -> tuple:
    """(state to keep, slot to run or None for safe mode). `unsure`: the start before this one may have failed."""
    state, slot = dict(state), state["slot"]
    other = "b" if slot == "a" else "a"
    if state["trial"] is not None:
        if state["trial"] > 0 and slot in whole:
            state["trial"] -= 1
            return state, slot
        whole = [name for name in whole if name == other]  # what failed its trial is never run again
        state["slot"], state["trial"], state["fails"] = other, None, 0
        slot, other, unsure = other, slot, False
    state["fails"] += unsure
    if state["fails"] >= 2 * _FAILS + 2:
        state["fails"] -= 2  # stays odd or even: safe mode tries the one and the other
    if slot in whole and (state["fails"] < _FAILS or other not in whole):
        other = slot
    return state, other if other in whole and state["fails"] < 2 * _FAILS else None


def last_resort(state: dict, whole: list) -> str | None:
    """The slot that safe mode tries from time to time; None where there is none at all."""
    return whole[state["fails"] % len(whole)] if whole else None


def _led(whole: list):
    """The light, where a slot still knows its pin."""
    import machine

    for slot in whole:
        sys.path.insert(0, "/slots/%s/firmware/device" % slot)
        try:
            from pins import PINS

            return machine.Pin(PINS["led"], machine.Pin.OUT, value=0)
        except (ImportError, ValueError, KeyError):
            pass
        finally:
            sys.path.pop(0)
            sys.modules.pop("pins", None)
    return None


def _safe_mode(whole: list, watchdog) -> None:
    """Six flashes and a pause, for a while, and for ever where there is nothing to run."""
    print("安全模式：程序多次启动失败，请用工具箱重新写入 / safe mode: no program starts, flash it again with the kit")
    led = _led(whole)
    rounds = 0
    while rounds < _SAFE_ROUNDS or not whole:
        for step in range(22):
            if led is not None:
                led.value(int(step < 12 and not step & 1))
            time.sleep_ms(150)
            watchdog.feed()
        rounds += 1


def _pick(cause: int, known: tuple) -> tuple:
    before, whole = read(), whole_slots()
    state, slot = choose(before, whole, cause not in known)
    if slot is not None and before["trial"] is not None and state["trial"] is None:
        try:
            os.remove("/slots/%s/manifest.json" % before["slot"])
        except OSError:
            pass  # it was not whole
    if state != before and not save(state) and state["trial"] is not None:
        slot = "b" if slot == "a" else "a"  # a trial that cannot be counted would never end
    return slot, last_resort(state, whole)


def _in_rom(slot: str, feed) -> str:
    """Where to run a slot from: its copy in ROM where this MicroPython has room for one, else the slot itself."""
    sys.path.insert(0, slot)
    placed = False
    try:
        from firmware.device import rom, rom_partition

        partition = rom_partition.Partition()
        placed = rom.place(slot, partition, partition.mount, feed)
    except (ImportError, OSError) as error:
        print("rom:", error)
    sys.path.pop(0)
    for name in ("firmware.device.rom", "firmware.device.rom_partition", "firmware.device", "firmware"):
        sys.modules.pop(name, None)  # of the slot: the copy has its own
    return "/rom" if placed else slot


def prepare() -> None:
    """The slot to run stands in sys.path; a watchdog runs. Raises whatever keeps it from that."""
    import machine

    # a switch or a technician says nothing about the program; the RP2040 has no soft reset cause
    known = (machine.PWRON_RESET, getattr(machine, "SOFT_RESET", machine.PWRON_RESET))
    slot, resort = _pick(machine.reset_cause(), known)
    watchdog = machine.WDT(timeout=_WATCHDOG_MS)
    if slot is None:
        _safe_mode(whole_slots(), watchdog)
    running = "/slots/" + (slot or resort)
    sys.path.insert(0, _in_rom(running, watchdog.feed))
    sys.path.append(running)  # which slot it is, for those who must know


def leave_to_technician() -> None:
    """Ctrl-C: a watchdog cannot be stopped, so a timer feeds it until the next reset."""
    import machine

    watchdog = machine.WDT(timeout=_WATCHDOG_MS)
    timer = machine.Timer(0 if hasattr(machine.ADC, "ATTN_11DB") else -1)
    timer.init(period=2000, callback=lambda _timer: watchdog.feed())
