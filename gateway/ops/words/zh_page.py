"""状态页的中文。"""

PAGE = {
    "title": "网关",
    "site": "站点",
    "now": "更新于",
    "problems": "需要处理",
    "endpoints": "终端",
    "endpoint": "终端",
    "place": "位置",
    "state": "状态",
    "heard": "最近消息",
    "never": "从未",
    "ago": "{age}前",
    "more": "还有 {count} 台，均在线",
    "checks": "全部检查",
    "delays": "每一跳用时",
    "hop": "一跳",
    "half": "半数在",
    "most": "99 % 在",
    "worst": "最慢",
    "count": "条数",
    "within": "{seconds} 内",
    "online": "在线",
    "offline": "离线",
    "unknown": "不明",
    "down": "断开",
    "up": "已连接",
    "online_of": "在线",
    "owed": "未送达",
    "free": "磁盘可用",
    "site_link": "现场",
    "cloud_link": "中心",
    "read_only": "本页只读，每 10 秒自动更新。命令请在网关上用 gridwhistle gateway。",
    "old": "数据库没有回答，以下是较早的数据",
    "starting": "正在启动",
}
HOPS = {
    "endpoint_to_gateway": "终端 → 网关",
    "gateway_to_commit": "网关 → 落盘",
    "commit_to_sent": "事件：落盘 → 发出",
    "sent_to_acknowledged": "事件：发出 → 中心确认",
    "commit_to_sent_history": "读数：落盘 → 发出",
    "sent_to_acknowledged_history": "读数：发出 → 中心确认",
}
KINDS = {"fire": "火灾", "lift": "电梯", "video": "视频", "handheld": "手持", "panel": "消防主机"}
TOPICS = {
    "site_file": "站点文件",
    "settings": "设置",
    "process": "网关进程",
    "release": "软件版本",
    "starts": "启动记录",
    "disk": "磁盘",
    "database": "数据库",
    "clock": "时钟",
    "site_broker": "现场消息服务器",
    "cloud_broker": "中心消息服务器",
    "certificates": "证书",
    "outbox": "未送达数据",
    "quarantine": "隔离区",
    "shelves": "搁置的报警",
    "endpoints": "终端",
    "channels": "传感通道",
    "tasks": "内部任务",
    "backup": "备份",
}
MEANS = "意味着"
DO = "怎么办"
LEVELS = ("正常", "注意", "故障")
NOTHING_KNOWN = "（未知）"
AND_MORE = " 等"
BETWEEN = "、"
DOCTOR = "网关体检"
ALL_WELL = "一切正常"
VERDICT = "故障 {bad} 处，注意 {warnings} 处"
