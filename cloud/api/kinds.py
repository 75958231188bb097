"""Every kind of refusal: its code, its status, and in Chinese and English what happened and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from cloud.equipment.errors import EquipmentError, TooLate, UnknownThing
from cloud.flow.command import (
    BadTime,
    ChildrenOpen,
    Conflict,
    Incomplete,
    InsideAnother,
    NobodyNamed,
    NoTierAbove,
    NotMergeable,
    NotMerged,
    NotTheirs,
    PartsOpen,
)
from cloud.history.asking import BadAsk
from cloud.history.exports.errors import ExportsFull, NoFile, UnknownExport
from cloud.history.port import NotReadable
from cloud.history.turns import HistoryBusy
from cloud.maps.frame import FrameError
from cloud.notices.people import UnknownChannel, WishChanged
from cloud.notices.webhooks.desk import BadWebhook, UnknownWebhook
from cloud.people.errors import (
    AlreadyDecided,
    ListChanged,
    NotYours,
    NoVault,
    PeopleError,
    UnknownEntry,
    UnknownPerson,
)
from cloud.pictures.errors import (
    NoRoom,
    NotAPhoto,
    PhotosBusy,
    PhotosFull,
    PhotosSpent,
    PhotosToday,
    PhotoTooLarge,
    UnknownFind,
    UnknownPicture,
    WhyMissing,
)
from cloud.plan.errors import PlanError
from cloud.plans.errors import FindingsOpen, PlanConflict, UnknownVersion
from cloud.records import UnknownIncident
from cloud.review.cases.wish import WishError
from cloud.review.figures.listing import TooManyRows
from cloud.sources.desk import KeyReused, UnknownReport
from cloud.sources.report import ReportError
from cloud.tables.exchange import TableFaulty, UnknownTable
from cloud.trust.errors import (
    BadRequest,
    Changed,
    LastKeeper,
    LoginRefused,
    NameTaken,
    ProofNeeded,
    TooMany,
    UnknownAccount,
    WeakPassword,
)
from cloud.trust.rights import Forbidden, NotLoggedIn
from cloud.trust.vault import VaultError
from domain.duty_book import StandInError
from domain.geojson import GeoJsonError
from domain.incidents import IllegalMove, InDanger, NotPaused, ReasonMissing, StillActive
from domain.joint import PartRefused
from domain.matters import MatterError


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of refusal."""

    code: str
    status: int
    title: str
    title_zh: str
    next_zh: str


