-- what the centre was told of each active incident; record: domain.site_rules.records.Record
CREATE TABLE told_incidents (id TEXT PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID;

-- floods and what came and went lately; one row
CREATE TABLE site_rules (n INTEGER PRIMARY KEY CHECK (n = 1), state BLOB NOT NULL);

-- what people keep back, and kept back; ended: by its time, or by somebody
CREATE TABLE shelves (
    id TEXT PRIMARY KEY, shelf BLOB NOT NULL, ended_ms INTEGER, ended_by TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
