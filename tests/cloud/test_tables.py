"""Tables of people and places: read as spreadsheets write them, every fault with row and column, nothing guessed."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.tables import cells, sheets
from cloud.tables.cells import Known, names
from cloud.tables.faults import SHOWN_MAX, CellError, Faults, SheetError
from cloud.tables.rows import Taken, give, merge, take
from cloud.tables.sheets import Sheet, read_sheet, to_csv, to_xlsx
from cloud.tables.specs import AREA, BUILDINGS, DEPARTMENTS, PEOPLE, ROSTER, SPECS, Spec
from domain.people import CONTACTS, Role
from domain.roster import Roster

KNOWN = Known(
    areas=names(("g1", "第一网格", "110105001"), ("g2", "第二网格", "110105002"), ("x1", "同名"), ("x2", "同名")),
    people=names(("lin", "林知夏"), ("he", "何安平")),
    departments=names(("fire", "消防救援站")),
    levels=("grid", "community"),
)


def table(*lines: str) -> bytes:
    """A CSV as a person types it."""
    return "\n".join(lines).encode()


def taken(spec: Spec, data: bytes) -> tuple[Taken, Faults]:
    """What a file says, and what is wrong with it."""
    faults = Faults.none()
    return take(spec, read_sheet(data), KNOWN, faults), faults


TEXT = "编号,姓名\nlin,林知夏"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_files_as_spreadsheets_in_china_write_them(encoding: str, delimiter: str) -> None:
    """UTF-8 with and without a mark, GBK; comma, semicolon, tab."""
    sheet = read_sheet(TEXT.replace(",", delimiter).encode(encoding))

    assert sheet == Sheet(("编号", "姓名"), ((2, ("lin", "林知夏")),))


def workbook(*rows: list[Any]) -> bytes:
    """An XLSX as a spreadsheet writes it."""
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_cells_that_a_spreadsheet_took_for_something_else() -> None:
    """A phone number is a number there, a date a date, an empty row is left out but counted."""
    sheet = read_sheet(workbook(["编号", "手机"], [], ["lin", 13800000000.0], [True, date(2026, 10, 1)]))

    assert sheet.rows == ((3, ("lin", "13800000000")), (4, ("true", "2026-10-01")))


def bomb() -> bytes:
    """A small file that unpacks to a large one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * (sheets.UNPACKED_MAX + 1))
    return out.getvalue()


def packed(parts: dict[str, bytes]) -> bytes:
    """A workbook's zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def styles_bomb() -> bytes:
    """600,000 styles: 9 kB that would cost 17 s and 400 MB."""
    return packed({"xl/workbook.xml": b"", "xl/styles.xml": b"<xf/>" * 600_000})


def crowd() -> bytes:
    """Many small parts."""
    return packed({f"xl/{number}.xml": b"" for number in range(sheets.ENTRIES_MAX + 1)})


ENTITY = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>'


def hostile() -> bytes:
    """A workbook with an entity in its sheet."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(["编号"]))) as good, zipfile.ZipFile(out, "w") as bad:
        for entry in good.namelist():
            bad.writestr(entry, ENTITY if "sheet1" in entry else good.read(entry))
    return out.getvalue()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: b"", "empty"),
        (lambda: b"\n\n", "empty"),
        (lambda: sheets.OLD_EXCEL + b"x", "xls"),
        (lambda: sheets.ZIP + b"x", "readable"),
        (lambda: b"a\0b", "text file"),
        (lambda: b"\xff\xff\xff", "GBK"),
        (lambda: b'a,"b\n', "CSV"),
        (lambda: b"a" * (sheets.FILE_MAX + 1), "split it"),
        (lambda: b"a\n" * (sheets.ROWS_MAX + 2), "split the file"),
        (("长" * (sheets.CELL_MAX + 1)).encode, "characters"),
        (bomb, "unpacks"),
        (styles_bomb, "unpacks"),
        (crowd, "unpacks"),
        (hostile, "readable"),
    ],
)
def test_what_is_no_table_is_refused(make: Any, says: str) -> None:
    """Bounded before it is read; the text says what to do."""
    with pytest.raises(SheetError, match=says) as refused:
        read_sheet(make())
    assert refused.value.zh


