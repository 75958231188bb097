"""Simplified Chinese: who was told, by what, and what became of it."""

from __future__ import annotations

NOTICES: dict[str, str] = {
    "inc.notices": "通知",
    "inc.notices.none": "还没有通知任何人。",
    "inc.notices.attempts": "已试 {n} 次",
    "inc.notices.failed": "有通知没有送达：请改用电话联系，并请管理员检查通知渠道。",
    "notice.owed": "待发",
    "notice.unseen": "等其登录",
    "notice.sent": "已发出",
    "notice.delivered": "已送达",
    "notice.failed": "未送达，将重试",
    "notice.given_up": "未送达，不再重试",
    "notice.withdrawn": "已撤回",
    "by.console": "页面",
    "by.handheld": "手持终端",
    "unsaid.settled": "已有人受理，或已结束",
    "unsaid.newer": "由更新的通知代替",
    "unsaid.off_duty": "已不在岗",
    "unsaid.quiet": "勿扰时段，之后再发",
    "unsaid.storm": "事件较多，稍后合并发送",
    "unsaid.not_received": "手持终端尚未收到",
    "why.called": "中心呼叫",
}
