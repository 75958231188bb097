"""What a board says about itself, and whether it is the one that was meant."""

from __future__ import annotations

import json
from dataclasses import dataclass

from firmware.kit.texts import KitError
from firmware.kit.wire import Wire

# board of hardware/boards -> words that must all stand in what MicroPython says of the machine.
# Sources: MICROPY_HW_BOARD_NAME and MICROPY_HW_MCU_NAME of ports/esp32/boards/ESP32_GENERIC_S3 and
# ports/rp2/boards/RPI_PICO_W: "Generic ESP32S3 module with ESP32S3", "Raspberry Pi Pico W with RP2040"
BOARD_WORDS = {"esp32_s3": ("ESP32S3",), "esp32_s3_cam": ("ESP32S3",), "pico_w": ("Pico W", "RP2040")}
CONFIRM_CHARS = 4
MPY_VERSION = 6  # of the bundle's .mpy files; sys.implementation._mpy & 0xff

# Never prints a password. One line of JSON.
_ASK = """\
import sys,os,json,machine,binascii
def j(p):
 try:
  with open(p) as f:
   v=json.load(f)
  return v if isinstance(v,dict) else {}
 except (OSError,ValueError):
  return {}
c=j('/config.json')
s=os.statvfs('/')
i=sys.implementation
try:
 os.stat('/main.py')
 m=True
except OSError:
 m=False
print(json.dumps({'machine':i._machine,'version':list(i.version)[:3],'mpy':i._mpy&255,
'id':binascii.hexlify(machine.unique_id()).decode(),'device':c.get('device'),'site':c.get('site'),'kind':c.get('kind'),
'boot':j('/boots.json').get('boot',0),'free':s[0]*s[3],'runs':m}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardFacts:
    """The board's own words. `device`, `site`, `kind` are None before it is provisioned; `runs`: it has a main.py."""

    machine: str
    version: str
    mpy: int
    unique_id: str
    device: str | None
    site: str | None
    kind: str | None
    boot: int
    free_bytes: int
    runs: bool

    @property
    def confirmation(self) -> str:
        """What a technician types to say: this one."""
        return self.unique_id[-CONFIRM_CHARS:]

    @property
    def boards(self) -> list[str]:
        """Boards of hardware/boards it can be; empty for one we have no firmware for."""
        return [name for name, words in BOARD_WORDS.items() if all(word in self.machine for word in words)]


def ask(wire: Wire) -> BoardFacts:
    """Let the board say who it is. Raises KitError."""
    said = wire.run(_ASK)
    try:
        told = json.loads(said.strip().splitlines()[-1])
        return BoardFacts(
            machine=str(told["machine"]),
            version=".".join(str(number) for number in told["version"]),
            mpy=int(told["mpy"]),
            unique_id=str(told["id"]),
            device=told["device"],
            site=told["site"],
            kind=told["kind"],
            boot=int(told["boot"]),
            free_bytes=int(told["free"]),
            runs=bool(told["runs"]),
        )
    except (ValueError, KeyError, IndexError, TypeError):
        raise KitError("garbage", f"{wire.port}: {said[:60]!r}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the plan says this board shall be."""

    device: str
    site: str
    kind: str
    board: str


def check(facts: BoardFacts, wanted: Wanted, *, replace: bool) -> None:
    """Raises KitError wrong_board, wrong_kind or other_identity. `replace` allows the last two, nothing the first."""
    if wanted.board not in facts.boards:
        raise KitError("wrong_board", f"{wanted.board} != {facts.machine!r} ({facts.unique_id})")
    if replace or facts.device is None:
        return
    if facts.kind is not None and facts.kind != wanted.kind:
        raise KitError("wrong_kind", f"{facts.device}: {facts.kind} != {wanted.kind}")
    if (facts.site, facts.device) != (wanted.site, wanted.device):
        raise KitError("other_identity", f"{facts.site}/{facts.device} != {wanted.site}/{wanted.device}")


def confirm(facts: BoardFacts, typed: str) -> None:
    """Raises KitError unless `typed` is the end of the chip id that the board told."""
    if typed.strip().lower() != facts.confirmation.lower():
        raise KitError("not_confirmed", f"{typed.strip()!r} != ...{facts.confirmation}")
