"""Texts of the page of areas, in Chinese."""

from __future__ import annotations

from domain.facilities import FACILITY_KINDS

AREAS = {
    "areas.title": "辖区",
    "areas.where": "所在位置",
    "areas.map": "区域图，点选进入",
    "areas.no_map": "这里还没有边界，可导入 GeoJSON：",
    "areas.below": "下级区域 {n} 个",
    "areas.name": "区域",
    "areas.code": "编码",
    "areas.on_duty": "当前值班",
    "areas.open_head": "未结",
    "areas.open": "未结 {n} 件",
    "areas.exclusive": "专属网格",
    "areas.unbounded": "未划边界",
    "areas.households": "{n} 户",
    "areas.people": "人员",
    "areas.facilities": "设施 {n} 处",
    "areas.facility": "设施",
    "areas.place": "位置",
    "areas.device": "终端",
    "areas.more": "另有 {n} 处，见 /api/facilities",
    "areas.changes": "最近的区划变更",
    "areas.no_changes": "尚无保存的版本。",
    **{f"facility.{kind}": chinese for kind, (chinese, _) in FACILITY_KINDS.items()},
}
