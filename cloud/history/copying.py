"""A copy of the history on request, while the centre runs: only the process that has the file open can make it.

The request is a file in the data folder, not a route: who may write there may copy the readings anyway, and nobody from
afar can have a file written where he likes.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from cloud.history.port import NotReadable, NotStored, Series

log = structlog.get_logger()
REQUEST, ANSWER = "history-copy.request", "history-copy.answer"
RUNNING = "history-copy.running"  # locked by the process that copies; the system lets go when it dies
LOOKS = 40  # a centre that runs takes a request up within a second; a busy one within a few
NOBODY = (
    "no centre takes it up: does it run, on this machine, with this DATA_DIR, and does it keep the readings? "
    "没有中心进程接收请求：它是否在本机运行、使用同一 DATA_DIR 并负责读数？"
)

DIED = (
    "the centre was stopped while it copied; once it runs, give the command again. "
    "备份过程中中心进程被停止：请在它重新运行后再执行一次。"
)


class NoCopy(RuntimeError):
    """The text says why, and what to do."""


def serve(series: Series, data_dir: Path) -> bool:
    """Make the copy that was asked for; False where nobody asked."""
    request = data_dir / REQUEST
    if not request.exists():
        return False
    try:
        asked = {name: str(json.loads(request.read_text(encoding="utf-8"))[name]) for name in ("id", "folder")}
    except (ValueError, KeyError, TypeError) as error:
        request.unlink()  # half of one, after a power cut: it must not stand in the way for ever
        log.warning("history_not_copied", why=f"{REQUEST} makes no sense: {error!r}", remedy="give the command again")
        return False
    with (data_dir / RUNNING).open("w") as running:
        fcntl.flock(running, fcntl.LOCK_EX)
        request.unlink()
        _write(data_dir / ANSWER, _copied(series, asked))
        Path(running.name).unlink()
    return True


def _copied(series: Series, asked: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"id": asked["id"]}
    try:
        answer["made"] = str(series.backup(Path(asked["folder"])))
    except (OSError, NotReadable, NotStored, NotImplementedError) as error:
        answer["why"] = str(error)
        log.warning("history_not_copied", why=str(error), folder=asked["folder"])
    return answer


def ask(data_dir: Path, folder: Path, request_id: str, wait: Callable[[], None]) -> Path:
    """Have the running centre copy; returns when it is done. `wait` passes half a second or so. Raises NoCopy."""
    request, answer = data_dir / REQUEST, data_dir / ANSWER
    _write(request, {"id": request_id, "folder": str(folder.resolve())})
    looks = 0
    while not _answered(answer, request_id):
        looks += 1
        if looks > LOOKS and request.exists():
            request.unlink(missing_ok=True)
            raise NoCopy(NOBODY)
        if not request.exists() and not _copies(data_dir) and not _answered(answer, request_id):
            raise NoCopy(DIED)
        wait()
    told = json.loads(answer.read_text(encoding="utf-8"))
    answer.unlink()
    if "made" not in told:
        raise NoCopy(told["why"])
    return Path(told["made"])


def _copies(data_dir: Path) -> bool:
    """True while the process that took the request is at work. It locks before it takes, and answers before it ends."""
    try:
        with (data_dir / RUNNING).open("r") as running:
            fcntl.flock(running, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _answered(answer: Path, request_id: str) -> bool:
    return answer.exists() and json.loads(answer.read_text(encoding="utf-8")).get("id") == request_id


def _write(path: Path, content: dict[str, Any]) -> None:
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_text(json.dumps(content), encoding="utf-8")
    unfinished.replace(path)
