-- what the gateway finds wrong with itself, by kind of incident
CREATE TABLE standing (kind TEXT PRIMARY KEY, state BLOB NOT NULL) WITHOUT ROWID;
