"""Editing the plan by plain forms: what goes in comes out, what is wrong is said by row, nobody overwrites anybody."""

from __future__ import annotations

import copy
import re
from dataclasses import fields
from html import unescape
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.console.planning.fields import Field, Part, get
from cloud.console.planning.parts import SECTION_PARTS
from cloud.console.planning.values import read_steps
from cloud.console.planning.widgets import decode, encode
from cloud.console.texts import LANGUAGES
from cloud.plan import files
from cloud.plans import merging, sample
from cloud.plans.drafts import DraftChanged, Drafts
from cloud.plans.errors import PlanConflict
from cloud.plans.writing import Wish
from cloud.settings import SAMPLES
from cloud.tables.faults import CellError
from domain.departments import Department
from domain.facilities import Building, Facility
from domain.grids import Area
from domain.limits import Due
from domain.people import Person
from domain.placement import Placement
from domain.shifts import Duty
from tests.cloud.conftest import Centre
from tests.cloud.web import ANYBODY, web_client

DOCUMENTS = {**files.documents_of(SAMPLES)[0], **sample.district()}
LEVELS = tuple(DOCUMENTS["areas"]["levels"])
PARTS = [part.for_levels(LEVELS) for parts in SECTION_PARTS.values() for part in parts]
ROWS = [(part, row) for part in PARTS for row in part.rows(DOCUMENTS[part.section])]
STAMP = re.compile(r'name="stamp" value="([^"]+)"')
SEEN = re.compile(r'name="seen" value="([^"]+)"')
VALUES: dict[str, st.SearchStrategy[list[list[str]]]] = {  # kind -> texts of its inputs
    "text": st.sampled_from(["新名字", "x", "A 1"]).map(lambda text: [[text]]),
    "id": st.from_regex(r"\A[a-z0-9]{1,9}\Z").map(lambda text: [[text]]),
    "number": st.integers(1, 4).map(lambda number: [[str(number)]]),
    "span": st.tuples(st.integers(1, 99), st.sampled_from(["min", "h", "working days"])).map(
        lambda span: [[str(span[0])], [span[1]]]
    ),
    "hours": st.tuples(st.integers(0, 23), st.integers(0, 23)).map(
        lambda ends: [[f"{ends[0]:02}:30"], [f"{ends[1]:02}:15"]]
    ),
    "weekdays": st.sets(st.integers(1, 7), min_size=1).map(lambda days: [[str(day) for day in sorted(days)]]),
    "date": st.dates().map(lambda day: [[day.isoformat()]]),
    "point": st.just([["116.5"], ["39.9"]]),
    "flag": st.sampled_from([[["on"]], [[]]]),
}


def names(part: Part, field: Field) -> list[str]:
    """The inputs of a field."""
    only = Part(name=part.name, section=part.section, fields=(field,))
    return list(encode(only, {}))


def sent(part: Part, row: dict[str, Any]) -> dict[str, list[str]]:
    """What a browser sends of an untouched form: with spare inputs and units of times that nobody gave."""
    texts = encode(part, row)
    for name in texts:
        if name.endswith(":unit") and not texts[name]:
            texts[name] = ["min"]
        elif name.endswith((":from", ":to")) or name in ("dates", "not_on", "also", "areas"):
            texts[name] = [*texts[name], ""]
    return texts


def test_what_goes_into_a_form_comes_out_of_it() -> None:
    """Every row of the whole sample district, of every section, exactly as it was."""
    assert len(ROWS) > 2000
    for part, row in ROWS:
        assert decode(part, row, sent(part, row)) == (row, {}), part.name


@given(st.data())
def test_an_edit_of_one_field_changes_that_field_alone(data: st.DataObject) -> None:
    """Of any row, of any section."""
    part, row = data.draw(st.sampled_from(ROWS))
    field = data.draw(st.sampled_from([field for field in part.fields if field.kind in VALUES]))
    texts = sent(part, row)
    for name, text in zip(names(part, field), data.draw(VALUES[field.kind]), strict=True):
        texts[name] = text
    before = copy.deepcopy(row)
    new, faults = decode(part, row, texts)
    assert row == before
    assert not faults
    for other in part.fields:
        if other is not field:
            assert get(new, other.name) == get(row, other.name), (field.name, other.name)


