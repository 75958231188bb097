-- what the filters of an endpoint's channels know, written now and then: a restart must not forget how long a sensor stood still
CREATE TABLE filter_states (device TEXT PRIMARY KEY, state BLOB NOT NULL) WITHOUT ROWID;
