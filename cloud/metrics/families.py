"""Every number of the centre by its name: where it comes from, its labels, its unit. The list: docs/operations.md."""

from __future__ import annotations

from dataclasses import dataclass

ANY = "*"  # a step of a path that becomes a label; a|b: one of these, which becomes a label too


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """`path` leads through what the parts of the centre say of themselves; the first family that fits has a number."""

    name: str
    path: tuple[str, ...]
    says: str
    labels: tuple[str, ...] = ()
    counter: bool = False  # since the start of the process
    scale: float = 1.0

    @property
    def sample(self) -> str:
        """Its name as an expression of Prometheus has it."""
        return self.name + "_total" if self.counter else self.name


def _gauge(name: str, path: str, says: str, *labels: str, scale: float = 1.0) -> Family:
    return Family(name=name, path=tuple(path.split("/")), says=says, labels=labels, scale=scale)


def _count(name: str, path: str, says: str, *labels: str) -> Family:
    return Family(name=name, path=tuple(path.split("/")), says=says, labels=labels, counter=True)


MS = 0.001  # of a second

FAMILIES: tuple[Family, ...] = (
    _gauge("ready", "ready", "1 while every check of /readyz holds."),
    _gauge("broker_up", "broker", "1 while connected to the broker."),
    _gauge("incidents_open", "incidents/open/*/*", "Open incidents that stand for themselves.", "class", "severity"),
    _gauge("incidents_waiting", "incidents/waiting/*", "Those of them that nobody has accepted.", "class"),
    # intake
    _gauge("intake_held_messages", "intake/held", "Messages that wait for the store."),
    _gauge("intake_held_bytes", "intake/held_bytes", "Their bytes."),
    _gauge("intake_held_bytes_max", "intake/held_bytes_max", "Beyond so many bytes messages are put off."),
    _gauge("intake_waiting_messages", "intake/waiting/*", "Messages in line, not being stored yet.", "lane"),
    _count("intake_put_off", "intake/put_off", "Messages put off because too much waited."),
    _count("intake_received", "intake/incident|status|report|history", "Messages of gateways.", "kind"),
    _count("intake_life_safety", "intake/life_safety", "Messages that were stored before others."),
    _count("intake_accepted", "intake/accepted", "Messages that are stored."),
    _count("intake_rejected", "intake/refused/*", "Messages refused and kept aside.", "reason"),
    _count("intake_foreign_topic", "intake/foreign_topic", "Messages of no topic of ours."),
    _count("intake_store_failed", "intake/store_failed", "Attempts to store that failed and are made again."),
    # what is due, and who is told
    _gauge("timers_late_seconds", "timers/late_ms", "How late the oldest due step is.", scale=MS),
    _gauge("timers_failed", "timers/failed", "Steps that failed."),
    _gauge("notices", "notices/*/*", "Notices that are owed, have failed or were given up.", "channel", "state"),
    _gauge("webhooks_behind_entries", "webhooks/behind", "Entries of the log that the slowest webhook has not."),
    _gauge("webhooks", "webhooks/*", "Webhooks by state.", "state"),
    # readings
    _gauge("history_bytes", "history/bytes", "Size of the store of readings, or of the queue before InfluxDB."),
    _gauge("history_bytes_max", "history/bytes_max", "Bound of that queue."),
    _gauge("history_owed_readings", "history/owed", "Readings not in the roll-ups, or not at the server yet."),
    _gauge("history_lag_seconds", "history/lag_ms", "How far the roll-ups are behind.", scale=MS),
    _gauge("history_marks", "history/marks", "Buckets to be counted anew."),
    _gauge("history_channels", "history/channels", "Channels that are kept."),
    _gauge("history_channels_max", "history/channels_max", "Bound of them."),
    _gauge("history_devices_full", "history/devices_full", "Devices that have used up their names of channels."),
    _count("history_channels_refused", "history/channels_refused", "Readings not kept: too many channels."),
    _count("history_dropped", "history/too_late|no_time|beyond_bucket", "Readings not kept.", "reason"),
    _count("history_queue_full", "history/queue_full", "Appends refused because the queue was full."),
    _gauge("history_refused_lines_kept", "history/refused_lines", "Lines that the server refused and that are kept."),
    _count("history_refused_lines", "history/refused_ever", "Lines that the server refused."),
    _gauge("history_server_failures", "history/server_failures", "Failures of the server in a row."),
    _count("history_frozen_incidents", "history/incidents", "Incidents whose readings were frozen."),
    _count("history_frozen_readings", "history/readings", "Readings frozen with them."),
    _count("history_not_frozen", "history/not_frozen", "Incidents whose readings could not be frozen."),
    _gauge("history_clock_ahead_seconds", "history/clock_ahead_ms", "A clock in doubt is ahead by this.", scale=MS),
    _gauge("history_evidence_wait_seconds", "history/evidence_wait_ms", "Readings stay longer by this.", scale=MS),
    _gauge("history_disk_free_bytes", "history/disk_free", "Room on the disk of readings."),
    _gauge("history_disk_low", "history/disk_low", "1 while that disk is as good as full."),
    _gauge("exports", "exports/waiting|running|done", "Files of readings by state.", "state"),
    _gauge("exports_bytes", "exports/bytes", "Bytes of the files that wait to be fetched."),
    _gauge("exports_bytes_max", "exports/bytes_max", "Bound of them."),
    # reports, pictures, plan
    _gauge("facts_behind_entries", "facts/behind", "Entries of the log not in the figures of the review yet."),
    _gauge("facts_late_seconds", "facts/late_ms", "Age of the first of them.", scale=MS),
    _gauge("facts_filling", "facts/filling", "1 while facts of older incidents are made up."),
    _gauge("facts_aside", "facts/aside", "Incidents whose facts could not be made."),
    _gauge("photos", "photos/kept", "Photos that are kept."),
    _gauge("photos_bytes", "photos/bytes", "Their bytes."),
    _gauge("photos_bytes_max", "photos/bytes_max", "Bound of them."),
    _count("photos_counted", "photos/*", "What became of photos that were sent.", "what"),
    _gauge("plan_unusable", "plan/unusable", "1 while a newer version of the plan cannot be used."),
    _gauge("plan_version", "plan/*", "Version in force.", "section"),
    # the web server and its process
    _gauge("connections", "connections/open", "Connections of the web server."),
    _gauge("connections_max", "connections/most", "Bound of them."),
    _count("connections_refused", "connections/refused", "Connections refused because there were too many."),
    _count("connections_late", "connections/late", "Connections that took too long and were ended."),
    _count("logins_refused", "attempts/login_refused", "Attempts to log in that were too many."),
    _count("logins_unrecorded", "attempts/login_unrecorded", "Refused log-ins too many to be put on record."),
    _gauge("sessions", "sessions", "Browsers that are logged in."),
    _gauge("streams", "streams", "Open pages that hear of changes."),
    _gauge("lease_held", "leases/*", "1 for what this worker alone does now.", "lease"),
    _count("task_failures", "failures/*", "Inner tasks started again.", "task"),
    _gauge("other", "*", "Every other number of /readyz, by name.", "name"),
)
INFO = "info"  # labels: software
SECONDS = "request_seconds"  # labels: route
REQUESTS = "requests"  # labels: route, code
