-- `status` came between incidents and live readings
UPDATE outbox SET priority = priority + 1 WHERE priority >= 2;

-- incidents of this site as tasks see them; `raise_id`: the message that told the centre of it
-- stage, holder, version, answers: as the centre knows it (stage '' : it has said nothing yet)
-- told: answers of workers that we owe or owed the centre; told_ms: when the last one came
CREATE TABLE cases (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, severity TEXT NOT NULL, condition TEXT NOT NULL, device TEXT NOT NULL,
    grid TEXT NOT NULL, place TEXT NOT NULL, round INTEGER NOT NULL, changed_ms INTEGER NOT NULL,
    raise_id TEXT NOT NULL, wanted INTEGER NOT NULL,
    stage TEXT NOT NULL DEFAULT '', holder TEXT, version INTEGER NOT NULL DEFAULT 0, answers INTEGER NOT NULL DEFAULT 0,
    told INTEGER NOT NULL DEFAULT 0, told_ms INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX cases_wanted ON cases (wanted, changed_ms);

-- one task of one worker for one incident; `send_ms`: when it goes to the handheld (again), NULL: not any more
CREATE TABLE tasks (
    id TEXT PRIMARY KEY, case_id TEXT NOT NULL, person TEXT NOT NULL, device TEXT NOT NULL, state TEXT NOT NULL,
    revision INTEGER NOT NULL, round INTEGER NOT NULL, offered_ms INTEGER NOT NULL, received_ms INTEGER,
    rings INTEGER NOT NULL DEFAULT 0, sends INTEGER NOT NULL DEFAULT 0, send_ms INTEGER, payload BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX tasks_case ON tasks (case_id);
CREATE INDEX tasks_device ON tasks (device, state);
CREATE INDEX tasks_send ON tasks (send_ms) WHERE send_ms IS NOT NULL;

-- what we know of each terminal: on duty or not, wiped or revoked for good
CREATE TABLE terminals (
    device TEXT PRIMARY KEY, on_duty INTEGER NOT NULL DEFAULT 0, revoked INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- sirens that shall sound for an incident of another place; `answered`: the endpoint did it, or said why not
CREATE TABLE sirens (
    device TEXT NOT NULL, case_id TEXT NOT NULL, number INTEGER NOT NULL, minutes INTEGER NOT NULL,
    sends INTEGER NOT NULL DEFAULT 0, send_ms INTEGER, until_ms INTEGER NOT NULL, error TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (device, case_id)
) WITHOUT ROWID;
CREATE INDEX sirens_send ON sirens (send_ms) WHERE send_ms IS NOT NULL;

-- the number of the centre's list that we have
CREATE TABLE desk (n INTEGER PRIMARY KEY CHECK (n = 1), number INTEGER NOT NULL);