def test_every_field_has_a_word_in_both_languages() -> None:
    """Its label, its group, the list it stands in."""
    for words in LANGUAGES.values():
        for part in PARTS:
            assert f"plan.p.{part.name}" in words
            for field in part.fields:
                assert (field.label or f"plan.f.{part.name}.{field.name}") in words or field.label.startswith("tier.")
                assert not field.group or ":" in field.group or f"plan.g.{field.group}" in words


def test_no_field_of_the_plan_is_left_out() -> None:
    """What a row may have stands in its form: whoever adds a field to the plan adds it here."""
    shown = {part.name: {field.name.split(".")[0] for field in part.fields} for part in PARTS}
    placement = {field.name for field in fields(Placement)} - {"name", "limits", "by_tier"} | {*Due, "tiers"}
    for part, cls in (("buildings", Building), ("facilities", Facility), ("people", Person), ("duty", Duty),
                      ("departments", Department)):  # fmt: skip
        assert shown[part] == {field.name for field in fields(cls)}, part
    assert shown["areas"] == {field.name for field in fields(Area)} | {"boundary"}
    assert shown["placements"] == placement | {"kind", "severity", "areas", "matters"}


@given(st.lists(st.tuples(st.sampled_from(["ann", "bob"]), st.integers(0, 23)), max_size=6), st.data())
def test_nothing_is_lost_where_two_change_different_rows(rules: list[tuple[str, int]], data: st.DataObject) -> None:
    """A list without keys: one takes a row out, the other adds one; both count."""
    base = {"duty": [{"person": who, "hours": f"{hour:02}:00-{hour:02}:00"} for who, hour in dict.fromkeys(rules)]}
    mine = {"duty": [*base["duty"], {"person": "eve", "hours": "08:00-20:00"}]}
    gone = data.draw(st.integers(0, len(base["duty"]) - 1)) if base["duty"] else 0
    theirs = {"duty": base["duty"][:gone] + base["duty"][gone + 1 :]}
    assert not any(change.clash for change in merging.against(base, mine, theirs))
    assert merging.rebased(base, mine, theirs, {}) == {"duty": [*theirs["duty"], mine["duty"][-1]]}
    assert merging.rebased(base, base, theirs, {}) == theirs


@pytest.fixture
def started(sqlite_centre: Centre) -> Centre:
    """A centre whose plan is stored."""
    sqlite_centre.desk.plans.start(SAMPLES)
    return sqlite_centre


def form_of(page: httpx.Response) -> dict[str, Any]:
    """The form of a row as it stands on the page, for a browser without scripts."""
    text = page.text.split('class="panel row-form"')[1].split("</form>")[0]
    found: dict[str, Any] = {"stamp": STAMP.findall(text)[0]}
    for tag in re.findall(r"<input[^>]*>", text):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and 'type="file"' not in tag and ('type="checkbox"' not in tag or " checked" in tag):
            found.setdefault(name[1], []) if isinstance(found.get(name[1], []), list) else None
            if isinstance(found.get(name[1]), list):
                found[name[1]].append(unescape(value[1]) if value else "on")
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', text, re.DOTALL):
        chosen = re.findall(r'value="([^"]*)" selected', options)
        first = re.findall(r'value="([^"]*)"', options)[:1]
        found.setdefault(name, []).append(unescape((chosen or first or [""])[-1]))
    return found


async def change(client: httpx.AsyncClient, path: str, **typed: Any) -> httpx.Response:
    """Open a form, change some of it, send it."""
    form = form_of(await client.get(path))
    return await client.post(path, data={**form, **typed})


