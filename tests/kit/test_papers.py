"""Plans, keys, inventories, labels and the report: what is typed, kept, handed over and printed."""

from __future__ import annotations

import base64
import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.kit import inventory, labels, plan_file, provision
from firmware.kit.assign import assign
from firmware.kit.identity import BoardFacts
from firmware.kit.labels import Label
from firmware.kit.ledger import REPORT_CSV, HandOver, Ledger
from firmware.kit.plan_file import Plan
from firmware.kit.ports import Found, Port
from firmware.kit.texts import LANGUAGES, KitError, advices
from firmware.kit.tree import MAIN, MANIFEST, difference, digests_of
from firmware.kit.vault import Vault
from gateway.site_file import site as site_file
from protocol import filters, topics
from tests.kit.bench import Bench
from tests.kit.test_images import code_of

HEAD = 'site = "chunfeng"\ntechnician = "li"\n[broker]\nhost = "10.0.0.2"\n'
ROW = '[[boards]]\ndevice = "fire-1"\nkind = "fire"\nboard = "esp32_s3"\ngrid = "110105001001001"\nplace = "3号楼"\n'


def plan_of(folder: Path, text: str = HEAD + ROW) -> Plan:
    """A plan from its text."""
    (folder / "plan.toml").write_text(text, encoding="utf-8")
    return plan_file.load(folder / "plan.toml")


@pytest.mark.parametrize(
    "text",
    [
        HEAD + ROW + ROW,
        HEAD + ROW.replace("esp32_s3", "arduino"),
        HEAD + ROW.replace('"fire"', '"video"'),
        HEAD + ROW.replace("fire-1", "fire 1"),
        HEAD + ROW.replace("110105001001001", "grid 7"),
        HEAD + ROW.replace("3号楼", "3|4"),
        HEAD + ROW.replace("3号楼", "楼" * 39),
        HEAD + ROW + 'wifi_password = "in clear"\n',
        HEAD + ROW.replace('place = "3号楼"\n', ""),
        HEAD.replace("chunfeng", "chun/feng") + ROW,
        HEAD.replace("[broker]", "[brooker]") + ROW,
        HEAD + 'port = "8883"\n' + ROW,
        "not toml",
    ],
)
def test_a_wrong_plan_is_refused(tmp_path: Path, text: str) -> None:
    """Twice, unknown, misspelt, missing, too long: nothing is written."""
    assert "bad_plan" == code_of(lambda: plan_of(tmp_path, text))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_list_from_a_spreadsheet(tmp_path: Path, encoding: str) -> None:
    """CSV as spreadsheets save it, in UTF-8 or in the encoding of a Chinese Windows."""
    (tmp_path / "site.toml").write_text(HEAD)
    rows = (
        "device,kind,board,grid,place,chip\nfire-1,fire,esp32_s3,1101, 3号楼走廊 ,\nlift-1,lift,pico_w,1102,客梯,AB12\n"
    )
    (tmp_path / "boards.csv").write_bytes(rows.encode(encoding))
    plan = plan_file.load(tmp_path / "site.toml", tmp_path / "boards.csv")
    assert [("fire-1", "3号楼走廊", ""), ("lift-1", "客梯", "AB12")] == [
        (e.device, e.place, e.chip) for e in plan.entries
    ]


def test_every_advice_is_complete() -> None:
    """Chinese in the Chinese, none in the English, three sentences each."""
    for code, both in advices().items():
        assert set(LANGUAGES) == set(both)
        for sentence in (both["zh"].what, both["zh"].means, both["zh"].do):
            assert re.search(r"[\u4e00-\u9fff]", sentence), code
        for sentence in (both["en"].what, both["en"].means, both["en"].do):
            assert sentence.endswith("."), (code, sentence)
            assert not re.search(r"[\u4e00-\u9fff]", sentence), code


def test_every_code_in_the_source_has_advice(repository: Path) -> None:
    """And every advice is used."""
    source = "".join(path.read_text(encoding="utf-8") for path in (repository / "firmware" / "kit").glob("*.py"))
    used = set(re.findall(r'KitError\(\s*"(\w+)"', source)) | set(re.findall(r'"(\w+)"\)?,?\s*$', source, re.MULTILINE))
    given = set(re.findall(r'KitError\(\s*"(\w+)"', source))
    assert given <= set(advices())
    unused = {code for code in advices() if f'"{code}"' not in source}
    assert not unused, unused
    assert used


