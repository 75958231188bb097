"""Matters as a section of the plan: by forms, by file, tried on the last reports, in force at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cloud.plan.errors import PlanError
from cloud.plan.files import load_toml
from cloud.plan.sections import read
from cloud.plans.writing import Wish
from cloud.settings import SAMPLES
from tests.cloud.conftest import Centre
from tests.cloud.test_planning_page import STAMP, apply, change, form_of
from tests.cloud.test_sources import called, found, row
from tests.cloud.web import web_client

BLOCKED = 2  # its place in matters.toml: escape_blocked


@pytest.fixture
def started(sqlite_centre: Centre) -> Centre:
    """A centre whose plan is stored."""
    sqlite_centre.desk.plans.start(SAMPLES)
    return sqlite_centre


async def test_a_matter_is_changed_tried_on_the_last_reports_and_in_force(started: Centre) -> None:
    """What a call and a terminal's word would have become; the next report is read by the new version."""
    desk = started.desk
    call = desk.sources.report(called(started))
    found(started, kind="lift")
    async with web_client(started) as client:
        assert (await change(client, f"/plan/matters/matters/{BLOCKED}", kind="environment")).is_redirect
        page = (await client.get("/plan/matters/preview", params={"lang": "zh"})).text
        assert all(word in page for word in ("最近 2 次人工上报中，有 1 次", f"/incidents/{call}", "市容环境"))
        assert desk.plan.matters.require("escape_blocked").kind == "hazard", "a draft counts for nobody"
        assert (await apply(client, "matters", "归口调整")).is_redirect
        history = (await client.get("/plan/matters/history", params={"lang": "zh"})).text
        assert "归口调整" in history
    new = desk.sources.report(called(started, place="别处"))
    assert (row(started, call).kind, row(started, new).kind) == ("hazard", "environment")
    desk.plans.back({"matters": 1}, who="a", why="b")
    assert desk.plan.matters.require("escape_blocked").kind == "hazard"


async def test_a_word_of_the_terminals_moves_to_another_matter(started: Centre) -> None:
    """The reports that said it are tried by the word, not by what it meant then; what nobody claims is `other`."""
    found(started, kind="escape")
    async with web_client(started) as client:
        assert (await change(client, f"/plan/matters/matters/{BLOCKED}", handheld="")).is_redirect
        page = (await client.get("/plan/matters/preview", params={"lang": "zh"})).text
        assert all(word in page for word in ("最近 1 次人工上报中，有 1 次", "疏散通道堵塞", "其他"))


async def test_what_is_wrong_with_matters_is_said_in_the_readers_language(started: Centre) -> None:
    """Two rules for one kind; a code that is in use elsewhere; nothing is lost of what was typed."""
    async with web_client(started) as client:
        twice = {"kind": ["fire", "hazard"], "within_m": "10", "hours": "1"}
        assert (await change(client, "/plan/matters/duplicates/new", **twice)).is_redirect
        page = (await client.get("/plan/matters/preview", params={"lang": "zh"})).text
        assert "有两条重复规则" in page
        assert "ruled twice" not in page
        assert (await client.post("/plan/matters/discard")).is_redirect
        wrong = await change(client, "/plan/matters/matters/new", zh="噪" * 101, en="noise", code="Noise", kind="fire")
        assert (wrong.status_code, "不能超过 100 个字" in wrong.text, "噪" * 101 in wrong.text) == (422, True, True)
        stamp = await change(client, f"/plan/matters/matters/{BLOCKED}", code="escape_way")
        assert stamp.is_redirect
        page = (await client.get("/plan/matters/preview", params={"lang": "zh"})).text
        assert "还写着不存在的事项：escape_blocked" in page


async def test_matters_go_out_and_come_in_as_files(started: Centre) -> None:
    """The very document; the TOML of the config folder as well, which is not JSON and not another section's."""
    async with web_client(started) as client:
        out = (await client.get("/plan/matters/export")).json()
        assert out == started.desk.plan.document("matters") == load_toml(SAMPLES / "matters.toml")
        out["related"]["hours"] = 24
        sent = await client.post("/plan/matters/file", files={"file": ("m.json", json.dumps(out).encode())})
        assert sent.is_redirect
        assert "168" in (await client.get("/plan/matters/preview")).text
        other = await client.post("/plan/matters/file", files={"file": ("m.json", b'{"placements": []}')})
        assert other.status_code == 422


