"""`gridwhistle gateway panel`: a person asks a panel something, or looks at it, through the running gateway."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from gateway.adapters.gb26875.orders import DUTY_CHECK, LAST
from gateway.control import NotRunning, Refused, ask
from gateway.settings import PREFIX, Settings
from runtime.settings import SettingsError, from_env

USAGE, NO_ANSWER, REFUSED = 2, 3, 4
LOOK_S = 0.3
EXCHANGE_S = 60.0  # four tries of ten seconds, and the orders before it
MEANINGS = {
    "new": "等待发送 / waits to be sent",
    "sent": "已发送，等待装置确认 / sent, the device has not confirmed yet",
    "acknowledged": "装置已确认，等待值班人员应答 / the device rings, nobody has answered yet",
    "done": "完成 / done",
    "answered": "值班人员已应答 / somebody answered",
    "unanswered": "无人应答：请电话联系消控室 / nobody answered: call the control room",
    "denied": "装置不支持该命令 / the device does not know this command",
    "failed": "装置没有回答：请检查网络与装置 / the device did not answer: check the network and the device",
}
EXITS = {"done": 0, "answered": 0, "unanswered": NO_ANSWER, "failed": NO_ANSWER, "denied": REFUSED}


def main(data_dir: Path | None, device: str, what: str, details: dict[str, Any]) -> int:
    """Ask and wait. Exit status 0: done; 2: correct the call; 3: no answer; 4: device or gateway say no."""
    try:
        folder = data_dir or from_env(Settings, PREFIX, os.environ).data_dir
        answer = ask(folder, "panel", device=device, what=what, details=details)
        if "order" in answer:
            wait_s = EXCHANGE_S + (details.get("minutes", 0) * 60 + 30 if what == DUTY_CHECK else 0)
            answer = _wait(folder, answer["order"], wait_s)
    except (SettingsError, NotRunning) as error:
        sys.stderr.write(f"命令未发出 / The command was not given: {error}\n")
        return USAGE
    except Refused as error:
        sys.stderr.write(f"命令被拒绝 / The command was refused: {error}\n")
        return REFUSED
    if what == "show":
        _print(answer)
    if what == "over":
        sys.stdout.write(
            f"已记录：{device} 的火警与故障已恢复，操作人 {details['by']} / "
            f"Noted: the fires and faults of {device} are over, says {details['by']}\n"
        )
    return EXITS.get(str(answer.get("state", "done")), NO_ANSWER)


def _wait(folder: Path, order: int, wait_s: float) -> dict[str, Any]:
    """Print each state as it comes, until the last."""
    said, until_s = "", time.monotonic() + wait_s
    while True:
        answer = ask(folder, "panel", order=order)
        state = str(answer.get("state", "failed"))
        if state != said:
            said = state
            _print({"state": state, "meaning": MEANINGS.get(state, state), "answer": answer.get("answer")})
        if state in LAST or time.monotonic() > until_s:
            return answer
        time.sleep(LOOK_S)


def _print(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    sys.stdout.flush()
