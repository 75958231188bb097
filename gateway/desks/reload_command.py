"""`gridwhistle gateway reload`: the running gateway reads its site file again, and says what came of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from gateway.control import NotRunning, Refused, ask

USAGE, NOT_RUNNING = 2, 3


def main(data_dir: Path, *, as_json: bool = False) -> int:
    """Exit status 0: applied, or nothing had changed; 2: correct the file, all is as before; 3: no gateway answers."""
    try:
        answer = ask(data_dir, "reload")
    except (NotRunning, Refused) as error:
        sys.stderr.write(f"未重新载入 / Not reloaded: {error}\n")
        return NOT_RUNNING
    applied = bool(answer["applied"])
    if as_json:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    elif applied:
        sys.stdout.write(_applied(answer["changes"]))
    else:
        lines = "\n".join(f"  {problem['text']}" for problem in answer["problems"])
        head = "站点文件有误，网关沿用原来的 / The file cannot be used, the gateway keeps what it has"
        sys.stdout.write(f"{head}:\n{lines}\n")
    return 0 if applied else USAGE


def _applied(changes: list[str]) -> str:
    if not changes:
        return "没有变化 / Nothing has changed\n"
    return "已生效 / Applied:\n" + "".join(f"  {change}\n" for change in changes)