CELL = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\ufeff"), max_size=20)


@given(st.lists(st.lists(CELL.map(str.strip), min_size=2, max_size=2), max_size=5), st.sampled_from([to_csv, to_xlsx]))
def test_what_is_written_is_read_again(rows: list[list[str]], write: Any) -> None:
    """Property: export and import agree, also on cells that a spreadsheet would run."""
    clean = [[cell.removeprefix("'") if cell.startswith("'") else cell for cell in row] for row in rows]
    clean = [[cell if not cell.startswith("'") else "x" for cell in row] for row in clean]
    sheet = read_sheet(write(["编号", "姓名"], clean))

    assert [list(cells) + [""] * (2 - len(cells)) for _, cells in sheet.rows] == [row for row in clean if any(row)]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_sign_begins_a_formula(sign: str) -> None:
    """Half-width and full-width, as spreadsheets here take them."""
    assert f"'{sign}1".encode() in to_csv(["姓名"], [[f"{sign}1"]])


def test_no_cell_of_an_export_is_a_formula() -> None:
    """A name that begins with = stays a name."""
    assert b"'=HYPERLINK" in to_csv(["姓名"], [["=HYPERLINK(1)"]])
    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx(["姓名"], [["=1+1"]]))).worksheets[0]
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("'=1+1", "s")


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (cells.hours, "8:00-20:00", "08:00-20:00"),
        (cells.hours, "20：00—08：00", "20:00-08:00"),
        (cells.weekdays, "周一至周五", [1, 2, 3, 4, 5]),
        (cells.weekdays, "1-3;日", [1, 2, 3, 7]),
        (cells.weekdays, "星期六、周天", [6, 7]),
        (cells.weekdays, "每天", []),
        (cells.weekdays, "1-7", []),
        (cells.day, "2026/10/1", "2026-10-01"),
        (cells.day, "2026年10月1日", "2026-10-01"),
        (cells.day, "2026-10-01 00:00:00", "2026-10-01"),
        (cells.days, "2026-10-01..2026-10-03;2026-10-07", ["2026-10-01", "2026-10-02", "2026-10-03", "2026-10-07"]),
        (cells.mobile, "138 0000-0000", "13800000000"),
        (cells.mail, "lin@example.org", "lin@example.org"),
        (cells.yes_no, "是", True),
        (cells.yes_no, "NO", False),
        (cells.number(1, 9), "3", 3),
        (cells.listed(cells.identifier), "a；b, a", ["a", "b"]),
        (cells.level, "grid", "grid"),
        (AREA, "110105002", "g2"),
        (AREA, "第一网格", "g1"),
    ],
)
def test_cells_as_people_write_them(read: cells.Read, text: str, value: object) -> None:
    """Chinese and English habits, one meaning."""
    assert read(text, KNOWN) == value


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (cells.hours, "8-20"), (cells.weekdays, "周八"), (cells.weekdays, "5-1"), (cells.day, "2026-02-30"),
        (cells.day, "10月1日"), (cells.days, "2026-10-03..2026-10-01"), (cells.days, "2026-01-01..2099-01-01"),
        (cells.mobile, "abc"), (cells.mail, "lin"), (cells.yes_no, "也许"), (cells.number(1, 9), "10"),
        (cells.number(1, 9), "x"), (cells.identifier, "林"), (cells.identifier, "gateway:x"), (cells.text, "长" * 65),
        (cells.level, "planet"), (AREA, "nowhere"), (AREA, "同名"),
        (cells.listed(cells.identifier), ";".join(f"a{n}" for n in range(201))),
    ],
)  # fmt: skip
def test_cells_that_cannot_be_read_say_what_to_write(read: cells.Read, text: str) -> None:
    """In both languages."""
    with pytest.raises(CellError) as refused:
        read(text, KNOWN)
    assert refused.value.zh
    assert refused.value.en


def test_faults_name_row_and_column() -> None:
    """All of them at once, as the spreadsheet counts."""
    data = table(
        "编号,姓名,角色,区域,手机,备注",
        "a,甲,网格员,g1,123,x",
        "b,乙,国王,g1,,",
        ",丙,网格员,g1,,",
        "a,丁,网格员,火星,,",
    )

    _, faults = taken(PEOPLE, data)

    assert [(fault.row, fault.column) for fault in faults.found] == [(3, "角色"), (4, "编号"), (5, "区域"), (5, "编号")]
    assert "第 5 行" in str(faults.found[-1])


