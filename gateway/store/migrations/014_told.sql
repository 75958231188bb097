-- what people told the centre, of cases that no endpoint of ours raised (their device is ''): for the task of a worker
CREATE TABLE told (case_id TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
