CREATE TABLE totals (name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO totals VALUES ('boot', 0), ('outbox_bytes', 0), ('outbox_rows', 0);

-- what the rules believe about each endpoint; slot: where its next sample goes in `recent`
CREATE TABLE endpoints (device TEXT PRIMARY KEY, slot INTEGER NOT NULL, state BLOB NOT NULL) WITHOUT ROWID;

-- the last samples of each endpoint, as a ring of slots: evidence for incidents
CREATE TABLE recent (
    device TEXT NOT NULL, slot INTEGER NOT NULL, at_ms INTEGER NOT NULL, channels BLOB NOT NULL,
    PRIMARY KEY (device, slot)
) WITHOUT ROWID;

-- accepted samples on their way into a history batch
CREATE TABLE staged (n INTEGER PRIMARY KEY, backfill INTEGER NOT NULL, row BLOB NOT NULL);

-- what we owe the cloud
CREATE TABLE outbox (
    n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, priority INTEGER NOT NULL,
    kind TEXT NOT NULL, created_ms INTEGER NOT NULL, payload BLOB NOT NULL
);
CREATE INDEX outbox_order ON outbox (priority, n);
CREATE TRIGGER outbox_in AFTER INSERT ON outbox BEGIN
    UPDATE totals SET n = n + length(NEW.payload) WHERE name = 'outbox_bytes';
    UPDATE totals SET n = n + 1 WHERE name = 'outbox_rows';
END;
CREATE TRIGGER outbox_out AFTER DELETE ON outbox BEGIN
    UPDATE totals SET n = n - length(OLD.payload) WHERE name = 'outbox_bytes';
    UPDATE totals SET n = n - 1 WHERE name = 'outbox_rows';
END;

-- what we could not accept, with the reason; the newest only
CREATE TABLE quarantine (
    n INTEGER PRIMARY KEY AUTOINCREMENT, received_ms INTEGER NOT NULL, reason TEXT NOT NULL,
    topic TEXT NOT NULL, payload BLOB NOT NULL
);
CREATE TABLE counters (name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