@pytest.mark.parametrize(
    ("heading", "says"),
    [
        ("编号,姓名,角色", "missing"),
        ("编号,编号,姓名,角色,区域", "twice"),
        ("编号,姓名,角色,区域,颜色", "unknown column"),
    ],
)
def test_a_wrong_heading_is_named(heading: str, says: str) -> None:
    """A misspelt column is never left out in silence."""
    _, faults = taken(PEOPLE, table(heading))

    assert [fault.row for fault in faults.found] == [1]
    assert says in faults.found[0].en


def test_control_characters_go_neither_in_nor_out() -> None:
    """They would spoil a database or a spreadsheet later, where nobody knows why."""
    _, faults = taken(DEPARTMENTS, table("编号,名称,区域", "a,\x01水务,g1"))

    assert [(fault.row, fault.en) for fault in faults.found] == [(2, "has control characters")]
    for write in (to_csv, to_xlsx):
        assert read_sheet(write(["名称"], [["a\x01b"]])).rows == ((2, ("ab",)),)


def test_faults_are_bounded_and_counted() -> None:
    """A file with more faults than that is the wrong file."""
    _, faults = taken(DEPARTMENTS, table("编号,名称,区域", *["x,y,nowhere"] * (SHOWN_MAX + 10)))

    assert len(faults.found) == SHOWN_MAX
    assert faults.count > SHOWN_MAX


def test_phones_never_reach_the_document() -> None:
    """Versions are immutable, phones can be erased: they go apart; an empty cell erases one."""
    read, faults = taken(PEOPLE, table("id,name,role,area,mobile,mail", "lin,林,网格员,g1,13800000000,"))

    assert not faults.count
    assert read.rows == ({"id": "lin", "name": "林", "role": "grid_worker", "area": "g1"},)
    assert read.contacts == {"lin": {"mobile": "13800000000", "mail": None}}
    assert {column.field for column in PEOPLE.columns if column.contact} == set(CONTACTS)


OLD: dict[str, Any] = {
    "utc_offset_min": 480,
    "people": [
        {"id": "lin", "name": "林", "role": "grid_worker", "area": "g1", "device": "hh-1", "duty": ["08:00-20:00"]},
        {"id": "he", "name": "何", "role": "grid_leader", "area": "g1"},
    ],
}


def test_a_file_changes_what_it_names_and_leaves_the_rest() -> None:
    """A column that is not there changes nothing, an empty cell means none."""
    read, _ = taken(PEOPLE, table("编号,姓名,角色,区域,手持终端", "lin,林知夏,网格员,g2,", "new,新人,网格员,g1,hh-9"))

    document, difference = merge(PEOPLE, OLD, read, replace=False)

    assert document["people"] == [
        {"id": "lin", "name": "林知夏", "role": "grid_worker", "area": "g2", "duty": ["08:00-20:00"]},
        OLD["people"][1],
        {"id": "new", "name": "新人", "role": "grid_worker", "area": "g1", "device": "hh-9"},
    ]
    assert (difference.added, difference.changed, difference.removed, difference.same) == (("new",), ("lin",), (), 1)
    assert document["utc_offset_min"] == 480


def test_who_is_missing_from_the_whole_list_has_left() -> None:
    """The log still needs the name, so nobody is removed."""
    read, _ = taken(PEOPLE, table("编号,姓名,角色,区域", "lin,林,网格员,g1"))

    document, difference = merge(PEOPLE, OLD, read, replace=True)

    assert difference.removed == ("he",)
    assert [row.get("active", True) for row in document["people"]] == [True, False]
    assert merge(PEOPLE, document, read, replace=True)[1].empty, "again changes nothing"


