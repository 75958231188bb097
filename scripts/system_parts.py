"""The parts that come from the operating system, not from PyPI: which are here, what each is for, how to get them.

`python scripts/system_parts.py` says what is missing; with `--install` it installs that: Debian's as root on a system
with apt, InfluxDB by anybody who has Go. The tests read the same table (tests/conftest.py).
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
CACHE = Path(__file__).resolve().parent.parent / ".cache"  # of this checkout; git ignores it
# Debian has no InfluxDB. 1.8 is the last that Go alone builds; it has the API of version 2 and Flux
INFLUX = "github.com/influxdata/influxdb/cmd/influxd@v1.8.10"
GO_FLAGS = ("-ldflags=-checklinkname=0",)  # Go 1.23 and newer refuse what one of its parts does without it


def find_program(name: str) -> str | None:
    """Path of a program, also where only root would find it."""
    return shutil.which(name) or shutil.which(name, path=SYSTEM_FOLDERS)


def find_postgres() -> Path | None:
    """Folder of the programs of the newest PostgreSQL server; Debian keeps it off every path."""
    if program := shutil.which("initdb"):
        return Path(program).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def find_influxd() -> str | None:
    """Path of InfluxDB's server that was built here; one of the system may be another version."""
    return shutil.which("influxd", path=str(CACHE / "bin"))


def has_cjk_font() -> bool:
    """True where a Chinese font of Debian is installed."""
    return any(Path("/usr/share/fonts").rglob(CJK_FONT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the system; `mark` is the pytest marker of the tests that need it."""

    mark: str
    package: str  # Debian's name, of what builds it where Debian has none
    present: Callable[[], bool]
    tests_zh: str
    tests_en: str
    built: str = ""  # Go's name of what is built here


PARTS = (
    Part(
        mark="mosquitto",
        package="mosquitto",
        present=lambda: find_program("mosquitto") is not None,
        tests_zh="真实消息服务器上的测试：确认在落盘之后、断线重连、保留消息与遗嘱、整条链路",
        tests_en="tests on a real broker: acknowledge after commit, reconnection, last will, whole path",
    ),
    Part(
        mark="chromium",
        package="chromium",
        present=lambda: find_program("chromium") is not None,
        tests_zh="真实浏览器里的控制台测试：总览、声音提示、键盘操作、从起火到办结",
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
        mark="influx",
        package="golang-go",
        built=INFLUX,
        present=lambda: find_influxd() is not None,
        tests_zh="InfluxDB 上的历史数据测试：与 DuckDB 相同的测试，以及停机、断电、积压",
        tests_en="the history on InfluxDB: the same tests as on DuckDB, and outages, kills, backlogs",
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
        lines.append(f"  {part.built or part.package}")
        lines.append(f"    {part.tests_zh}")
        lines.append(f"    {part.tests_en}")
    if packages := " ".join(wanted_of_debian(parts)):
        lines.append(f"  请以 root 运行 / as root, run: apt-get install --no-install-recommends {packages}")
    if any(part.built for part in parts):
        lines.append("  然后运行 / then run: python scripts/system_parts.py --install")
    return "\n".join(lines)


def wanted_of_debian(parts: list[Part]) -> list[str]:
    """Names for apt; what builds a part is not wanted where it is here already."""
    return [part.package for part in parts if not (part.built and find_program("go"))]


def install(parts: list[Part]) -> None:
    """Install what can be installed here. Raises CalledProcessError where apt refuses."""
    packages = wanted_of_debian(parts)
    if packages and os.geteuid() == 0 and find_program("apt-get"):
        env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-q"], check=True, env=env)
        command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
        subprocess.run(command, check=True, env=env)
    for part in parts:
        if part.built and find_program("go"):
            build(part)


def build(part: Part) -> None:
    """With Go, into the cache of this checkout; about a minute. What cannot be built stays missing, and is told."""
    print(f"正在编译，约一分钟 / building, about a minute: {part.built}", file=sys.stderr)
    env = os.environ | {"GOBIN": str(CACHE / "bin"), "CGO_ENABLED": "0"}
    for flags in (GO_FLAGS, ()):  # an old Go does not know the flag and does not need it
        done = subprocess.run([find_program("go") or "go", "install", *flags, part.built], env=env, check=False)
        if done.returncode == 0:
            return


def main(arguments: list[str]) -> int:
    """Report or install. On CI a part that is still missing fails the run."""
    missing = missing_parts()
    if missing and "--install" in arguments:
        install(missing)
        missing = missing_parts()
    if missing:
        print(describe(missing), file=sys.stderr)
    return 1 if missing and os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
