"""Texts of the assessment, in Chinese."""

from __future__ import annotations

ASSESS = {
    "review.tab.mine": "我的考核",
    "assess.grade.excellent": "优秀",
    "assess.grade.good": "良好",
    "assess.grade.qualified": "合格",
    "assess.grade.unqualified": "不合格",
    "assess.grade.none": "样本不足",
    "assess.of": "{all} 件中 {n} 件",
    "assess.few": "件数少",
    "assess.interim": "考核按月和按年评定；这一时段的结果仅供平时对照。",
    "assess.too_long": "一次最多考核 {n} 天；这里显示上个月。",
    "assess.level": "层级",
    "assess.title.people": "网格队伍",
    "assess.title.areas": "区域",
    "assess.title.departments": "部门",
    "assess.title.tiers": "层级",
    "assess.tiers.how": (
        "按事件一开始派到的最高层级统计，后来升级的仍算最初的层级，上呈后的迟办不计；只算你所见区域内的事件。"
    ),
    "assess.count.person": "{n} 人",
    "assess.count.area": "{n} 个",
    "assess.count.department": "{n} 个",
    "assess.fewer": "少为好",
    "assess.filter": "只看某一等次",
    "assess.carried": "样本占 {n}%",
    "assess.empty": "没有符合条件的结果。请换一个时段、区域或等次。",
    "assess.back": "返回名单",
    "assess.back_one": "返回考核结果",
    "assess.mine": "这里的数字与你的网格长、督办看到的完全相同。",
    "assess.of_hundred": "分（满分 100）",
    "assess.numbers": "各项指标",
    "assess.objection": "对结果有异议怎么办",
    "assess.objection.how": (
        "先点开数字，核对是哪几件事件；再向下列人员说明事件编号和理由。事件记录更正后，结果自动重新计算。考核只是"
        "统计，等次由负责人决定如何使用。"
    ),
    "assess.objection.nobody": "本区域没有登记其他网格长或督办，请向中心值班员提出。",
    "assess.objection.more": "另有 {n} 人",
    "assess.whole": "全部 {n} 项放在一页，便于打印",
    "assess.parts": "哪一部分",
    "assess.no_days": "没有这样的日子。",
    "assess.no_cases": "没有这样的事件。",
    "assess.hidden": "另有 {n} 件在你看不到的区域，已计入数字。",
    "assess.more": "事件很多，只显示最近的 200 件；请缩短时段查看其余。",
    "assess.unknown": "考核里没有“{name}”：可能地址抄错了，或者名册、方案里已经没有。请返回研判重新选择。",
    "assess.nobody": "你不在网格队伍名册中，因此没有考核结果。如有误，请联系管理员。",
    "assess.column.id": "编号",
    "assess.column.name": "名称",
    "assess.column.where": "所属",
    "assess.column.what": "角色或层级",
    "assess.column.grade": "等次",
    "assess.column.points": "得分",
    "assess.column.counted": "样本占权重",
    "assess.column.indicator": "指标",
    "assess.column.counted_of": "计数",
    "assess.column.weight": "权重",
    "assess.column.lost": "扣分",
    "assess.part.hits": "计数",
    "assess.part.of": "总数",
    "assess.part.spared": "不计",
    "assess.part.more.hits": "达到",
    "assess.part.more.misses": "未达到",
    "assess.part.less.hits": "出现",
    "assess.part.less.misses": "未出现",
    "assess.said.nothing": "本期没有可统计的工作，不评等次。这不是差评。",
    "assess.said.too_little": (
        "有样本的权重只占 {counted}%，不足 {enough}%，本期不评等次。这不是差评；仅就已有样本计为 {points} 分。"
    ),
    "assess.said.grade": "得 {points} 分，评为“{grade}”。",
    "assess.said.lost": "扣分最多的是：{what}。",
    "assess.said.none": "“{what}”本期没有样本，其权重分摊给其他指标。",
    "assess.said.part": "“{what}”只有 {n} 件，不足 {least} 件，权重按 {n}/{least} 计，其余分摊。",
    "assess.ind.accuracy": "信息准确",
    "assess.ind.accepted_in_time": "及时受理",
    "assess.ind.handled_in_time": "及时处置",
    "assess.ind.completed": "一次办成",
    "assess.ind.closed_in_time": "按期结案",
    "assess.ind.rework": "返工",
    "assess.ind.returns": "退单",
    "assess.ind.satisfied": "满意",
    "assess.ind.patrols": "巡查天数",
    "assess.ind.first_reports": "首报",
    "assess.ind.missed_reports": "漏报",
    "assess.how": "怎样计算",
    "assess.how.grades": (
        "各指标按权重合成 0 至 100 分：{excellent} 分起优秀，{good} 分起良好，{qualified} 分起合格，以下不合格。"
    ),
    "assess.how.enough": "有样本的权重不足 {n}% 时不评等次；件数足够的指标占权重不足 {bad}% 时，不评“不合格”。",
    "assess.how.part": "件数不足的指标按比例折算权重，其余分摊给其他指标：多办成一件绝不会降低得分。",
    "assess.how.weight": "权重 {n}，满 {least} 件（天）计足",
    "assess.how.spared": (
        "不计（不归责）：挂账期间；报警泛滥和合并中的事件（由上级事件代表）；同一现场正有报警泛滥时的迟办；上呈、"
        "合并、作废而中止的时限。对个人另不计：派错退回、随交班转手、重开和他人返工之后的迟办，到期时已登记离岗，时钟"
        "逐级升级后才通知到本人的受理，以及到期时不在本人班次内、接班后才看到的受理。"
    ),
    "assess.how.not": (
        "不统计：走访户数、检查的设施（没有单独记录）；无人受理时该由谁受理（计入网格，不计个人）。巡查只看有无轨"
        "迹，不看路线和时长。"
    ),
    "assess.how.person.accuracy": "本人上报并已有结论的事件中，最终没有作废的。",
    "assess.how.person.accepted_in_time": "本人受理的事件中，在时限内受理的。",
    "assess.how.person.handled_in_time": "本人处置的事件中，在时限内反馈的；手上已超时的算未达到。",
    "assess.how.person.completed": "本人已反馈的事件中，没有被返工的；手上总时限已过的算未达到。",
    "assess.how.person.satisfied": "本人处置、已回访的事件中，没有一次答“不满意”的。",
    "assess.how.person.patrols": (
        "网格员和辅助员：值班表有班的日子里，有巡查轨迹的。今天结束前只计已巡查的；请假日、现场断网 1 小时以上的"
        "日子不计，整个社区本期没有任何巡查记录的也不计。"
    ),
    "assess.how.person.first_reports": "本人最先上报的事项，占它与本人当班时别人先报的事项之和。",
    "assess.how.person.missed_reports": (
        "本人当班时，热线等渠道或传感器报来、巡查本可看到的事项中，网格没有先报的。越少越好。"
    ),
    "assess.how.area.accepted_in_time": "区域内到期或已受理的事件中，在时限内受理的。",
    "assess.how.area.handled_in_time": "区域内到期或已反馈的事件中，在时限内反馈的。",
    "assess.how.area.closed_in_time": "区域内到期或已结案的事件中，在总时限内结案的。",
    "assess.how.area.rework": "已反馈的事件中，核查后返工的。越少越好。",
    "assess.how.area.returns": "已派遣的事件中，因派错被退回的。越少越好。",
    "assess.how.area.satisfied": "已回访的事件中，没有一次答“不满意”的。",
    "assess.how.area.patrols": (
        "网格有人当班的日子里，有巡查轨迹的；上级区域为各网格之和。整个社区本期没有任何巡查记录的不计。"
    ),
    "assess.how.area.first_reports": "网格最先上报的事项，占它与别人报来的事项之和。",
    "assess.how.area.missed_reports": "热线等渠道或传感器报来、巡查本可看到的事项中，网格没有先报的。越少越好。",
    "assess.how.department.accepted_in_time": "部门人员受理的事件中，在时限内受理的。",
    "assess.how.department.handled_in_time": "部门处置的事件中，在时限内反馈的；手上已超时的算未达到。",
    "assess.how.department.closed_in_time": "部门处置的事件中，在总时限内结案的；手上总时限已过的算未达到。",
    "assess.how.department.rework": "部门已反馈的事件中，核查后返工的。越少越好。",
    "assess.how.department.returns": (
        "派给部门的事件中，退单后中心认定仍归该部门、再次派来的。越少越好；派错而退回的不计入。"
    ),
    "assess.how.department.satisfied": "部门处置、已回访的事件中，没有一次答“不满意”的。",
    "assess.said.not_bad": (
        "件数足够的指标只占权重的 {whole}%，不足 {bad}%：样本太少，不评“不合格”，本期不评等次。这不是差评。"
    ),
    "assess.said.silent": "所在社区本期没有任何巡查记录（那里的手持终端可能不上报巡查），巡查天数对谁都不计。",
}
