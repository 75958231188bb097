"""What is wrong with the alarms, what it means and what to do, in Chinese."""

from __future__ import annotations

FINDINGS = {
    "review.alarms.bad.slow_life.title": (
        "危及生命的报警：{of} 件中 {late} 件未在 {limit} 分钟内受理，{slow} 件超过 {told} 秒才到中心"
    ),
    "review.alarms.bad.slow_life.why": "火警、困人、求助，每一分钟都要紧；一件晚了也要查清原因。",
    "review.alarms.bad.slow_life.todo": (
        "逐件看是没有人在岗、没有听到，还是现场到中心的线路断了；再核对值班表和派遣规则。"
    ),
    "review.alarms.bad.floods.title": "报警泛滥 {n} 次，占 {share} 的时间，最多时每岗位 10 分钟 {peak} 件",
    "review.alarms.bad.floods.why": "10 分钟超过 {above} 件，一个人来不及逐件看，真正要紧的会被淹没。",
    "review.alarms.bad.floods.todo": (
        "看每次泛滥由谁引起：同一路电、同一台交换机的，在网关站点文件里写明共同的上级（via），就会合成一件；"
        "当时多加一个岗位。"
    ),
    "review.alarms.bad.rate.title": "平均每岗位每 10 分钟 {rate} 件，目标不超过 {target} 件",
    "review.alarms.bad.rate.why": "长时间高于这个数，人会不再逐件看。",
    "review.alarms.bad.rate.todo": "先处理最常报警的几个来源，通常就降下来了；降不下来再加岗位。",
    "review.alarms.bad.windows.title": "{of} 个 10 分钟窗口中有 {n} 个超过 {above} 件",
    "review.alarms.bad.windows.why": "平均数看不出高峰；高峰里人来不及看。",
    "review.alarms.bad.windows.todo": "看高峰在哪些日子，由哪些来源造成。",
    "review.alarms.bad.chattering.title": "反复报警：{devices} 个来源的 {n} 件，一分钟内又来",
    "review.alarms.bad.chattering.why": "限值贴着正常值，或者接触不良；人会习惯它，真的来了也不看。",
    "review.alarms.bad.chattering.todo": (
        "打开设备页看曲线和限值：把恢复限拉开（回差），或加延时；接触不良的安排检修。火警、燃气、困人不要加延时。"
    ),
    "review.alarms.bad.top.title": "最常报警的 {top} 个来源占全部的 {share}；第一名 {name}，{n} 件",
    "review.alarms.bad.top.why": "少数几台设备占了值班员的大部分注意力，通常不是真的有那么多事。",
    "review.alarms.bad.top.todo": "从第一名开始：看限值是否合适、是否该检修；等检修期间可以限时搁置，写明原因。",
    "review.alarms.bad.stale.title": (
        "久未恢复：期末还有 {n} 件超过 {hours} 小时没有恢复，最多的一天 {worst} 件，目标少于 {target} 件"
    ),
    "review.alarms.bad.stale.why": "一直亮着的报警等于没有报警，新的问题会被它盖住。",
    "review.alarms.bad.stale.todo": "逐件决定：去修，或者限时搁置并写明原因；设备已拆除的，从站点文件里删掉。",
    "review.alarms.bad.split.title": "级别分布偏离：危急占 {critical}，提醒占 {warning}",
    "review.alarms.bad.split.why": "什么都标成紧急，就分不出什么真的紧急。",
    "review.alarms.bad.split.todo": "看哪些类别被定得过高，由管理员在规则里调低；危及生命的级别不要动。",
    "review.alarms.bad.false.title": "误报：已办结的 {of} 件中 {void} 件核实后现场没有情况",
    "review.alarms.bad.false.why": "误报多，人就会慢下来，真的来时也慢。",
    "review.alarms.bad.false.todo": "看集中在哪几台设备、哪一类：清洁、移位、更换探测器，或调整限值。",
    "review.alarms.bad.shelved.title": "期末有 {n} 项搁置涉及危及生命的报警",
    "review.alarms.bad.shelved.why": "搁置期间这些报警不会响，现场要有人看着。",
    "review.alarms.bad.shelved.todo": "核对原因和到期时间；可以恢复的立即取消。",
    "review.alarms.bad.away.title": "{sites} 个站点整体失联，合计 {hours} 小时",
    "review.alarms.bad.away.why": "失联期间中心收不到那里的任何报警。",
    "review.alarms.bad.away.todo": "看网关的供电和网络；经常断的加一条备用线路。",
    "review.alarms.go.list": "看这些报警",
    "review.alarms.go.late": "看受理晚的",
    "review.alarms.go.slow": "看到得晚的",
    "review.alarms.go.duty": "值班表",
    "review.alarms.go.floods": "看每次泛滥",
    "review.alarms.go.top": "看最常报警的来源",
    "review.alarms.go.shelved": "看搁置",
    "review.alarms.go.away": "看失联",
    "review.alarms.go.device": "设备页：{name}",
}
