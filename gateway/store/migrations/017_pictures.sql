-- incidents of endpoints that take snapshots: which pictures belong to them, by the time at which they were taken
CREATE TABLE picture_cases (
    n INTEGER PRIMARY KEY AUTOINCREMENT, incident_id TEXT NOT NULL UNIQUE, device TEXT NOT NULL,
    from_ms INTEGER NOT NULL, to_ms INTEGER
);
CREATE INDEX picture_cases_device ON picture_cases (device);

-- which of them the centre is owed, or has; the first of an incident has the lowest number
CREATE TABLE pictures_owed (
    n INTEGER PRIMARY KEY AUTOINCREMENT, incident_id TEXT NOT NULL, snapshot TEXT NOT NULL,
    message_id TEXT NOT NULL, UNIQUE (incident_id, snapshot)
);
