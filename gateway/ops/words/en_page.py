"""What the technician's page says beside the findings."""

PAGE = {
    "title": "gateway",
    "site": "site",
    "now": "as of",
    "problems": "to be done",
    "endpoints": "endpoints",
    "endpoint": "endpoint",
    "place": "place",
    "state": "state",
    "heard": "last heard",
    "never": "never",
    "ago": "{age} ago",
    "more": "{count} more, all online",
    "checks": "all checks",
    "delays": "time of each hop",
    "hop": "hop",
    "half": "half within",
    "most": "99 % within",
    "worst": "worst",
    "count": "messages",
    "within": "{seconds}",
    "online": "online",
    "offline": "offline",
    "unknown": "unknown",
    "down": "down",
    "up": "connected",
    "online_of": "online",
    "owed": "owed",
    "free": "disk free",
    "site_link": "site",
    "cloud_link": "centre",
    "read_only": "This page only shows, every 10 seconds anew. Commands: gridwhistle gateway, on the box itself.",
    "old": "the database does not answer, what follows is older",
    "starting": "starting",
}
HOPS = {
    "endpoint_to_gateway": "endpoint → gateway",
    "gateway_to_commit": "gateway → durable",
    "commit_to_sent": "incidents: durable → sent",
    "sent_to_acknowledged": "incidents: sent → taken by the centre",
    "commit_to_sent_history": "readings: durable → sent",
    "sent_to_acknowledged_history": "readings: sent → taken by the centre",
}
KINDS = {"fire": "fire", "lift": "lift", "video": "video", "handheld": "handheld", "panel": "panel"}
TOPICS = {
    "site_file": "site file",
    "settings": "settings",
    "process": "gateway process",
    "release": "software",
    "starts": "starts",
    "disk": "disk",
    "database": "database",
    "clock": "clock",
    "site_broker": "site's broker",
    "cloud_broker": "centre's broker",
    "certificates": "certificates",
    "outbox": "owed to the centre",
    "quarantine": "quarantine",
    "shelves": "shelved alarms",
    "endpoints": "endpoints",
    "channels": "channels",
    "tasks": "inner tasks",
    "backup": "backup",
}
MEANS = "means"
DO = "do"
LEVELS = ("good", "look", "fault")
NOTHING_KNOWN = "(unknown)"
AND_MORE = " and more"
BETWEEN = ", "
DOCTOR = "gateway check-up"
ALL_WELL = "all is well"
VERDICT = "{bad} faults, {warnings} to look at"