@pytest.mark.parametrize(
    "broken",
    [
        {"matters": "x"}, {"matters": [3]}, {"missed": 1}, {"lines": {"a": 1}}, {"related": "x"}, {"strange": 1},
        {"urgency": {}}, {"duplicates": [{"kind": [{}], "within_m": 1, "hours": 1}]}, {"other": ["x"]},
        {"matters": [{"code": "a", "zh": 1, "en": "x", "kind": "fire"}]},
        {"matters": [{"code": "a", "zh": "x", "en": "x", "kind": "fire", "handheld": "abc"}]},
    ],
    ids=lambda broken: f"{broken}"[:30],
)  # fmt: skip
def test_what_is_no_table_of_matters_is_refused(started: Centre, broken: dict[str, object]) -> None:
    """Whatever a file holds, the answer is a sentence, and the plan stays."""
    document = {**started.desk.plan.document("matters"), **broken}
    with pytest.raises(PlanError, match="matters: "):
        started.desk.plans.apply(Wish(section="matters", document=document, who="a", why="b"))


async def test_a_button_that_is_pressed_twice_does_its_work_once(started: Centre) -> None:
    """Saving and publishing: the second answer is that of the first, not a refusal, and nothing is there twice."""
    new = {"zh": "扬尘", "en": "dust", "code": "dust", "kind": "environment", "at_least": "warning"}
    async with web_client(started) as client:
        form = {**form_of(await client.get("/plan/matters/matters/new")), **new}
        answers = [await client.post("/plan/matters/matters/new", data=form) for _ in range(2)]
        assert ["saved=1" in one.headers.get("location", "") for one in answers] == [True, True]
        page = (await client.get("/plan/matters/preview")).text
        publish = {"stamp": STAMP.findall(page)[0], "why": "工地多"}
        answers = [await client.post("/plan/matters/apply", data=publish) for _ in range(2)]
        assert ["applied=2" in one.headers.get("location", "") for one in answers] == [True, True]
        other = await client.post("/plan/matters/apply", data={**publish, "why": "别的原因"})
        assert other.status_code == 409
    assert sum(one.code == "dust" for one in started.desk.plan.matters.matters) == 1


async def test_a_file_in_gbk_is_read(started: Centre) -> None:
    """As office and map programs in China write it; what is no text is refused with a sentence, in one language."""
    document = started.desk.plan.document("matters")
    named = {**document, "lines": [{"code": "110", "zh": "非警务警情", "en": "110"}]}
    async with web_client(started) as client:
        gbk = json.dumps(named, ensure_ascii=False).encode("gbk")
        assert (await client.post("/plan/matters/file", files={"file": ("m.json", gbk)})).is_redirect
        assert "非警务警情" in (await client.get("/plan/matters/preview")).text
        wrong = await client.post("/plan/matters/file?lang=zh", files={"file": ("m.json", b"\xff\xfe\x00[")})
        assert (wrong.status_code, "文件不能用：不是 UTF-8 或 GBK 编码的 JSON 或 TOML" in wrong.text) == (422, True)


def test_a_centre_starts_with_a_file_of_an_earlier_release(sqlite_centre: Centre, tmp_path: Path) -> None:
    """Its unknown parts were let pass then; who applies such a document now is told."""
    old = 'release = "2026-03"\n' + (SAMPLES / "matters.toml").read_text(encoding="utf-8")
    for path in SAMPLES.glob("*.toml"):
        (tmp_path / path.name).write_text(old if path.name == "matters.toml" else path.read_text("utf-8"), "utf-8")
    sqlite_centre.desk.plans.start(tmp_path)
    assert "release" not in sqlite_centre.desk.plan.document("matters")
    with pytest.raises(PlanError, match="release: no such part"):
        read({**sqlite_centre.desk.plan.read.documents, "matters": load_toml(tmp_path / "matters.toml")}, {})