def test_passwords_are_kept_and_sealed(tmp_path: Path) -> None:
    """The same password again, 0600, and unreadable without the passphrase."""
    vault = Vault(tmp_path / "vault.json", "correct horse")
    password = vault.password("fire-1")
    text = (tmp_path / "vault.json").read_text()
    assert password not in text
    assert base64.b64encode(password.encode()).decode() not in text
    assert 0o600 == (tmp_path / "vault.json").stat().st_mode & 0o777
    assert password == Vault(tmp_path / "vault.json", "correct horse").password("fire-1")
    assert "locked" == code_of(lambda: Vault(tmp_path / "vault.json", "wrong"))
    assert "locked" == code_of(lambda: Vault(tmp_path / "vault.json"))
    assert password != vault.password("fire-2")


def test_the_inventory_fits_the_gateway(tmp_path: Path) -> None:
    """Hashes only, stable over runs, 0600; the part for the site file is one the gateway reads."""
    plan = plan_of(tmp_path)
    vault = Vault(tmp_path / "vault.json")
    made = inventory.write(plan, vault, tmp_path / "inventory")
    before = [path.read_text(encoding="utf-8") for path in made]
    assert all(vault.password("fire-1") not in text for text in before)
    assert [0o600] * 2 == [path.stat().st_mode & 0o777 for path in made]
    inventory.write(plan, vault, tmp_path / "inventory")
    assert before == [path.read_text(encoding="utf-8") for path in made]

    head = 'site = "chunfeng"\ngateway = "gw"\n[site_broker]\nhost = "h"\n[cloud_broker]\nhost = "h"\n'
    (tmp_path / "site.toml").write_text(head + before[1], encoding="utf-8")
    member = site_file.load(tmp_path / "site.toml").endpoints["fire-1"]
    assert ("fire", "3号楼", "110105001001001") == (member.kind, member.place, member.grid)


def test_an_endpoint_may_say_and_hear_what_the_contract_has() -> None:
    """Every kind of topic is either an endpoint's to say, to hear, or none of its business."""
    said, heard = set(filters.FROM_ENDPOINT), set(filters.TO_ENDPOINT)
    assert set(topics.KINDS) - {"incident", "history"} == said | heard
    assert not said & heard


def test_the_record_is_one_the_firmware_takes(tmp_path: Path) -> None:
    """What the kit writes passes the board's own check."""
    from firmware.device import config

    plan = plan_of(tmp_path, HEAD.replace("[broker]", '[wifi]\nssid = "楼道"\n[broker]') + ROW)
    files = provision.record_files(plan, plan.entries[0], "secret", "wifi secret")
    record = config.check(json.loads(files["/config.json"]))
    assert ("fire-1", "chunfeng", 8883, "fire-1") == tuple(record[n] for n in ("device", "site", "port", "username"))
    assert {"ssid": "楼道", "password": "wifi secret"} == record["wifi"]
    assert "110105001001001" == record["grid"]
    tuned = ROW + "limits = { smoke = [0.03, 0.02, 2000] }\nchannels = { co = { enabled = false } }\n"
    record = json.loads(
        provision.record_files(plan, plan_of(tmp_path, HEAD + tuned).entries[0], "s", "w")["/config.json"]
    )
    assert ({"smoke": [0.03, 0.02, 2000]}, {"co": {"enabled": False}}) == (record["limits"], record["channels"])
    assert config.check(record)
    assert "bad_plan" == code_of(lambda: provision.der_of(b"no certificate"))


PATHS = st.sampled_from(
    ["/main.py", "/slots/a/x.mpy", MANIFEST, "/slots.json", "/config.json", "/old.bin", "/slots/b/y"]
)
WANTED = {"/config.json": b"c", "/slots/a/x.mpy": b"x", MANIFEST: b"m", "/slots.json": b"s", MAIN: b"go"}


@given(st.dictionaries(PATHS, st.sampled_from([b"", b"c", b"x", b"m", b"s", b"go"])), st.integers(0, 20))
def test_no_half_program_ever_starts(flash: dict[str, bytes], stop: int) -> None:
    """However a board was and wherever the work stops: a main.py with content means that all code is right.

    Except where nothing of the code had to change: then it was right before.
    """
    work = difference(digests_of(flash), WANTED)
    now = dict(flash)
    steps: list[tuple[str, bytes | None]] = [(path, None) for path in work.remove]
    steps += [(path, WANTED[path]) for path in work.write]
    for path, content in steps[:stop]:
        if content is None:
            del now[path]
        else:
            now[path] = content
    code_right = all(now.get(path) == WANTED[path] for path in WANTED if path.startswith("/slots/"))
    if work.code and stop > 0 and now.get(MAIN):
        assert code_right
    if stop >= len(steps):
        assert difference(digests_of(now), WANTED).nothing


def facts(chip: str, machine: str = "Generic ESP32S3 module with ESP32S3", device: str | None = None) -> BoardFacts:
    """A board that says this."""
    return BoardFacts(
        machine=machine,
        version="1.27.0",
        mpy=6,
        unique_id=chip,
        device=device,
        site="chunfeng" if device else None,
        kind="fire" if device else None,
        boot=0,
        free_bytes=1,
        runs=False,
    )


