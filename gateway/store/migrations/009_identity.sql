-- what the gateway finds wrong with itself, by kind of incident and topic
CREATE TABLE standing (kind TEXT PRIMARY KEY, state BLOB NOT NULL) WITHOUT ROWID;
