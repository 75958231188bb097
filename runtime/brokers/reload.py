"""Make a running broker read its files again, and know that it did."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import structlog

from runtime.brokers.home import PROBE, BrokerHome
from runtime.brokers.probe import Answer, ask

log = structlog.get_logger()
PATIENCE_S = 5.0  # default; measured with 1,000 endpoints connected: docs/security.md
_STEP_S = 0.05
PROGRAM = "mosquitto"


@dataclass(frozen=True, slots=True)
class Applied:
    """How it went. `trouble` empty: the broker works by the newest files. Codes: see TEXTS."""

    trouble: str = ""
    detail: str = ""
    took_s: float = 0.0


TEXTS = {
    "away": (
        "消息服务器没有运行；启动时就会按新名单工作",
        "the broker does not run; it will work by the new files when it starts",
    ),
    "not_taken": (
        "消息服务器还没有读新文件：请运行 systemctl reload 'gridwhistle-broker@*'，已吊销的设备在此之前仍能登录",
        "the broker has not read its new files: run `systemctl reload 'gridwhistle-broker@*'`; "
        "whoever was revoked can still log in until then",
    ),
    "certificate": (
        "消息服务器出示的证书不是我们的：请运行 gridwhistle gateway broker-setup，并检查端口上是不是别的程序",
        "the broker shows a certificate that is not ours: run broker-setup, and look which program has the port",
    ),
    "silent": ("消息服务器不回答：请重启它", "the broker does not answer: restart it"),
}


def apply(home: BrokerHome, patience_s: float = PATIENCE_S) -> Applied:
    """Tell the broker, and wait until it lets the newest probe in and shows the newest certificate."""
    started_s = time.monotonic()
    tell(Path(home.setup().pid_file))
    while True:
        answer = look(home)
        took_s = time.monotonic() - started_s
        if not answer.trouble or answer.trouble == "away" or took_s > patience_s:
            return Applied(trouble=answer.trouble, detail=answer.detail, took_s=took_s)
        time.sleep(_STEP_S)


def words(done: Applied) -> str:
    """How it went, for people."""
    if not done.trouble:
        return f"✓ 消息服务器已按新名单工作 the broker works by the new files ({done.took_s:.2f} s)"
    zh, en = TEXTS[done.trouble]
    return f"{'·' if done.trouble == 'away' else '✗'} {zh} / {en}"


def follow(home: BrokerHome, patience_s: float = PATIENCE_S) -> Applied:
    """See to it that files and broker are those of the list of logins, whatever happened to them."""
    if not home.is_published():
        log.warning("broker_files_written_anew", folder=str(home.broker))
        home.publish()
    answer = look(home)
    return apply(home, patience_s) if answer.trouble == "not_taken" else Applied(answer.trouble, answer.detail)


def look(home: BrokerHome) -> Answer:
    """Whether the broker works by the newest files: `away`, `not_taken`, `certificate`, `silent`, or no trouble."""
    setup = home.setup()
    answer = ask(("127.0.0.1", setup.local_port), home.ca, PROBE, home.probe_password())
    stale = not answer.trouble and answer.fingerprint != home.server_facts().fingerprint
    if answer.trouble == "refused" or stale:
        return Answer(trouble="not_taken", detail=answer.detail, fingerprint=answer.fingerprint)
    return answer


def tell(pid_file: Path) -> bool:
    """SIGHUP to the broker, where we may; elsewhere systemd watches the files. False where nobody was told by us."""
    try:
        pid = int(pid_file.read_text())
        # a number left by a dead broker may be another program's by now
        if Path(f"/proc/{pid}/comm").read_text().strip() != PROGRAM:
            return False
        os.kill(pid, signal.SIGHUP)
    except (OSError, ValueError):
        return False
    return True