PROBLEMS: dict[type[Exception], Problem] = {
    UnknownIncident: Problem("unknown-incident", 404, "No such incident", "没有这个事件", "请返回总览核对编号。"),
    Conflict: Problem(
        "conflict", 409, "Somebody else was faster", "他人已先行操作", "页面已更新，请查看最新状态后再决定。"
    ),
    IllegalMove: Problem(
        "illegal-move", 409, "Not possible at this stage", "当前阶段不能执行此操作", "请选择页面上列出的操作。"
    ),
    StillActive: Problem("still-active", 409, "The cause is still there", "现场仍在报警", "请等待现场恢复后再结案。"),
    ChildrenOpen: Problem(
        "children-open", 409, "Members are still open", "下面还有未结的地点", "请先结清它们，再结案。"
    ),
    ReasonMissing: Problem("reason-missing", 422, "A reason is needed", "需要填写原因", "请简要写明原因后再提交。"),
    PlanError: Problem("plan-unusable", 422, "The document cannot be the plan", "方案内容有误", "请按提示修改后重试。"),
    GeoJsonError: Problem("geojson-unusable", 422, "The boundaries cannot be read", "边界文件有误", "请按提示修改。"),
    FindingsOpen: Problem(
        "plan-findings", 422, "Boundaries do not fit together", "边界存在重叠或空白", "请修正边界，或确认后再提交。"
    ),
    PlanConflict: Problem("plan-conflict", 409, "Somebody else was faster", "他人已先行修改", "请查看新版本后再提交。"),
    UnknownVersion: Problem("unknown-version", 404, "No such version or area", "没有这个版本或区域", "请核对编号。"),
    FrameError: Problem("frame-unusable", 422, "Not a part of the map", "地图范围或层级有误", "请按提示修改。"),
    NobodyNamed: Problem("unknown-person", 422, "Unknown person", "人员不在名册中", "请从人员列表中选择。"),
    NotLoggedIn: Problem("not-logged-in", 401, "Log in first", "尚未登录", "请先登录，程序请携带令牌。"),
    Forbidden: Problem("forbidden", 403, "Not among your rights", "没有相应权限", "请联系有此权限的人员或管理员。"),
}
PROBLEMS |= {
    InDanger: Problem("in-danger", 409, "Lives are at stake", "现场仍危及生命", "请等现场恢复后再操作。"),
    NotPaused: Problem(
        "not-paused", 409, "Suspended, or not", "现在不能这样做", "已挂账的请先销账，没有挂账的不用销账。"
    ),
    PartsOpen: Problem(
        "parts-open", 409, "A department has not answered", "协办部门尚未答复", "请等答复，或免于协办。"
    ),
    PartRefused: Problem(
        "part-refused", 409, "The department is not at that point", "这个部门没有被请，或已答复", "请看部门协办一栏。"
    ),
    NotTheirs: Problem("not-theirs", 403, "Another department", "不是你的部门", "请由该部门或中心答复。"),
    NoTierAbove: Problem("no-tier-above", 409, "It is at the top", "已是最高一级", "请在本级解决，或请部门协办。"),
    InsideAnother: Problem(
        "inside-another", 409, "It is part of another", "属于另一事件", "请到那一件操作，或先拆开。"
    ),
    NotMergeable: Problem("not-mergeable", 409, "These cannot be one", "这两件不能合并", "可以改为关联。"),
    NotMerged: Problem("not-merged", 409, "Nothing to take apart", "没有合并过", "请核对编号。"),
    BadTime: Problem("bad-time", 422, "The time cannot be used", "这个时间不能用", "请另选时间。"),
    Incomplete: Problem("incomplete", 422, "Something is missing", "内容不完整", "请补全后再提交。"),
}
PROBLEMS |= {
    MatterError: Problem("unknown-matter", 422, "Not among the matters", "事项或紧急程度有误", "请从列表中选择。"),
    ReportError: Problem("report-unusable", 422, "The report cannot be taken", "上报内容有误", "请按提示修改后重试。"),
    KeyReused: Problem("key-reused", 422, "The key was used before", "请求标识已用于其他内容", "请更换标识后重试。"),
    UnknownReport: Problem("unknown-report", 404, "No such report", "没有这条记录", "请核对编号。"),
}
PROBLEMS |= {
    LoginRefused: Problem("login-refused", 401, "Not let in", "登录未通过", "请检查后重试，或联系管理员。"),
    ProofNeeded: Problem("proof-needed", 403, "Is it still you?", "请先确认是本人", "请提交密码和验证码后重试。"),
    TooMany: Problem("too-often", 429, "Too many attempts", "尝试过于频繁", "请稍后再试。"),
    WeakPassword: Problem("weak-password", 422, "Easy to guess", "密码太容易猜到", "请换一个更长、更难猜的密码。"),
    UnknownAccount: Problem("unknown-account", 404, "No such account or token", "没有这个账号或令牌", "请核对名称。"),
    NameTaken: Problem("name-taken", 409, "The name is taken", "名称已被使用", "请换一个名称。"),
    Changed: Problem("account-changed", 409, "Somebody else was faster", "他人已先行修改", "请查看最新内容后再决定。"),
    LastKeeper: Problem(
        "last-administrator",
        409,
        "Nobody would keep accounts",
        "不能没有管理员",
        "请先增加一名管理员，或由另一名管理员操作。",
    ),
    VaultError: Problem("keys-missing", 503, "The keys do not fit", "密钥不符", "请恢复备份中的密钥文件。"),
    BadRequest: Problem("bad-request", 422, "A value cannot be", "内容有误", "请按提示修改后重试。"),
}
PROBLEMS |= {
    UnknownPerson: Problem("no-such-person", 404, "No such person", "名册中没有此人", "请核对编号。"),
    UnknownEntry: Problem("no-such-entry", 404, "No such entry", "没有这条记录", "请刷新列表后重试。"),
    NotYours: Problem("not-yours", 403, "Somebody else has to do this", "应由他人操作", "请由页面所示人员操作。"),
    AlreadyDecided: Problem("already-decided", 409, "It is settled already", "此前已处理", "请查看最新状态。"),
    ListChanged: Problem("list-changed", 409, "The list has changed", "待交接事件有变化", "请重新核对后再确认。"),
    StandInError: Problem("stand-in-refused", 422, "This cannot be entered", "代班登记有误", "请按提示修改后重试。"),
    PeopleError: Problem("people-refused", 422, "This cannot be done so", "内容不完整", "请按提示修改后重试。"),
    NoVault: Problem("no-keys", 503, "Personal fields are locked", "缺少个人信息密钥", "请联系管理员恢复密钥文件。"),
    TableFaulty: Problem("table-faulty", 422, "The table has faults", "表格内容有误", "请按列出的行和列修改后重试。"),
    UnknownTable: Problem("no-such-table", 404, "No such table", "没有这张表", "请核对名称。"),
}
PROBLEMS |= {
    UnknownChannel: Problem("unknown-channel", 422, "No such channel or hours", "通知渠道或时段有误", "请按提示修改。"),
    WishChanged: Problem("wish-changed", 409, "Somebody else was faster", "他人已先行修改", "请查看最新内容后再决定。"),
    UnknownWebhook: Problem("unknown-webhook", 404, "No such webhook", "没有这个回调", "请刷新列表后重试。"),
    BadWebhook: Problem("bad-webhook", 422, "The webhook cannot be so", "回调内容有误", "请按提示修改后重试。"),
}
PROBLEMS |= {
    BadAsk: Problem("history-unusable", 422, "This cannot be read so", "查询条件有误", "请按提示修改后重试。"),
    UnknownExport: Problem("no-such-export", 404, "No such export", "没有这个导出任务", "请刷新列表后重试。"),
    NoFile: Problem("no-file", 409, "There is no file", "没有可下载的文件", "请等导出完成，或重新导出。"),
    ExportsFull: Problem("exports-full", 429, "Too many exports", "导出任务过多", "请等其中一个完成，或取消一个。"),
    HistoryBusy: Problem(
        "history-busy", 429, "Too many large questions", "同时查询的数据太多", "请几秒后重试，或缩小范围。"
    ),
    NotReadable: Problem("readings-away", 503, "The readings cannot be read now", "暂时读不到读数", "请稍候重试。"),
}
PROBLEMS |= {
    NotAPhoto: Problem("not-a-photo", 422, "Not a picture", "不是完整的照片", "请重新拍摄，或另存为 JPEG 后再传。"),
    PhotoTooLarge: Problem("photo-too-large", 413, "The picture is too large", "照片过大", "请降低分辨率后再传。"),
    PhotosSpent: Problem(
        "photos-spent",
        409,
        "Too many photos were taken back here today",
        "此事件一天内撤下的照片过多",
        "请明天再加，或加到关联的事件。",
    ),
    PhotosFull: Problem("photos-full", 409, "Photos enough", "照片已达上限", "请先撤下一张，再添加新的。"),
    PhotosBusy: Problem("photos-busy", 503, "Too many photos at once", "同时上传的照片过多", "请一分钟后重传。"),
    PhotosToday: Problem(
        "photos-today", 429, "Enough photos of one person today", "今天添加的照片过多", "请由其他人员添加，或明天再传。"
    ),
    NoRoom: Problem("photos-no-room", 507, "No room for photos", "照片空间已满", "请联系管理员增加空间。"),
    UnknownFind: Problem("no-such-find", 404, "No such report here", "此事件没有这条上报", "请刷新页面后重试。"),
    UnknownPicture: Problem("no-such-picture", 404, "No such picture", "没有这张照片", "可能已撤下，请刷新页面。"),
    WhyMissing: Problem("why-missing", 422, "A reason is needed", "需要写明原因", "请写明撤下的原因。"),
}
PROBLEMS |= {
    UnknownThing: Problem("no-such-endpoint", 404, "No such endpoint or record", "没有这台设备或记录", "请核对编号。"),
    TooLate: Problem("too-late", 409, "It is over already", "已经结束或已经更正", "请查看最新状态。"),
    EquipmentError: Problem("equipment-refused", 422, "This cannot be done so", "内容有误", "请按提示修改后重试。"),
}
PROBLEMS |= {
    WishError: Problem("review-unusable", 422, "This cannot be counted so", "统计条件有误", "请按提示修改后重试。"),
    TooManyRows: Problem("too-many-rows", 413, "Too much for one file", "超出一个文件的上限", "请缩短时段或缩小范围。"),
}