async def apply(client: httpx.AsyncClient, section: str, why: str, **more: str) -> httpx.Response:
    """Look at the draft and bring it into force."""
    page = (await client.get(f"/plan/{section}/preview")).text
    return await client.post(f"/plan/{section}/apply", data={"stamp": STAMP.findall(page)[0], "why": why, **more})


async def test_a_chain_is_changed_looked_at_stored_and_taken_back(started: Centre) -> None:
    """The draft is kept meanwhile; the version says who and why; untouched rows stay as they were."""
    before = copy.deepcopy(started.desk.plan.document("dispatch"))
    fire = started.take(1, severity="major")
    async with web_client(started) as client:
        moved = await change(client, "/plan/dispatch/chains/1", do="down:0")
        assert "120 秒" in moved.text.split('class="timeline"')[1]
        done = await change(client, "/plan/dispatch/chains/1", **{"steps:n": ["", "3", "120"]})
        assert done.status_code == 303
        assert started.desk.plan.document("dispatch") == before, "a draft counts for nobody"
        page = (await client.get("/plan/dispatch/preview", params={"lang": "zh"})).text
        assert all(word in page for word in ("再过 3 秒未受理 → 区", "最近 1 起事件中，有 1 起", f"/incidents/{fire}"))
        assert (await apply(client, "dispatch", "  ")).status_code == 422
        assert (await apply(client, "dispatch", "夜间人手少")).status_code == 303
        history = (await client.get("/plan/dispatch/history")).text
        assert "夜间人手少" in history
        changed = started.desk.plans.diff("dispatch", 1, 2)
        back = {"number": "1", "why": "误改", "seen": SEEN.findall(history)[0]}
        assert [(one.where, list(one.fields)) for one in changed] == [("chains[sudden]", ["steps"])]
        assert (await client.post("/plan/dispatch/back", data=back)).status_code == 303
    assert started.desk.plan.document("dispatch") == before
    assert [row.why for row in started.desk.plans.history("dispatch")] == ["误改", "夜间人手少", "dispatch.toml"]


async def test_what_is_wrong_is_said_at_its_row_and_field(started: Centre) -> None:
    """What cannot be read keeps what was typed; what does not fit the rest of the plan leads to its row."""
    async with web_client(started) as client:
        wrong = await change(client, "/plan/dispatch/placements/0", **{"accept:n": "x", "yellow_percent": "200"})
        assert wrong.status_code == 422
        assert all(word in wrong.text for word in ("请填大于 0 的整数", "请填 1 到 99 之间的数", 'value="200"'))
        english = await client.get("/plan/dispatch/placements/0", params={"lang": "en"})
        assert "Acceptance" in english.text or "accept" in english.text
        assert (
            await change(client, "/plan/dispatch/placements/0", **{"accept:n": "3", "accept:unit": "d"})
        ).is_redirect
        page = (await client.get("/plan/dispatch", params={"lang": "zh"})).text
        assert "受理时限（3 天）比总时限（24 小时）还长" in page
        assert "/plan/dispatch/placements/0" in page.split('class="faults"')[1]
        assert "总时限" in (await client.get("/plan/dispatch/preview", params={"lang": "zh"})).text
        assert (await client.post("/plan/dispatch/discard")).is_redirect
        assert "请先修改" not in (await client.get("/plan/dispatch/preview")).text
        gone = await client.post("/plan/areas/areas/7/remove", data={"stamp": "1.0"})
        assert gone.is_redirect
        assert "或与人员草稿一起生效" in (await client.get("/plan/areas/preview", params={"lang": "zh"})).text


