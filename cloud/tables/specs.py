"""The tables that can be read and written: their columns, and where their rows stand in the documents of the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cloud.tables import cells
from cloud.tables.cells import Read, Write
from domain.facilities import FACILITY_KINDS
from domain.grid_codes import EXCLUSIVE, ORDINARY
from domain.people import NAMES, Role

ROLES_ZH = {
    "值班员": Role.OPERATOR, "网格长": Role.GRID_LEADER, "网格员": Role.GRID_WORKER, "网格辅助员": Role.ASSISTANT,
    "部门人员": Role.DEPARTMENT, "督办": Role.SUPERVISOR, "管理员": Role.ADMINISTRATOR, "审计": Role.AUDITOR,
}  # fmt: skip


def _codes(words: Mapping[str, str], *more: str) -> dict[str, str]:
    """What people write -> code, and each code itself."""
    return {**words, **{code: code for code in (*words.values(), *more)}}


ROLES = {zh: str(role) for zh, role in ROLES_ZH.items()}
LANGUAGES = {"中文": "zh", "英文": "en"}
GRID_KINDS = {"普通": ORDINARY, "专属": EXCLUSIVE}
FACILITIES_ZH = {zh: code for code, (zh, _) in FACILITY_KINDS.items()}
ROLE = cells.choice(_codes(ROLES, *NAMES))
AREA = cells.reference("areas", "区域")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One of them. `field` in the row of the document; `contact`: personal, kept elsewhere, never in a version."""

    field: str
    zh: str
    read: Read = cells.text
    write: Write = cells.plain
    required: bool = False
    contact: bool = False
    also: tuple[str, ...] = ()  # other headings that people write


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One table. `key`: what a row is known by; rows that share it are replaced together."""

    name: str
    zh: str
    section: str
    rows: str  # the list in the document
    key: str = "id"
    columns: tuple[Column, ...]

    @property
    def repeats(self) -> bool:
        """True where several rows may have one key."""
        return self.key != "id"

    def heading_of(self, text: str) -> Column | None:
        """The column with this heading, Chinese or English."""
        wanted = text.strip().lower().replace(" ", "_")
        return next((c for c in self.columns if wanted in (c.field, c.zh, f"{c.zh}_{c.field}", *c.also)), None)


def _column(field: str, zh: str, read: Read = cells.text, write: Write = cells.plain, **more: Any) -> Column:
    return Column(field=field, zh=zh, read=read, write=write, **more)


ID = _column("id", "编号", cells.identifier, required=True)
NAME = _column("name", "名称", required=True)

PEOPLE = Spec(
    name="people",
    zh="人员",
    section="people",
    rows="people",
    columns=(
        ID,
        _column("name", "姓名", required=True),
        _column("role", "角色", ROLE, cells.in_chinese(ROLES), required=True),
        _column("area", "区域", AREA, required=True),
        _column("also", "兼管区域", cells.listed(AREA), cells.joined),
        _column("more_roles", "兼任角色", cells.listed(ROLE), cells.joined),
        _column("department", "部门", cells.reference("departments", "部门")),
        _column("device", "手持终端", cells.identifier),
        _column("duty", "每日值班", cells.listed(cells.hours), cells.joined),
        _column("language", "语言", cells.choice(_codes(LANGUAGES)), cells.in_chinese(LANGUAGES)),
        _column("active", "在岗", cells.yes_no, cells.worded),
        _column("mobile", "手机", cells.mobile, contact=True),
        _column("phone", "座机", cells.mobile, contact=True, also=("电话", "固定电话")),
        _column("mail", "邮箱", cells.mail, contact=True),
        _column("wecom", "企业微信", cells.text, contact=True),
        _column("dingtalk", "钉钉", cells.text, contact=True),
        _column("feishu", "飞书", cells.text, contact=True),
    ),
)
ROSTER = Spec(
    name="roster",
    zh="值班表",
    section="people",
    rows="duty",
    key="person",
    columns=(
        _column("person", "人员", cells.reference("people", "人员"), required=True),
        _column("hours", "时间", cells.hours, required=True),
        _column("weekdays", "星期", cells.weekdays, cells.weekdays_worded),
        _column("first", "起始日期", cells.day),
        _column("last", "截止日期", cells.day),
        _column("every", "每几天", cells.number(1, 366)),
        _column("dates", "指定日期", cells.days, cells.joined),
        _column("not_on", "除外日期", cells.days, cells.joined),
        _column("area", "区域", AREA),
    ),
)
DEPARTMENTS = Spec(
    name="departments",
    zh="部门",
    section="departments",
    rows="departments",
    columns=(
        ID,
        NAME,
        _column("name_en", "英文名称"),
        _column("area", "区域", AREA, required=True),
        _column("matters", "事项", cells.listed(cells.identifier), cells.joined),
    ),
)
AREAS = Spec(
    name="areas",
    zh="区域",
    section="areas",
    rows="areas",
    columns=(
        ID,
        _column("parent", "上级", AREA),
        _column("level", "层级", cells.level, required=True),
        NAME,
        _column("code", "编码", cells.identifier, required=True),
        _column("kind", "类别", cells.choice(_codes(GRID_KINDS)), cells.in_chinese(GRID_KINDS)),
        _column("households", "户数", cells.number(0, 1_000_000)),
    ),
)
BUILDINGS = Spec(
    name="buildings",
    zh="楼栋",
    section="facilities",
    rows="buildings",
    columns=(
        ID,
        NAME,
        _column("area", "区域", AREA, required=True),
        _column("storeys", "层数", cells.number(1, 200)),
        _column("households", "户数", cells.number(0, 100_000)),
        _column("way", "到达方式", cells.text),
        _column("lon", "经度", cells.number(-180, 180, whole=False)),
        _column("lat", "纬度", cells.number(-90, 90, whole=False)),
    ),
)
FACILITIES = Spec(
    name="facilities",
    zh="设施",
    section="facilities",
    rows="facilities",
    columns=(
        ID,
        NAME,
        _column("kind", "类别", cells.choice(_codes(FACILITIES_ZH)), cells.in_chinese(FACILITIES_ZH), required=True),
        _column("area", "区域", AREA, required=True),
        _column("building", "楼栋", cells.reference("buildings", "楼栋")),
        _column("place", "位置"),
        _column("lon", "经度", cells.number(-180, 180, whole=False)),
        _column("lat", "纬度", cells.number(-90, 90, whole=False)),
        _column("device", "设备", cells.identifier),
    ),
)
SPECS: Mapping[str, Spec] = {spec.name: spec for spec in (PEOPLE, ROSTER, DEPARTMENTS, AREAS, BUILDINGS, FACILITIES)}
