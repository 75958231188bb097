"""现场人员看到的中文。每条：发生了什么；意味着什么；怎么办（一切正常的只有第一句）。"""

from gateway.ops.words.zh_page import *  # noqa: F403 - one module is one language

FINDINGS: dict[str, tuple[str, ...]] = {
    "site_file_good": ("{path}，终端 {endpoints} 台",),
    "site_file_bad": (
        "{path} 有 {count} 处错误，第一处：{first}",
        "网关不能用它启动；正在运行的网关沿用原来的内容",
        "运行 gridwhistle gateway check {path} 查看全部错误，逐条改正",
    ),
    "site_file_unreadable": (
        "{why}",
        "网关不能用它启动；正在运行的网关沿用原来的内容",
        "用 --site 指明站点文件，或按提示改正",
    ),
    "settings_good": ("环境变量都认得",),
    "settings_bad": (
        "{why}",
        "网关不能启动",
        "改正 /etc/gridwhistle/gateway.env，然后 systemctl restart gridwhistle-gateway",
    ),
    "running": ("正在运行",),
    "running_since": ("第 {boot} 次启动，已运行 {age}",),
    "not_running": (
        "没有网关在使用 {folder}",
        "没有人判断读数；终端仍会在本地响铃并保存读数",
        "systemctl start gridwhistle-gateway；再看 journalctl -u gridwhistle-gateway -n 50",
    ),
    "hangs": (
        "不在工作：{why}",
        "读数没有被判断和保存；看门狗会在一分钟内结束并重启它",
        "反复出现时请保存 journalctl -u gridwhistle-gateway 并报告给开发者",
    ),
    "release_good": ("{version}",),
    "on_trial": ("{version} 正在试用", "连续一分钟正常后才算装好；不正常会自动退回 {previous}", "等几分钟再看一次"),
    "rolled_back": (
        "{version} 不能正常工作，已退回 {previous}",
        "现在运行的是旧版本，功能完整；数据没有丢",
        "查看 journalctl -u gridwhistle-gateway 里新版本的报错，换一个修好的版本再装",
    ),
    "starts_good": ("最近 24 小时启动 {count} 次",),
    "starts_many": (
        "最近 24 小时启动了 {count} 次，其中 {unclean} 次不是正常结束",
        "电源不稳、看门狗动作或程序反复出错；每次都会中断几秒到几十秒",
        "先查电源与插头，再看 journalctl -u gridwhistle-gateway",
    ),
    "disk_good": ("可用 {free} / {total}",),
    "disk_low": (
        "只剩 {free} / {total}",
        "存满之后先舍弃补传读数，再舍弃其他读数；事件保留到最后",
        "删除不需要的文件，或换更大的存储",
    ),
    "disk_full": (
        "几乎没有空间：{free} / {total}",
        "新的读数写不下来，终端会一直重发",
        "马上腾出空间：旧日志 journalctl --vacuum-size=100M，旧备份，*.torn-* 文件",
    ),
    "disk_unwritable": (
        "{folder} 不能写：{why}",
        "网关不能保存任何东西",
        "只读文件系统多为存储卡将坏：备份后更换；否则检查目录的属主是否为 gridwhistle",
    ),
    "disk_missing": (
        "目录 {folder} 不存在",
        "网关还没有在这里运行过，或设置写错了",
        "检查 GRIDWHISTLE_GATEWAY_DATA_DIR",
    ),
    "database_good": ("完好，{size}",),
    "database_none": ("还没有数据库，首次启动时建立",),
    "database_damaged": (
        "已损坏：{why}",
        "网关下次启动会移开它并救回可读部分",
        "先备份（gridwhistle gateway backup），重启网关，并更换存储",
    ),
    "database_newer": (
        "由更新的版本写过（{found} > {known}）",
        "退回旧版本后属正常，旧版本可以继续使用",
        "确认这次退回是有意的；gridwhistle gateway doctor 的“软件版本”一行写明原因",
    ),
    "database_torn": (
        "有 {count} 个损坏后移开的文件：{names}",
        "存储出过错，可读部分已救回",
        "拷走这些文件交给开发者，然后删除；更换存储卡",
    ),
    "database_large": ("{size}，太大，没有全部检查",),
    "database_failing": (
        "读写失败：{why}",
        "读数没有保存，终端会重发；已在内存里的判断继续",
        "看“磁盘”一行；通常是空间或存储故障",
    ),
    "database_silent": ("没有回答", "页面上的数据是之前的", "看门狗会处理；反复出现请更换存储"),
    "clock_good": ("{now}，已与时间服务器同步",),
    "clock_unset": (
        "停在 {now}",
        "读数和事件的时间都是错的；终端问时间时不会得到回答",
        "接通网络等待对时：systemctl status systemd-timesyncd（或 chrony）；电池没电的请更换",
    ),
    "clock_free": (
        "{now}，没有与时间服务器同步",
        "会慢慢走偏，事件时间不可信",
        "检查网络与 systemctl status systemd-timesyncd（或 chrony）",
    ),
    "broker_good": ("{address}，可以登录和订阅",),
    "broker_name": ("找不到主机名 {address}", "{consequence}", "检查站点文件里的 host 和本机的域名解析"),
    "broker_refused": ("{address} 没有服务在听", "{consequence}", "{remedy}"),
    "broker_silent": ("{address} 没有回答", "{consequence}", "检查网线、路由器与防火墙，ping 该地址"),
    "broker_certificate": (
        "{address} 的证书不可信：{why}",
        "{consequence}",
        "检查站点文件里的 ca_file 与对方证书的有效期、主机名，以及本机时钟",
    ),
    "broker_login": (
        "{address} 拒绝登录",
        "{consequence}",
        "检查站点文件里的 username、password；现场服务器可用 gridwhistle gateway broker-setup 重新生成",
    ),
    "broker_subscription": ("{address} 不允许订阅所需的主题", "{consequence}", "检查该服务器的访问控制里网关的名字"),
    "link_up": ("已连接",),
    "site_link_down": (
        "未连接",
        "听不到任何终端；它们仍会在本地响铃并保存读数",
        "systemctl status gridwhistle-broker@gateway；再运行 gridwhistle gateway doctor",
    ),
    "cloud_link_down": (
        "未连接",
        "中心暂时看不到这里；网关照常判断，事件和读数存在本机，恢复后自动补传",
        "检查上行网络；再运行 gridwhistle gateway doctor",
    ),
    "certificate_good": ("{name} 有效到 {until}",),
    "certificate_soon": (
        "{name} 还有 {days} 天到期（{until}）",
        "到期后连接会中断",
        "现场证书网关会自动续期；中心的证书请联系中心",
    ),
    "certificate_over": (
        "{name} 已于 {until} 到期",
        "用它的连接都会失败",
        "更换证书；现场服务器运行 gridwhistle gateway broker-setup",
    ),
    "certificate_unreadable": (
        "{name} 读不出来：{why}",
        "用它的连接都会失败",
        "检查路径与权限（用户 gridwhistle 要能读）",
    ),
    "broker_clear": (
        "与 {address} 的连接没有加密",
        "路上的人什么都能读、能改，也能冒充对方",
        "中心：gridwhistle gateway join；自备的服务器：在站点文件里写 ca_file、username、password",
    ),
    "status_refused": (
        "中心拒收本网关的状态（{reason}），已改报较短的",
        "中心的页面上可能缺终端、电量、版本；报警照常送达",
        "先升级中心，再升级网关；保存 journalctl -u gridwhistle-gateway 给开发者",
    ),
    "certificates_none": ("没有使用 TLS，两个服务器都在本机",),
    "outbox_good": ("中心都已确认",),
    "outbox_waiting": ("{count} 条等待中心确认，最早的是 {age}前",),
    "outbox_behind": (
        "{count} 条没有被中心确认，最早的是 {age}前",
        "中心收得慢或没有确认；数据都在本机，不会丢",
        "问中心：/readyz 与磁盘空间；上行断开时等它恢复",
    ),
    "outbox_dropped": (
        "存满后舍弃过读数或照片：{counts}",
        "事件没有丢，这些时段的读数或照片有缺",
        "缩短断线时间，或加大 GRIDWHISTLE_GATEWAY_OUTBOX_MAX_MB",
    ),
    "quarantine_good": ("没有被拒收的消息",),
    "shelves_none": ("没有搁置的报警",),
    "shelves_hold": (
        "搁置了 {count} 项：{names}",
        "搁置期间这些报警不上报，到期自动恢复",
        "查看 gridwhistle gateway shelved；不再需要就 unshelve",
    ),
    "shelves_lives": (
        "搁置了 {count} 项，其中有危及生命的：{names}",
        "那里着火、困人或求助时，中心不会知道；到期自动恢复",
        "确认现场有人看守；完工马上 gridwhistle gateway unshelve",
    ),
    "quarantine_some": (
        "拒收 {count} 条：{reasons}",
        "有设备发来看不懂的消息，已隔离保存",
        "看日志里的 quarantined：多为固件过旧、接错站点或未登记的终端",
    ),
    "endpoints_good": ("{count} 台全部在线",),
    "endpoints_unknown": (
        "{count} 台还没有消息：{names}",
        "刚启动时属正常；一直没有则没有保护",
        "通电、检查无线信号；是否已登记到这个站点",
    ),
    "endpoints_offline": (
        "{count} 台离线（共 {total} 台）：{names}",
        "这些地方现在没有人看着；终端仍会在本地响铃",
        "检查供电与无线信号，重新上电；同一交换机下的请先查交换机",
    ),
    "channels_good": ("没有故障",),
    "channels_faulty": (
        "{count} 路没有可信的值：{names}",
        "这几路失去保护，其余照常",
        "按说明书 operations.md“传感器故障的原因”检查或更换",
    ),
    "tasks_good": ("没有重启过",),
    "tasks_failed": (
        "重启过：{names}",
        "程序缺陷或意外情况，已自动恢复",
        "带着 journalctl 里的 task_failed 报告给开发者",
    ),
    "backup_good": ("最近一次 {age}前：{name}",),
    "backup_none": ("{folder} 里没有备份", "存储坏了就要从头登记终端", "gridwhistle gateway backup，并把文件拷到别处"),
    "backup_old": (
        "最近一次是 {age}前：{name}",
        "恢复后会缺这段时间的状态",
        "gridwhistle gateway backup，并把文件拷到别处",
    ),
}

SITE_AWAY = "终端的读数到不了网关；它们仍会在本地响铃并保存读数"
CLOUD_AWAY = "中心看不到这里；网关照常判断，数据存在本机，恢复后自动补传"
START_SITE_BROKER = "systemctl start gridwhistle-broker@gateway；再看 journalctl -u gridwhistle-broker@gateway -n 50"
START_CLOUD_BROKER = "联系中心：消息服务器可能停了；检查站点文件里的 port"
UNITS = ("秒", "分钟", "小时", "天")
