"""The parts that come from the operating system, not from PyPI: which are here, what each is for, how to get them.

`python scripts/system_parts.py` says what is missing; with `--install` it installs that, as root on a system with apt.
The tests read the same table (tests/conftest.py).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SYSTEM_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"  # not on the path of a plain user; Debian has mosquitto there
CJK_FONT = "NotoSansCJK*"


def find_program(name: str) -> str | None:
    """Path of a program, also where only root would find it."""
    return shutil.which(name) or shutil.which(name, path=SYSTEM_FOLDERS)


def find_postgres() -> Path | None:
    """Folder of the programs of the newest PostgreSQL server; Debian keeps it off every path."""
    if program := shutil.which("initdb"):
        return Path(program).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def has_cjk_font() -> bool:
    """True where a Chinese font of Debian is installed."""
    return any(Path("/usr/share/fonts").rglob(CJK_FONT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the system; `mark` is the pytest marker of the tests that need it."""

    mark: str
    package: str  # Debian's name
    present: Callable[[], bool]
    tests_zh: str
    tests_en: str


PARTS = (
    Part(
        mark="mosquitto",
        package="mosquitto",
        present=lambda: find_program("mosquitto") is not None,
        tests_zh="真实 MQTT 服务器上的测试：确认在落盘之后、断线重连、保留消息与遗嘱、整条链路",
        tests_en="tests on a real broker: acknowledge after commit, reconnection, last will, whole path",
    ),
    Part(
        mark="chromium",
        package="chromium",
        present=lambda: find_program("chromium") is not None,
        tests_zh="真实浏览器里的控制台测试：看板、声音提示、键盘操作、从起火到办结",
        tests_en="tests of the console in a real browser: board, sound, keyboard, from the fire to the closed incident",
    ),
    Part(
        mark="postgres",
        package="postgresql",
        present=lambda: find_postgres() is not None,
        tests_zh="PostgreSQL 上的存储测试：与 SQLite 相同的测试，以及多个工作进程",
        tests_en="the store on PostgreSQL: the same tests as on SQLite, and several workers",
    ),
    Part(
        mark="cjk_font",
        package="fonts-noto-cjk",
        present=has_cjk_font,
        tests_zh="中文界面的截图能否正确显示汉字",
        tests_en="whether Chinese shows as characters in the pictures of the console",
    ),
)


def missing_parts() -> list[Part]:
    """The parts that this machine lacks."""
    return [part for part in PARTS if not part.present()]


def describe(parts: list[Part]) -> str:
    """What is missing, what it would have tested, and the remedy, in Chinese and English."""
    lines = ["缺少以下部件，相关测试不会运行 / missing parts, their tests do not run:"]
    for part in parts:
        lines.append(f"  {part.package}")
        lines.append(f"    {part.tests_zh}")
        lines.append(f"    {part.tests_en}")
    packages = " ".join(part.package for part in parts)
    lines.append(f"  请以 root 运行 / as root, run: apt-get install --no-install-recommends {packages}")
    return "\n".join(lines)


def install(parts: list[Part]) -> None:
    """Install with apt what is missing. Raises CalledProcessError where apt refuses."""
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-q"], check=True, env=env)
    packages = [part.package for part in parts]
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    subprocess.run(command, check=True, env=env)


def main(arguments: list[str]) -> int:
    """Report or install. On CI a part that is still missing fails the run."""
    missing = missing_parts()
    if missing and "--install" in arguments and os.geteuid() == 0 and find_program("apt-get"):
        install(missing)
        missing = missing_parts()
    if missing:
        print(describe(missing), file=sys.stderr)
    return 1 if missing and os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
