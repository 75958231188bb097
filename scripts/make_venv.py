"""Make the virtual environment with a Python that is new enough, or say in two languages what is missing.

Runs under any Python 3, so that an old one is told apart from a broken one: no syntax newer than 3.6 here.
"""

import importlib.util
import subprocess
import sys

NEEDED = (3, 11)
TOO_OLD = """需要 Python 3.11 或更高版本，这里是 {found}。请安装后运行：make PYTHON=python3.11 demo
gridwhistle needs Python 3.11 or later; this is {found}. Install one, then run: make PYTHON=python3.11 demo"""
NO_VENV = """这个 Python 没有 venv。Debian/Ubuntu 上请以 root 运行：apt-get install python3-venv，然后重试。
This Python has no venv. On Debian or Ubuntu, as root, run: apt-get install python3-venv, then try again."""


def complaint(version: "tuple[int, ...]", has_venv: bool) -> "str | None":
    """What is wrong with this Python, or None."""
    if version < NEEDED:
        return TOO_OLD.format(found=".".join(str(number) for number in version))
    return None if has_venv else NO_VENV


def main(folder: str) -> int:
    """Exit status: 0 when the environment is there."""
    # Debian ships venv without ensurepip, which then fails half way with a folder left behind
    has_venv = all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))
    text = complaint(sys.version_info[:2], has_venv)
    if text:
        print(text, file=sys.stderr)
        return 1
    return subprocess.call([sys.executable, "-m", "venv", folder])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
