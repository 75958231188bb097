"""`gridwhistle cloud import | export | site-people`, as an administrator runs them beside the service."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cloud.trust.vault import open_vault
from gridwhistle import app

LIST = "编号,姓名,角色,区域,手持终端,每日值班\nzhang,张三,网格员,春风第一网格,hh-01,08:00-20:00\n"


class Shell:
    """The command with a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._runner = CliRunner()

    def __call__(self, *words: str) -> Any:
        return self._runner.invoke(app, ["cloud", *words], env={"GRIDWHISTLE_CLOUD_DATA_DIR": str(self.folder)})

    def file(self, name: str, content: str, encoding: str = "utf-8") -> str:
        path = self.folder / name
        path.write_bytes(content.encode(encoding))
        return str(path)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A new centre."""
    return Shell(tmp_path)


def test_a_list_goes_in_and_out(shell: Shell) -> None:
    """Dry run, import in GBK, history, export, the workers of the site."""
    file = shell.file("people.csv", LIST, "gbk")

    tried = shell("import", "people", file, "--dry-run")
    assert (tried.exit_code, "新增 added 1: zhang" in tried.output, "未保存" in tried.output) == (0, True, True)
    assert "hh-01" not in shell("site-people", "chunfeng").output

    done = shell("import", "people", file, "--why", "九月名单", "--json")
    assert (done.exit_code, json.loads(done.output)["added"]) == (0, ["zhang"])
    assert "九月名单" in shell("plan", "history", "people").output
    assert (
        'device = "hh-01"\ngrid = "110105001001001"\nduty = ["08:00-20:00"]' in shell("site-people", "chunfeng").output
    )
    assert json.loads(shell("site-people", "chunfeng", "--json").output)[0]["name"] == "张三"
    out = shell.folder / "out.xlsx"
    assert shell("export", "people", str(out)).exit_code == 0
    assert "新增 added 0" in shell("import", "people", str(out), "--dry-run").output


def test_faults_end_with_a_code_of_their_own(shell: Shell) -> None:
    """1: the table, 2: the command; each line says where and what to write instead."""
    wrong = shell("import", "people", shell.file("p.csv", LIST.replace("网格员", "国王")))
    assert wrong.exit_code == 1
    assert "第 2 行 row 2 「角色」 '国王'" in wrong.output
    for words in (("import", "people", "nowhere.csv"), ("import", "cats", shell.file("c.csv", LIST)),
                  ("export", "people", str(shell.folder / "x.pdf"))):  # fmt: skip
        refused = shell(*words)
        assert (refused.exit_code, "无法完成" in refused.output) == (2, True)


def test_phone_numbers_need_the_key_file_of_the_service(shell: Shell) -> None:
    """The command makes none; a file with them is for nobody else's eyes."""
    file = shell.file("p.csv", "编号,姓名,角色,区域,手机\nzhang,张三,网格员,chunfeng-1,13800000000\n")
    refused = shell("import", "people", file)
    assert (refused.exit_code, "密钥" in refused.output) == (2, True)
    assert not (shell.folder / "keys.json").exists()

    open_vault(shell.folder / "keys.json")
    assert shell("import", "people", file).exit_code == 0
    out = shell.folder / "out.csv"
    assert shell("export", "people", str(out), "--personal").exit_code == 0
    assert "13800000000" in out.read_text("utf-8-sig")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_personal_data_leaves_on_record(shell: Shell) -> None:
    """Export with telephone numbers and import are in the audit log; a dry run and a plain export are not."""
    open_vault(shell.folder / "keys.json")
    file = shell.file("people.csv", LIST)
    shell("import", "people", file, "--dry-run")
    shell("export", "people", str(shell.folder / "plain.csv"))
    assert "people_" not in shell("audit", "show").output
    assert shell("import", "people", file).exit_code == 0
    assert shell("export", "people", str(shell.folder / "out.csv"), "--personal").exit_code == 0
    told = shell("audit", "show").output
    assert ("people_write" in told, "people_personal" in told) == (True, True)
    assert shell("audit", "verify").exit_code == 0