def test_boards_keep_their_place(tmp_path: Path) -> None:
    """By identity, by the journal, by the plan; a place begun by an absent chip is not given away."""
    rows = [ROW.replace("fire-1", f"fire-{n}") for n in range(1, 6)]
    rows[4] += 'chip = "cc"\n'
    plan = plan_of(tmp_path, HEAD + "".join(rows))
    boards = [
        facts("aa"),
        facts("bb", device="fire-3"),
        facts("cc"),
        facts("dd"),
        facts("ee", "Raspberry Pi Pico W with RP2040"),
    ]
    founds = [Found(port=Port(device=f"p{n}"), facts=board) for n, board in enumerate(boards)]
    journal = {"fire-1": "zz", "fire-4": "dd"}
    out = assign(plan, founds, journal.get)
    assert ["fire-2", "fire-3", "fire-5", "fire-4", None] == [a.entry.device if a.entry else None for a in out]
    assert out[4].trouble is not None
    assert "no_place_in_plan" == out[4].trouble.code
    twins = assign(plan, [founds[1], founds[1]], journal.get)
    assert ["fire-3", None] == [a.entry.device if a.entry else None for a in twins]


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789-_.", min_size=1, max_size=64), st.text(max_size=30))
def test_a_label_can_be_read_back(device: str, place: str) -> None:
    """Its code holds everything, and a misread id does not pass."""
    place = place.replace("|", "/")
    label = Label(site="chunfeng", device=device, kind="lift", grid="1101", place=place)
    assert label == labels.read_code(label.code)
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}", label.check)
    with pytest.raises(ValueError, match="check"):
        labels.read_code(label.code.replace(f"|{device}|", f"|{device}x|"))


def test_labels_are_drawn_and_printed(tmp_path: Path) -> None:
    """SVG with the words in it, PDF with the Chinese font named, the same bytes every time."""
    label = Label(site="chunfeng", device="fire-1", kind="fire", grid="1101", place="3号楼<东>", chip="d688")
    drawn, printed = labels.write(label, tmp_path)
    text = drawn.read_text(encoding="utf-8")
    assert "3号楼&lt;东&gt;" in text
    assert label.check in text
    content = printed.read_bytes()
    assert b"STSong-Light" in content
    labels.write(label, tmp_path)
    assert content == printed.read_bytes()


def test_a_report_for_spreadsheets(tmp_path: Path) -> None:
    """UTF-8 with its mark, one head, and no formulas; a torn journal line is survived."""
    given: dict[str, Any] = {name: name for name in HandOver.__dataclass_fields__}
    with Ledger(tmp_path) as ledger:
        ledger.hand_over(HandOver(**given | {"place": "=1+1", "written": 3}))
        ledger.hand_over(HandOver(**given | {"place": "3号楼", "written": 0}))
        ledger.note("fire-1", "aa", "started")
    with (tmp_path / "journal.jsonl").open("a") as file:
        file.write('{"device": "fire-2", "ch')
    with Ledger(tmp_path) as ledger:
        assert "aa" == ledger.chip_of("fire-1")
        assert ledger.chip_of("fire-2") is None
        ledger.note("fire-3", "cc", "proved")
    with Ledger(tmp_path) as ledger:
        assert "proved" == ledger.state_of("fire-3")
    rows = list(csv.DictReader((tmp_path / REPORT_CSV).read_text(encoding="utf-8-sig").splitlines()))
    assert ["'=1+1", "3号楼"] == [row["place"] for row in rows]


async def test_no_secret_is_shown_or_reported(bench: Bench) -> None:
    """Passwords are on the board and in the vault, and nowhere else."""
    bench.plan(1)
    await bench.plug_in()
    assert 0 == await bench.work(bench.order(prove=False))
    password = Vault(bench.kit / "vault.json").password("fire-1")
    assert password not in bench.said.getvalue()
    for path in bench.kit.rglob("*"):
        if path.is_file():
            assert password.encode() not in path.read_bytes(), path


def test_the_command_line_says_what_to_do(tmp_path: Path) -> None:
    """A mistake ends with advice and status 2, never with a trace."""
    from typer.testing import CliRunner

    from gridwhistle import app

    plan = tmp_path / "plan.toml"
    plan.write_text(HEAD + ROW + ROW, encoding="utf-8")
    result = CliRunner().invoke(app, ["flash", "keys", "--plan", str(plan), "--folder", str(tmp_path / "k")])
    assert 2 == result.exit_code
    assert "bad_plan" in result.output
    assert "处理" in result.output
    result = CliRunner().invoke(app, ["flash", "verify-stick", str(tmp_path)])
    assert 1 == result.exit_code
    assert KitError("bad_plan").code in advices()