async def test_two_people_change_one_section(started: Centre) -> None:
    """The second sees the first's change, chooses row by row, and overwrites nothing."""
    document = copy.deepcopy(started.desk.plan.document("departments"))
    document["departments"][0]["name"] = "消防站"
    document["departments"][1]["name"] = "市监所"
    async with web_client(started) as client:
        await change(client, "/plan/departments/departments/0", name="特勤站")
        await change(client, "/plan/departments/departments/2", name="城管所")
        wish = Wish(section="departments", document=document, who="qin-yue", why="改名")
        started.desk.plans.apply(wish)
        page = (await client.get("/plan/departments/preview", params={"lang": "zh"})).text
        assert all(word in page for word in ("有人先保存了新版本", "秦越", "改名", "对方也改了这一项", "市监所"))
        stamp = STAMP.findall(page)[0]
        refused = await client.post("/plan/departments/apply", data={"stamp": stamp, "why": "x"})
        assert refused.status_code == 409
        picks = {"pick:departments:fire-station:changed": "theirs", "pick:departments:city:changed": "mine"}
        put = await client.post("/plan/departments/rebase", data={"stamp": stamp, "number": "2", **picks})
        assert put.is_redirect
        assert (await apply(client, "departments", "城管改名")).is_redirect
    found = [row["name"] for row in started.desk.plan.document("departments")["departments"]][:3]
    assert found == ["消防站", "市监所", "城管所"]


async def test_two_windows_of_one_person(started: Centre) -> None:
    """The older form is not taken; what was typed stays on the page."""
    async with web_client(started) as client:
        old = form_of(await client.get("/plan/people/people/0"))
        await change(client, "/plan/people/people/1", name="何平安")
        late = await client.post("/plan/people/people/0", data={**old, "name": "林知秋"})
        assert (late.status_code, "林知秋" in late.text) == (409, True)
        assert 'value="林知夏"' in (await client.get("/plan/people/people/0")).text


async def test_a_form_of_a_draft_that_was_given_up_is_not_taken(started: Centre) -> None:
    """The draft begun after it counts from elsewhere: nobody is overwritten or removed in another's place."""
    async with web_client(started) as client:
        await change(client, "/plan/people/people/0", name="林知秋")
        old = form_of(await client.get("/plan/people/people/3"))
        await client.post("/plan/people/discard")
        fresh = form_of(await client.get("/plan/people/people/0"))
        assert (await client.post("/plan/people/people/0/remove", data={"stamp": fresh["stamp"]})).is_redirect
        there = form_of(await client.get("/plan/people/people/3"))
        assert (await client.post("/plan/people/people/3", data=old)).status_code == 409
        await client.post("/plan/people/people/3/remove", data={"stamp": old["stamp"]})
        assert form_of(await client.get("/plan/people/people/3")) == there


async def test_a_draft_stored_beside_another_is_the_one_that_was_looked_at(started: Centre) -> None:
    """What another window changed in the second draft meanwhile is not stored unseen."""
    async with web_client(started) as client:
        await change(client, "/plan/departments/departments/0", name="特勤站")
        await change(client, "/plan/people/people/0", name="林知秋")
        path, also = "/plan/departments/preview", {"also": "people"}
        page = (await client.get(path, params=also)).text
        stamps = re.findall(r'name="also_stamp" value="([^"]+)"', page)
        form = {**also, "stamp": STAMP.findall(page)[0], "also_stamp": stamps, "why": "改名"}
        await change(client, "/plan/people/people/1", name="何平安")
        assert (await client.post("/plan/departments/apply", data=form)).status_code == 409
        fresh = re.findall(r'name="also_stamp" value="([^"]+)"', (await client.get(path, params=also)).text)
        assert (len(stamps), stamps == fresh) == (1, False)
        assert (await client.post("/plan/departments/apply", data={**form, "also_stamp": fresh})).is_redirect
    assert started.desk.plan.document("people")["people"][1]["name"] == "何平安"


async def test_taking_a_version_back_knows_what_was_in_force(started: Centre) -> None:
    """What somebody stored after the page was drawn stays in force."""
    document = copy.deepcopy(started.desk.plan.document("departments"))
    plans = started.desk.plans
    for name in ("消防站", "特勤站"):
        document["departments"][0]["name"] = name
        plans.apply(Wish(section="departments", document=copy.deepcopy(document), who="qin-yue", why=name))
        if name == "消防站":
            async with web_client(started) as client:
                page = (await client.get("/plan/departments/history")).text
    async with web_client(started) as client:
        form = {"number": "1", "why": "误改", "seen": SEEN.findall(page)[0]}
        late = await client.post("/plan/departments/back", data=form)
        assert (late.status_code, "特勤站" in late.text) == (409, True)
        assert (await client.post("/plan/departments/back", data={**form, "seen": ""})).status_code == 409
    with pytest.raises(PlanConflict):
        plans.back({"departments": 1}, who="x", why="x", expected={"departments": 2})
    assert started.desk.plan.document("departments")["departments"][0]["name"] == "特勤站"


