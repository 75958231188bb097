-- `status` came between incidents and live readings
UPDATE outbox SET priority = priority + 1 WHERE priority >= 2;

-- incidents of this site as tasks and sirens see them; `raise_id`: the message that told the centre of it last
-- wanted: 2 life safety, 1 others, 0 nothing more can happen; round: how often it was raised
-- stage, holder, version, answers: as the centre said last (stage '': it has said nothing)
-- told, told_ms: answers of workers that the centre shall have, and when the last one came
CREATE TABLE cases (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, severity TEXT NOT NULL, condition TEXT NOT NULL, device TEXT NOT NULL,
    grid TEXT NOT NULL, place TEXT NOT NULL, round INTEGER NOT NULL, changed_ms INTEGER NOT NULL,
    raise_id TEXT NOT NULL, wanted INTEGER NOT NULL,
    stage TEXT NOT NULL DEFAULT '', holder TEXT, version INTEGER NOT NULL DEFAULT 0, answers INTEGER NOT NULL DEFAULT 0,
    told INTEGER NOT NULL DEFAULT 0, told_ms INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX cases_wanted ON cases (wanted, id);
CREATE INDEX cases_family ON cases (kind, grid, condition);

-- one task of one worker for one incident; received: the revision that its terminal said it has
-- send_ms: when it goes to the terminal (again); NULL: not any more
CREATE TABLE tasks (
    id TEXT PRIMARY KEY, case_id TEXT NOT NULL, person TEXT NOT NULL, device TEXT NOT NULL, state TEXT NOT NULL,
    revision INTEGER NOT NULL, round INTEGER NOT NULL, called_ms INTEGER NOT NULL, received INTEGER NOT NULL DEFAULT 0,
    rings INTEGER NOT NULL DEFAULT 0, sends INTEGER NOT NULL DEFAULT 0, send_ms INTEGER, payload BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX tasks_case ON tasks (case_id);
CREATE INDEX tasks_device ON tasks (device, state);
CREATE VIEW open_tasks AS SELECT * FROM tasks WHERE state IN ('offered', 'accepted', 'on_the_way', 'on_site');
CREATE INDEX tasks_send ON tasks (send_ms) WHERE send_ms IS NOT NULL;

-- workers' terminals; revoked: 1 it was wiped, 2 a person revoked it
CREATE TABLE terminals (
    device TEXT PRIMARY KEY, on_duty INTEGER NOT NULL DEFAULT 0, revoked INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- endpoints whose sounder shall sound for an incident of another place, until `until_ms`; number: of the command
CREATE TABLE sirens (
    device TEXT NOT NULL, case_id TEXT NOT NULL, number INTEGER NOT NULL, minutes INTEGER NOT NULL,
    until_ms INTEGER NOT NULL, send_ms INTEGER, error TEXT NOT NULL DEFAULT '', PRIMARY KEY (device, case_id)
) WITHOUT ROWID;

-- the number of the centre's list that we have; one row
CREATE TABLE desk (n INTEGER PRIMARY KEY CHECK (n = 1), number INTEGER NOT NULL);
