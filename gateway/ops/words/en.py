"""What a technician on the spot reads: what happened; what it means; what to do (where all is well the first only)."""

from gateway.ops.words.en_page import *  # noqa: F403 - one module is one language

FINDINGS: dict[str, tuple[str, ...]] = {
    "site_file_good": ("{path}, {endpoints} endpoints",),
    "site_file_bad": (
        "{path} has {count} errors; the first: {first}",
        "no gateway starts on it; a running one keeps what it has",
        "gridwhistle gateway check {path} lists all of them; correct each",
    ),
    "site_file_unreadable": (
        "{why}",
        "no gateway starts on it; a running one keeps what it has",
        "name the site file by --site, or correct it as said",
    ),
    "settings_good": ("every variable is known",),
    "settings_bad": (
        "{why}",
        "the gateway does not start",
        "correct /etc/gridwhistle/gateway.env, then systemctl restart gridwhistle-gateway",
    ),
    "running": ("runs",),
    "running_since": ("start number {boot}, up for {age}",),
    "not_running": (
        "no gateway uses {folder}",
        "nobody judges the readings; endpoints still sound locally and keep them",
        "systemctl start gridwhistle-gateway; then journalctl -u gridwhistle-gateway -n 50",
    ),
    "hangs": (
        "does not work: {why}",
        "readings are neither judged nor kept; the watchdog ends it within a minute and starts it again",
        "where this comes back, save journalctl -u gridwhistle-gateway for the developers",
    ),
    "release_good": ("{version}",),
    "on_trial": (
        "{version} is on trial",
        "it stays after a minute of good work, otherwise {previous} comes back by itself",
        "look again in a few minutes",
    ),
    "rolled_back": (
        "{version} did not work, {previous} is back",
        "the old version runs, complete; no data is lost",
        "see what the new one said in journalctl -u gridwhistle-gateway; install a mended one",
    ),
    "starts_good": ("{count} in the last 24 h",),
    "starts_many": (
        "started {count} times in the last 24 h, {unclean} of them after no proper end",
        "bad power, the watchdog, or a fault that comes back; each costs seconds of watching",
        "look at power supply and plug first, then at journalctl -u gridwhistle-gateway",
    ),
    "disk_good": ("{free} of {total} free",),
    "disk_low": (
        "only {free} of {total} free",
        "when it is full, backfill goes first, then other readings; incidents are kept to the last",
        "delete what is not needed, or fit larger storage",
    ),
    "disk_full": (
        "next to nothing free: {free} of {total}",
        "new readings cannot be written; endpoints send them again and again",
        "make room now: journalctl --vacuum-size=100M, old backups, *.torn-* files",
    ),
    "disk_unwritable": (
        "{folder} cannot be written: {why}",
        "the gateway can keep nothing",
        "a file system that turned read-only is dying storage: back up, replace; or give gridwhistle the folder",
    ),
    "disk_missing": (
        "there is no folder {folder}",
        "no gateway ran here yet, or the setting is wrong",
        "look at GRIDWHISTLE_GATEWAY_DATA_DIR",
    ),
    "database_good": ("sound, {size}",),
    "database_none": ("none yet, the first start makes it",),
    "database_damaged": (
        "damaged: {why}",
        "the next start puts it aside and saves what can be read",
        "gridwhistle gateway backup first, start the gateway again, replace the storage",
    ),
    "database_newer": (
        "written by a newer version ({found} > {known})",
        "right after a roll-back: this version works on it",
        "make sure that the roll-back was meant; the line 'software' says why",
    ),
    "database_torn": (
        "{count} broken ones were put aside: {names}",
        "the storage failed once; what could be read was saved",
        "keep these files for the developers, delete them here, replace the storage",
    ),
    "database_large": ("{size}, too large to be looked at whole",),
    "database_failing": (
        "reading or writing fails: {why}",
        "readings are not kept, endpoints send them again; judging goes on in memory",
        "see 'disk'; mostly room, or dying storage",
    ),
    "database_silent": (
        "does not answer",
        "what this page shows is old",
        "the watchdog sees to it; where it comes back replace the storage",
    ),
    "clock_good": ("{now}, synchronised",),
    "clock_unset": (
        "stands at {now}",
        "times of readings and incidents are wrong; endpoints that ask for the time get none",
        "connect the network and wait: systemctl status systemd-timesyncd (or chrony); replace an empty clock battery",
    ),
    "clock_free": (
        "{now}, not synchronised with a time server",
        "it drifts, and times of incidents cannot be trusted",
        "check the network and systemctl status systemd-timesyncd (or chrony)",
    ),
    "broker_good": ("{address}, takes our login and subscription",),
    "broker_name": (
        "no such host: {address}",
        "{consequence}",
        "check host in the site file, and name resolution here",
    ),
    "broker_refused": ("nothing listens at {address}", "{consequence}", "{remedy}"),
    "broker_silent": ("{address} does not answer", "{consequence}", "check cable, router and firewall; ping it"),
    "broker_certificate": (
        "the certificate of {address} is not trusted: {why}",
        "{consequence}",
        "check ca_file in the site file, the certificate's dates and host name, and the clock here",
    ),
    "broker_login": (
        "{address} refuses our login",
        "{consequence}",
        "check username and password in the site file; for the site's broker run gridwhistle gateway broker-setup",
    ),
    "broker_subscription": (
        "{address} does not let us hear what we need",
        "{consequence}",
        "check the gateway's name in the access list of that broker",
    ),
    "link_up": ("connected",),
    "site_link_down": (
        "not connected",
        "no endpoint can be heard; they still sound locally and keep their readings",
        "systemctl status gridwhistle-broker@gateway; then gridwhistle gateway doctor",
    ),
    "cloud_link_down": (
        "not connected",
        "the centre cannot see this place; the gateway goes on judging, keeps everything and sends it later",
        "check the network upward; then gridwhistle gateway doctor",
    ),
    "certificate_good": ("{name} is valid until {until}",),
    "certificate_soon": (
        "{name} ends in {days} days ({until})",
        "then its connections break",
        "the gateway renews the site's own; for the centre's, call the centre",
    ),
    "certificate_over": (
        "{name} ended on {until}",
        "every connection that uses it fails",
        "replace it; for the site's broker run gridwhistle gateway broker-setup",
    ),
    "certificate_unreadable": (
        "{name} cannot be read: {why}",
        "every connection that uses it fails",
        "check path and rights (the user gridwhistle must read it)",
    ),
    "broker_clear": (
        "the connection to {address} is in clear",
        "whoever is on the way can read and change everything, and play the other side",
        "the centre: gridwhistle gateway join; a broker of your own: ca_file, username, password in the site file",
    ),
    "status_refused": (
        "the centre refuses the status of this gateway ({reason}) and is told less",
        "endpoints, battery, versions may be missing on its console; alarms go through as ever",
        "upgrade the centre first, then the gateway; save journalctl -u gridwhistle-gateway for the developers",
    ),
    "certificates_none": ("TLS is not used; both brokers are on this box",),
    "outbox_good": ("the centre has acknowledged everything",),
    "outbox_waiting": ("{count} wait for the centre, the oldest for {age}",),
    "outbox_behind": (
        "{count} are not acknowledged, the oldest for {age}",
        "the centre is slow or does not acknowledge; everything is kept here",
        "ask the centre for /readyz and disk space; where the uplink is down, wait for it",
    ),
    "outbox_dropped": (
        "readings or pictures were given up when it was full: {counts}",
        "no incident is lost; readings or pictures of that time are missing",
        "shorten outages, or raise GRIDWHISTLE_GATEWAY_OUTBOX_MAX_MB",
    ),
    "quarantine_good": ("nothing was refused",),
    "shelves_none": ("nothing is kept back",),
    "shelves_hold": (
        "{count} shelved: {names}",
        "these alarms are not told until then",
        "see gridwhistle gateway shelved; unshelve what is not needed any more",
    ),
    "shelves_lives": (
        "{count} shelved, life safety among them: {names}",
        "nobody at the centre hears of a fire, an entrapment or a call for help there until then",
        "make sure that somebody watches the place; gridwhistle gateway unshelve as soon as the work is done",
    ),
    "quarantine_some": (
        "{count} refused: {reasons}",
        "some device sends what cannot be read; it is kept",
        "see 'quarantined' in the log: old firmware, wrong site, or an endpoint that is not in the site file",
    ),
    "endpoints_good": ("all {count} online",),
    "endpoints_unknown": (
        "{count} said nothing yet: {names}",
        "right after a start; later it means that they protect nobody",
        "power them, check the signal, and that they are enrolled at this site",
    ),
    "endpoints_offline": (
        "{count} of {total} offline: {names}",
        "nobody watches these places; the endpoints still sound locally",
        "check power and signal, power off and on; many behind one switch: the switch first",
    ),
    "channels_good": ("no fault",),
    "channels_faulty": (
        "{count} without a credible value: {names}",
        "these protect nobody, the others do",
        "check or replace by the reason: operations.md, 'Reasons of sensor faults'",
    ),
    "tasks_good": ("none was started again",),
    "tasks_failed": (
        "started again: {names}",
        "a fault of ours or an accident; it went on by itself",
        "send task_failed of journalctl to the developers",
    ),
    "backup_good": ("the newest is {age} old: {name}",),
    "backup_none": (
        "none in {folder}",
        "when the storage dies, every endpoint has to be enrolled again",
        "gridwhistle gateway backup, and copy the file somewhere else",
    ),
    "backup_old": (
        "the newest is {age} old: {name}",
        "after a restore the time since then is missing",
        "gridwhistle gateway backup, and copy the file somewhere else",
    ),
}

SITE_AWAY = "readings do not reach the gateway; endpoints still sound locally and keep them"
CLOUD_AWAY = "the centre cannot see this place; the gateway goes on judging, keeps everything and sends it later"
START_SITE_BROKER = "systemctl start gridwhistle-broker@gateway; then journalctl -u gridwhistle-broker@gateway -n 50"
START_CLOUD_BROKER = "call the centre: its broker may be down; check port in the site file"
UNITS = ("s", "min", "h", "days")