async def test_a_grid_leader_changes_the_shifts_of_his_grid_alone(started: Centre) -> None:
    """By the rights of the API: no other grid, nothing but shifts, not by a draft either."""
    async with web_client(started, "he-anping") as client:
        assert "改排班" in (await client.get("/plan/people", params={"list": "duty"})).text
        done = await change(client, "/plan/people/shifts/lin-zhixia", **{"duty:from": "20:00", "duty:to": "08:00"})
        assert done.is_redirect
        for path in ("people/people/0", "dispatch/chains/0", "areas/areas/0"):
            assert (await client.post(f"/plan/{path}", data={"stamp": "1.0"})).status_code == 403, path
        assert (await client.get("/plan/people/shifts/fang-xiaoman")).status_code == 404
        assert (await client.post("/plan/people/back", data={"number": "1", "why": "x"})).status_code == 403
        page = (await client.get("/plan/people/preview", params={"lang": "zh"})).text
        assert "20:00–次日 08:00" in page
        assert (await apply(client, "people", "夏季夜班")).is_redirect
    newest = started.desk.plans.history("people")[0]
    assert (newest.number, newest.who, newest.why) == (2, "he-anping", "夏季夜班")
    assert started.desk.plan.document("people")["people"][0]["duty"] == ["20:00-08:00"]
    async with web_client(started, "qin-yue") as client:
        assert (await client.get("/plan")).status_code == 200
        assert "存入草稿" not in (await client.get("/plan/dispatch/chains/0")).text
        assert (await client.post("/plan/people/shifts/qin-yue", data={"stamp": "2.0"})).status_code == 403


async def test_shifts_as_lines_with_a_sentence_each(started: Centre) -> None:
    """A line is added without scripts, filled in, read back; an unreadable one is said at its place."""
    async with web_client(started) as client:
        path = "/plan/people/shifts/zhou-mingyuan"
        form = form_of(await change(client, path, do="add"))
        line = {"r0.hours:from": "22:00", "r0.hours:to": "06.30", "r0.every": "4", "r0.first": "2026-12-01"}
        wrong = await client.post(path, data={**form, **line, "r0.hours:to": "late"})
        assert (wrong.status_code, "请" in wrong.text, 'value="late"' in wrong.text) == (422, True, True)
        assert (await client.post(path, data={**form, **line})).is_redirect
        listed = (await client.get("/plan/people", params={"list": "duty", "q": "周明远"})).text
        assert "每 4 天一班（从 2026-12-01 算起） 22:00–次日 06:30" in listed
        assert (await apply(client, "people", "轮班")).is_redirect
    duty = started.desk.plan.document("people")["duty"]
    assert duty == [{"person": "zhou-mingyuan", "hours": "22:00-06:30", "every": 4, "first": "2026-12-01"}]


