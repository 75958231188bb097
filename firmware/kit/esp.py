"""MicroPython onto an ESP32-S3: esptool in a process of its own, its progress read, its errors put into our words."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from firmware.kit.images import Image
from firmware.kit.texts import KitError

BAUDS = (460_800, 115_200)  # noise on long cables goes away with the lower one
ASK_S = 30.0
WRITE_S = 300.0  # 16 MB at 460,800 baud would take six minutes; our images have 2 MB
ESPTOOL = (sys.executable, "-m", "esptool")
OFFSET = "0x0"  # of MicroPython's .bin for ESP32-S3 (micropython.org/download/ESP32_GENERIC_S3, "from address 0")

_PERCENT = re.compile(r"(\d{1,3}(?:\.\d)?)\s?%")
# words of esptool 5 (esptool/loader.py, esptool/cmds.py) -> code
_MEANINGS = (
    (r"[Pp]ermission denied", "permission"),
    (r"exclusively lock|Resource busy|resource temporarily", "port_in_use"),
    (r"No such file|doesn't exist|FileNotFound", "no_board"),
    (r"Wrong chip argument|This chip is|Unexpected chip id", "wrong_board"),
    (r"Failed to connect|No serial data received|Wrong boot mode|download mode", "boot_button"),
    (r"MD5 of file does not match|[Vv]erif\w+ failed|digest mismatch", "digest_mismatch"),
    (r"device disconnected|read failed|write failed|Input/output error|device reports readiness", "unplugged"),
)
_AGAIN = ("write_failed", "digest_mismatch", "boot_button")  # worth a try at the lower speed

Percent = Callable[[float], None]


def write_argv(port: str, image: Image, baud: int) -> list[str]:
    """Write from address 0, all of the flash erased: a file system of before would be taken for ours."""
    common = ["--chip", image.chip, "--port", port, "--baud", str(baud), "--connect-attempts", "5"]
    modes = ["--flash-mode", "keep", "--flash-freq", "keep", "--flash-size", "keep"]  # patched headers verify wrong
    return [*ESPTOOL, *common, "--after", "no-reset", "write-flash", "--erase-all", *modes, OFFSET, str(image.path)]


def verify_argv(port: str, image: Image, baud: int) -> list[str]:
    """Digest of the flash, computed by the chip, against the file; then start what was written."""
    common = ["--chip", image.chip, "--port", port, "--baud", str(baud), "--connect-attempts", "5"]
    return [*ESPTOOL, *common, "--after", "hard-reset", "verify-flash", OFFSET, str(image.path)]


def ask(port: str) -> tuple[str, str]:
    """(chip, MAC in hex) of a board without MicroPython, told by its boot loader. machine.unique_id() is that MAC."""
    argv = [*ESPTOOL, "--port", port, "--connect-attempts", "2", "--after", "hard-reset", "read-mac"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=ASK_S)
    return identity_in(done.stdout + done.stderr)


def identity_in(said: str) -> tuple[str, str]:
    """Chip and MAC in what esptool printed (esptool/cmds.py: "Chip type:", "MAC:"). Raises KitError."""
    chip, mac = re.search(r"Chip type:\s*(\S+)", said), re.search(r"MAC:\s*([0-9a-fA-F:]{17})", said)
    if chip is None or mac is None:
        raise KitError(meaning(said), _last_words(said))
    return chip.group(1), mac.group(1).replace(":", "").lower()


def meaning(said: str) -> str:
    """The code for what esptool said at its end."""
    return next((code for pattern, code in _MEANINGS if re.search(pattern, said)), "write_failed")


def write(
    port: str, image: Image, percent: Percent, run: Callable[[Sequence[str], Percent], None] | None = None
) -> None:
    """Write and verify; once more, slower, where the line was bad. Raises KitError."""
    runner = run or run_tool
    for baud in BAUDS:
        try:
            runner(write_argv(port, image, baud), percent)
            runner(verify_argv(port, image, baud), lambda _share: None)
        except KitError as error:
            if baud == BAUDS[-1] or error.code not in _AGAIN:
                raise
        else:
            return


def run_tool(argv: Sequence[str], percent: Percent) -> None:
    """Run a tool to its end. Raises KitError with its last words where it failed or hung."""
    said = ""
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    with process, _ended_after(process, WRITE_S):
        for line in _lines(process):
            said = (said + line + "\n")[-4000:]
            for share in _PERCENT.findall(line):
                percent(float(share))
        status = process.wait()
    if status != 0:
        raise KitError(meaning(said), _last_words(said))


def _lines(process: subprocess.Popen[bytes]) -> Iterator[str]:
    """Lines of its output; a progress bar ends them with a carriage return."""
    if process.stdout is None:
        return
    rest = b""
    while data := process.stdout.read1(4096):  # type: ignore[attr-defined]
        *lines, rest = re.split(rb"[\r\n]+", rest + data)
        yield from (line.decode(errors="replace") for line in lines if line)
    yield rest.decode(errors="replace")


@contextmanager
def _ended_after(process: subprocess.Popen[bytes], timeout_s: float) -> Iterator[None]:
    timer = threading.Timer(timeout_s, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _last_words(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    told = [line for line in lines if "rror" in line]
    return "esptool: " + (told or lines or ["no word"])[-1][:300]