def test_the_duty_of_a_person_is_replaced_together() -> None:
    """Lines of those whom the file names; of all where it is the whole roster."""
    document = {"duty": [{"person": "lin", "hours": "08:00-20:00"}, {"person": "he", "hours": "08:00-20:00"}]}
    read, faults = taken(
        ROSTER,
        table("人员,时间,星期,指定日期", "林知夏,20:00-08:00,周一;周三,", "lin,08:00-12:00,,2026-10-01"),
    )

    assert not faults.count
    merged, difference = merge(ROSTER, document, read, replace=False)
    assert [row["person"] for row in merged["duty"]] == ["he", "lin", "lin"]
    assert difference.changed == ("lin",)
    assert difference.same == 1
    assert merge(ROSTER, document, read, replace=True)[1].removed == ("he",)
    assert Roster.from_table({**OLD, **merged}).rules_of("he")


def test_a_point_is_longitude_and_latitude_together() -> None:
    """Half of one is a fault."""
    read, faults = taken(BUILDINGS, table("编号,名称,区域,经度,纬度", "b1,一号楼,g1,116.4,39.9", "b2,二号楼,g1,116.4,"))

    assert [row.get("point") for row in read.rows] == [[116.4, 39.9], None]
    assert [(fault.row, fault.column) for fault in faults.found] == [(3, "经度/纬度")]


DOCUMENTS: dict[str, dict[str, Any]] = {
    "people": {
        "people": [
            {
                "id": "lin", "name": "林", "role": "grid_worker", "area": "g1", "also": ["g2"], "language": "zh",
                "more_roles": ["grid_leader"], "department": "fire", "device": "hh-1", "active": False,
                "duty": ["08:00-20:00", "20:00-08:00"],
            }
        ]
    },
    "roster": {
        "duty": [
            {
                "person": "lin", "hours": "20:00-08:00", "weekdays": [1, 7], "first": "2026-10-01", "area": "g1",
                "last": "2026-12-31", "every": 4, "dates": ["2026-10-01"], "not_on": ["2026-10-02"],
            },
            {"person": "he", "hours": "08:00-20:00"},
        ]
    },
    "departments": {
        "departments": [{"id": "fire", "name": "消防", "name_en": "fire", "area": "g1", "matters": ["a", "b"]}]
    },
    "areas": {"areas": [{"id": "g9", "parent": "g1", "level": "grid", "name": "九", "code": "9", "kind": "exclusive"}]},
    "buildings": {
        "buildings": [{"id": "b", "name": "楼", "area": "g1", "storeys": 6, "way": "北门", "point": [116.5, 39.5]}]
    },
    "facilities": {
        "facilities": [{"id": "f", "name": "栓", "kind": "hydrant", "area": "g1", "place": "门口", "device": "d"}]
    },
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(SPECS))
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_can_be_imported_again(name: str, form: str) -> None:
    """Nothing is lost on the way, and nothing changes."""
    spec = SPECS[name]
    heading, *rows = give(spec, DOCUMENTS[name], None)
    data = to_csv(heading, rows) if form == "csv" else to_xlsx(heading, rows)

    read, faults = taken(spec, data)

    assert [str(fault) for fault in faults.found] == []
    assert merge(spec, {}, read, replace=True)[0] == DOCUMENTS[name]
    assert merge(spec, DOCUMENTS[name], read, replace=True)[1].empty


def test_contacts_are_exported_only_where_given() -> None:
    """Who may not read them gets no column for them, so an import of that file erases nothing."""
    assert "手机" not in give(PEOPLE, OLD, None)[0]
    heading, first, *_ = give(PEOPLE, OLD, {"lin": {"mobile": "138"}})
    assert first[heading.index("手机")] == "138"


def test_a_number_of_any_sort_has_a_column() -> None:
    """电话 is what most lists say; beside 座机 it would be the same column twice."""
    read, faults = taken(PEOPLE, table("编号,姓名,角色,区域,电话", "lin,林,网格员,g1,010-65250000"))

    assert faults.found == []
    assert read.contacts == {"lin": {"phone": "01065250000"}}
    assert "twice" in taken(PEOPLE, table("编号,姓名,角色,区域,座机,电话"))[1].found[0].en


def test_every_role_has_a_chinese_word() -> None:
    """And every word of a column's heading is unique in its table."""
    from cloud.tables.specs import ROLES_ZH

    assert set(ROLES_ZH.values()) == set(Role)
    for spec in SPECS.values():
        words = [word for column in spec.columns for word in (column.zh, *column.also)]
        assert len(set(words)) == len(words)