def test_drafts_are_kept_on_both_databases(centre: Centre) -> None:
    """One per person and section, over a restart; the older of two windows is told; storing ends it."""
    centre.desk.plans.start(SAMPLES)
    drafts = Drafts(centre.store, centre.desk.plans, centre.clock)
    fresh = drafts.of("departments", "boss")
    assert not fresh.begun
    first = drafts.save(fresh, {"departments": []})
    with pytest.raises(DraftChanged):
        drafts.save(fresh, {"departments": [{}]})
    drafts.save(drafts.of("departments", "other"), {"departments": [{}]})
    centre.restart()
    centre.desk.plans.start(SAMPLES)
    drafts = Drafts(centre.store, centre.desk.plans, centre.clock)
    assert drafts.of("departments", "boss") == first
    assert {(row.who, row.section, row.base) for row in drafts.rows()} == {
        ("boss", "departments", 1), ("other", "departments", 1),
    }  # fmt: skip
    drafts.drop("departments", "other")
    people = [row for row in centre.desk.plan.document("people")["people"] if "department" not in row]
    rest = {**centre.desk.plan.document("people"), "people": people}
    wishes = [
        Wish(section="departments", document=first.document, who="boss", why="x", expected_number=1),
        Wish(section="people", document=rest, who="boss", why="x", expected_number=1),
    ]
    drafts.apply(wishes)
    assert drafts.rows() == ()
    assert centre.desk.plan.number("departments") == 2


async def test_files_go_into_the_draft_first(started: Centre) -> None:
    """A table, the whole section, boundaries; faults by row; nothing counts before it is stored."""
    table = "编号,姓名,角色,区域\nnew-one,新来的,网格员,chunfeng-1\n".encode()
    async with web_client(started) as client:
        bad = await client.post("/plan/people/file", files={"file": ("a.csv", b"id,name,role,area\nx,,king,mars\n")})
        assert (bad.status_code, "3 处错误" in bad.text) == (422, True)
        put = await client.post("/plan/people/file", files={"file": ("a.csv", table)}, data={"table": "people"})
        assert put.is_redirect
        assert "新来的" in (await client.get("/plan/people/preview")).text
        out = (await client.get("/plan/areas/export", params={"form": "geojson"})).json()
        ring = [[116.5, 39.9], [116.51, 39.9], [116.51, 39.91], [116.5, 39.91], [116.5, 39.9]]
        for feature in out["features"]:
            if feature["id"] in ("chunfeng-1", "chunfeng-2"):
                feature["geometry"] = {"type": "Polygon", "coordinates": [ring]}
        put = await client.post(
            "/plan/areas/file", files={"file": ("a.geojson", httpx.Response(200, json=out).content)}
        )
        assert put.is_redirect
        page = (await client.get("/plan/areas/preview", params={"lang": "zh"})).text
        assert all(word in page for word in ("重叠", "m²", "<svg", "我已看过"))
        assert (await apply(client, "areas", "测绘")).status_code == 422
        assert (await apply(client, "areas", "测绘", accept="1")).is_redirect
        for name, data in (("a.json", b"["), ("a.json", b"[]"), ("a.toml", b"x"), ("a.json", b'{"x": 1}')):
            refused = await client.post("/plan/departments/file", files={"file": (name, data)})
            assert refused.status_code == 422, name
    assert not started.desk.plan.roster.knows("new-one")


async def test_phone_numbers_stay_out_of_the_versions(started: Centre) -> None:
    """A page of their own, on record; by the rules of the tables."""
    from cloud.trust.vault import open_vault

    started.desk.people.seals = open_vault(started.folder / "keys.json")
    path = "/plan/people/contacts/qin-yue"
    async with web_client(started, ANYBODY) as client:
        assert (await client.post(path, data={"mobile": "no"})).status_code == 422
        assert (await client.post(path, data={"mobile": "138 0000 0000"})).is_redirect
        assert "138 0000 0000" in (await client.get(path)).text
        assert "138" not in (await client.get("/plan/people/people/5")).text
        audit = (await client.get("/api/audit")).json()
    assert {"people_personal", "people_write"} <= {entry["action"] for entry in audit}
    async with web_client(started, "he-anping") as client:
        assert (await client.get(path)).status_code == 403


def test_a_wrong_step_of_a_chain_says_which_it_is() -> None:
    """Every step has the same fields, so the words alone would not tell."""
    texts = (["1", "-5"], ["min", "min"], ["tier:street", "tier:district"], ["", ""], ["1", "1"])
    with pytest.raises(CellError, match=r"^第 2 步：请填大于 0 的整数 / step 2: a whole number above 0$"):
        read_steps(Field(name="steps", kind="steps"), texts)
