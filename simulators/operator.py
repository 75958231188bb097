"""An operator in software: works a fire through its stages by the same interface the page uses."""

from __future__ import annotations

import asyncio
from typing import Any

from simulators.stack import Stack

ACTOR = "op-demo"
REASONS = {
    "accept": "",
    "dispatch": "请立即到现场",
    "feed_back": "火已扑灭，无人员受伤",
    "verify": "现场核查属实",
    "close": "处置完毕",
}
ORDER = tuple(REASONS)
LOOK_S = 0.2


class Operator:
    """Accepts the first fire it sees and closes it when every room has cleared."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    async def _first_fire(self, since_ms: int) -> str:
        while True:
            board = await self._stack.get("/api/board")
            for row in board["open"]:
                if row["kind"] == "fire" and row["parent_id"] is None and row["raised_at_ms"] >= since_ms:
                    return str(row["id"])
            await asyncio.sleep(LOOK_S)

    async def _move(self, detail: dict[str, Any], move: str) -> bool:
        """True where the centre took the move; False where it said not now (409)."""
        row = detail["row"]
        people = detail["people"]
        body = {
            "move": move,
            "actor": people[0][0] if people else ACTOR,
            "expected_version": row["version"],
            "reason": REASONS[move],
            "to": people[0][0] if move == "dispatch" and people else None,
        }
        answer = await self._stack.http.post(f"/api/incidents/{row['id']}/moves", json=body)
        if answer.status_code == 409:
            return False
        answer.raise_for_status()
        return True

    async def work_until_closed(self, since_ms: int) -> dict[str, Any]:
        """The detail of the first fire since then, once it is closed."""
        incident_id = await self._first_fire(since_ms)
        while True:
            detail: dict[str, Any] = await self._stack.get(f"/api/incidents/{incident_id}")
            if detail["row"]["stage"] == "closed":
                return detail
            burning = any(child["condition"] == "active" for child in [detail["row"], *detail["children"]])
            wanted = [move for move in ORDER if move in detail["moves"] and not (burning and move != "accept")]
            if wanted:
                await self._move(detail, wanted[0])
            await asyncio.sleep(LOOK_S)
