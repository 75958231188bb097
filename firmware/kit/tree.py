"""What the flash of a board shall hold, what it holds, and the difference. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from firmware.kit.bundle import BOOT_FILES, Bundle, first_state
from firmware.kit.provision import CA, RECORD

MAIN = "/main.py"
STATE = "/slots.json"
KEYS = "/update_keys.bin"
SLOTS = "/slots/"
_OF_THE_CODE = (*BOOT_FILES, KEYS, "/update.json")
MANIFEST = "/slots/a/manifest.json"

Digests = Mapping[str, str]  # path on flash -> SHA-256 in hex


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What makes a board right: first `remove`, then `write`, in order. `code`: the program must be stopped for it."""

    remove: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    code: bool = False

    @property
    def nothing(self) -> bool:
        """True where the board is right already."""
        return not self.remove and not self.write


def code_files(bundle: Bundle, keys: bytes) -> dict[str, bytes]:
    """Path on flash -> content, of a board that starts with slot a. In the order to write: what starts it, last."""
    files = {KEYS: keys}
    files |= {f"{SLOTS}a/{path}": content for path, content in bundle.slot_files().items()}
    files[STATE] = first_state(bundle.manifest.version)
    files |= {path: source.read_bytes() for path, source in BOOT_FILES.items()}
    return files


def digests_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """What the board must compute."""
    return {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}


def difference(found: Digests, wanted: Mapping[str, bytes], *, erase: bool = False) -> Work:
    """The work on a board with these files.

    A board never starts half a program: main.py goes first and comes last, and so does the manifest of the slot.
    """
    wrong = set(wrong_after({} if erase else found, wanted))
    stale = {p for p in found if p not in wanted and (p.startswith(SLOTS) or p in _OF_THE_CODE or erase or p == CA)}
    code = erase or any(path != STATE and (path.startswith(SLOTS) or path in _OF_THE_CODE) for path in wrong | stale)
    if code:
        wrong |= {MAIN, MANIFEST, STATE}
    ordered = [path for path in wanted if path in wrong and path not in (MANIFEST, MAIN)]
    ordered += [path for path in (MANIFEST, MAIN) if path in wrong]
    first = [path for path in (MAIN, MANIFEST, STATE, RECORD) if path in found and path in wrong]
    return Work(remove=(*first, *sorted(stale)), write=tuple(ordered), code=code)


def wrong_after(found: Digests, wanted: Mapping[str, bytes]) -> list[str]:
    """Paths whose content on the board is not what it shall be."""
    return [path for path, digest in digests_of(wanted).items() if found.get(path) != digest]
