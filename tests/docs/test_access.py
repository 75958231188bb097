"""The page about rights says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from cloud.api.gate import KNOWN, STRANGER, Rules
from cloud.api.live import CHECK_S, OPEN_MAX
from cloud.trust import desk, passwords, proof, second, sessions, tokens
from cloud.trust.accounts import LINK_MS
from cloud.trust.limits import Rate
from cloud.trust.rights import RIGHTS, Action
from domain.people import Role

PAGE = (Path(__file__).parents[2] / "docs" / "access.md").read_text(encoding="utf-8")


def test_the_table_of_rights_is_the_one_that_judges() -> None:
    """Every right, every role."""
    head = re.search(r"^\| 权限 right .*$", PAGE, re.MULTILINE)
    assert head is not None
    roles = re.findall(r"`(\w+)`", head[0])
    rows = dict(re.findall(r"^\| [^|]*`(\w+)` \|((?:[ ✓]+\|){8})$", PAGE, re.MULTILINE))
    assert roles == list(Role)
    assert list(rows) == list(Action)
    for action, cells in rows.items():
        told = {role for role, cell in zip(roles, cells.split("|"), strict=False) if "✓" in cell}
        assert told == {role for role in Role if Action(action) in RIGHTS[role]}, action


def test_numbers_are_the_ones_of_the_code() -> None:
    """Limits, parameters and times."""
    assert f"t={passwords.TIME_COST}、{passwords.MEMORY_KIB // 1024} MiB、p={passwords.LANES}" in PAGE
    assert f"密码至少 {passwords.MIN_CHARS} 个字符" in PAGE
    assert f"另有 {second.RECOVERY_CODES} 个备用码" in PAGE
    assert (LINK_MS, "十分钟内有效" in PAGE) == (600_000, True)
    assert (proof.FRESH_MS, "登录超过 10 分钟" in PAGE) == (600_000, True)
    assert (tokens.SHOWN, "开头十个字符" in PAGE) == (10, True)
    assert f"最多在会话结束后 {CHECK_S:.0f} 秒内" in PAGE
    for row in (
        _rate(desk.HERE, "30 s"), _rate(desk.ACCOUNT, "10 s"), f"{desk.ADDRESS.burst}, then one per second",
        f"{KNOWN.burst}, then {KNOWN.per_s} per second", f"{STRANGER.burst}, then {STRANGER.per_s} per second",
        f"{Rules().body_max >> 20} MiB, of strangers {Rules().stranger_body_max >> 10} KiB",
        f"at once | 每个会话或令牌 {Rules().large_each} 个，总共 {Rules().large_all} 个",
        f"at once | {passwords.AT_ONCE} |", f"sessions of one account | {sessions.SEATS} |",
        f"live streams of one session | {OPEN_MAX} |",
    ):  # fmt: skip
        assert row in PAGE, row


def _rate(rate: Rate, every: str) -> str:
    assert round(1 / rate.per_s) == int(every.split(maxsplit=1)[0])
    return f"{rate.burst}, then one per {every}"
