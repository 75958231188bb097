"""Simplified Chinese: the page of one incident."""

from __future__ import annotations

INCIDENT: dict[str, str] = {
    # who else is here
    "inc.watch": "同时在看的人",
    "inc.watch.looks": "正在看",
    "inc.watch.since": "{at} 起",
    "inc.watch.writes": "正在填写“{move}”",
    # where
    "inc.where.way": "怎么走",
    "inc.where.building": "楼栋",
    "inc.where.storeys": "共 {n} 层",
    "inc.where.households": "住户",
    "inc.where.of_building": "本楼 {n} 户",
    "inc.where.of_grid": "本网格 {n} 户",
    "inc.where.facility": "设施",
    "inc.where.point": "坐标",
    "inc.where.unknown": "方案里没有登记这里的楼栋和走法：请向网格员问路。",
    "inc.where.pictures.at": "还没有传到中心。拍到的照片在现场网关 {gateway} 上；连续画面请看录像机。",
    # whom to call
    "inc.call.holder": "经办",
    "inc.call.duty": "{tier}值班",
    "inc.way.skipped": "未经过",
    "inc.call.show": "看电话",
    "inc.call.mobile": "手机",
    "inc.call.phone": "座机",
    "inc.call.none": "没有登记电话",
    "inc.call.nobody": "此人与这件事无关，不能在这里查看他的电话。",
    "inc.call.keys": "缺少个人信息密钥，现在看不到电话。请联系管理员恢复密钥文件。",
    "inc.next.then": "再往后 {n} 步",
    "inc.log.older": "更早的 {n} 条",
    "inc.plot.near": "附近同类读数",
    "inc.plot.near.none": "附近没有同类设备的读数。",
    "inc.plot.more": "看更长的历史",
    # what happened before
    "inc.near.more": "另外 {n} 件",
    "inc.past": "以前类似的事",
    "inc.past.device": "同一设备",
    "inc.past.place": "同一地点",
    "inc.past.kind": "本网格同类",
    "inc.past.why.device": "同一设备",
    "inc.past.why.place": "同一地点",
    "inc.past.why.kind": "同类",
    "inc.past.why.hour": "同一时段",
    "inc.past.more": "{n} 件以上",
    "inc.past.void": "其中作废 {n} 件",
    "inc.past.took": "一般用时",
    "inc.past.after": "用时 {span}",
    "inc.past.none": "近一年没有类似的已结事件。",
    # two people at once
    "inc.moved": "{who} 在 {at} {what}，现在是“{stage}”。",
    "inc.moved.typed": "你填写的内容还在，没有提交：请看过后再决定。",
    "inc.draft": "你写的内容还没有提交",
    "inc.draft.why": "别人先操作了，原来的表单已不适用。",
    "inc.draft.use": "放进现在的说明",
    "inc.draft.drop": "不要了",
    # what cannot be taken back
    "inc.sure.void": "已核实：确实没有这件事，或不归我们管",
    "inc.sure.merge": "已核实：这两件是同一件事",
    "error.sure": "{move}之后这件事就不在总览上了。请先核实并勾选，再按一次。",
    "error.stale.many": (
        "你看的时候别人已经操作：{moves}。你的操作没有生效，填写的内容还在。画面已更新，请看过后再决定。"
    ),
}
