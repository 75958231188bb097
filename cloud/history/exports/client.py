"""`gridwhistle cloud history export`: asks the running centre for a file, shows how far it is, and fetches it.

Through the API, because the file of the readings has one process.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

LOOK_S = 0.3
TIMEOUT_S = 30.0
PIECE = 1 << 16
ENDED = ("done", "failed", "cancelled", "gone")


class ExportRefused(RuntimeError):
    """The centre said no, or cannot be reached; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Client:
    """The API of a running centre."""

    web: httpx.Client

    def export(self, wish: dict[str, Any], file: Path, told: Callable[[int, int], None]) -> int:
        """The bytes of the file, once it is there; `told` hears rows done and rows expected. Raises ExportRefused."""
        export = self._ask("POST", "/api/history/exports", json=wish)
        try:
            while export["state"] not in ENDED:
                told(export["rows"], export["total"])
                time.sleep(LOOK_S)
                export = self._ask("GET", f"/api/history/exports/{export['id']}")
        except KeyboardInterrupt:
            self._ask("DELETE", f"/api/history/exports/{export['id']}")
            raise
        if export["state"] != "done":
            raise ExportRefused(f"导出未完成 / the export has ended as {export['state']}: {export['error']}")
        told(export["rows"], export["rows"])
        return self._fetch(export["file"], file)

    def _fetch(self, path: str, file: Path) -> int:
        half = file.with_name(file.name + ".part")
        try:
            with self.web.stream("GET", path) as answer, half.open("wb") as out:
                answer.raise_for_status()
                size = sum(out.write(piece) for piece in answer.iter_bytes(PIECE))
            half.replace(file)
        except httpx.HTTPError as error:
            raise ExportRefused(f"下载中断，请重试 / the file did not arrive, try again: {error}") from error
        finally:
            half.unlink(missing_ok=True)
        return size

    def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        try:
            answer = self.web.request(method, path, **more)
        except httpx.HTTPError as error:
            raise ExportRefused(
                f"连不上指挥中心，请检查 --url 和服务 / the centre does not answer, look at --url: {error}"
            ) from error
        if answer.is_error:
            told = answer.json() if "json" in answer.headers.get("content-type", "") else {}
            raise ExportRefused(f"{told.get('detail_zh', '')} / {told.get('detail', answer.reason_phrase)}")
        return dict(answer.json())
