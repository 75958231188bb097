-- the newest starts of this gateway: which version, until when it surely worked, and how it ended ('' is not cleanly)
CREATE TABLE runs (
    boot INTEGER PRIMARY KEY, version TEXT NOT NULL, started_ms INTEGER NOT NULL, alive_ms INTEGER NOT NULL,
    ended TEXT NOT NULL DEFAULT ''
);
