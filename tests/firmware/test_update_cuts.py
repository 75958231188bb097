"""Power cuts at every write of the flash during an update, under the real MicroPython on littlefs."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.kit import build, bundle, sign
from simulators.virtual_board.flash import micropython_argv

BEFORE, OLD, NEW = (0, 9, 0), (1, 0, 0), (1, 1, 0)
CONTINUED_EVERY = 50
RESULT = re.compile(r"(\w+) writes (\d+) cuts (\d+) a (\d+) b (\d+) continued (\d+)")


def _flash(folder: Path, key: Ed25519PrivateKey, files: dict[str, bytes]) -> None:
    """A board that runs OLD from slot a and has BEFORE in slot b."""
    tree = {"slots.json": bundle.first_state(OLD), "update_keys.bin": sign.public_bytes(key)}
    for slot, version in (("a", OLD), ("b", BEFORE)):
        sealed = bundle.read(build.seal(files, "esp32_s3", "fire", version, key))
        tree |= {f"slots/{slot}/{path}": data for path, data in sealed.slot_files().items()}
    for path, data in tree.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


@pytest.mark.slow
@pytest.mark.parametrize("every", [10, pytest.param(1, marks=pytest.mark.endurance)])
def test_a_power_cut_at_any_write_leaves_a_board_that_boots(repository: Path, tmp_path: Path, every: int) -> None:
    """Before and in the middle of every (tenth) write, in an update that becomes good and in one that is rolled back.

    The loader finds a slot that is whole; and an update goes on to its end from wherever it was cut.
    """
    key = Ed25519PrivateKey.generate()
    files = build.compiled(build.sources("esp32_s3", "fire"))
    _flash(tmp_path / "flash", key, files)
    sealed = build.seal(files, "esp32_s3", "fire", NEW, key)
    (tmp_path / "bundle").write_bytes(sealed)
    words = (str(tmp_path / "flash"), str(tmp_path / "bundle"), "1.1.0", hashlib.sha256(sealed).hexdigest())
    script = repository / "tests/firmware/cuts_on_board.py"
    argv = micropython_argv(65536, script, str(repository), *words, str(CONTINUED_EVERY), str(every))
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=300)

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    results = {name: [int(n) for n in numbers] for name, *numbers in RESULT.findall(done.stdout)}
    print(f"bundle {len(sealed)} bytes, {len(files)} files; writes, cuts, booted a, booted b, continued: {results}")
    for writes, cuts, in_a, in_b, _ in results.values():
        assert writes > 500
        asked = range(0, writes + 1, every)
        assert cuts == 2 * len(asked) - (writes in asked) == in_a + in_b
        assert min(in_a, in_b) > 0
    assert {"update", "failed_trial"} == set(results)
    assert results["update"][4] > 10
