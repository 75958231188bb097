-- what endpoints run, as their statuses say
CREATE TABLE firmware (
    device TEXT PRIMARY KEY, board TEXT NOT NULL, version TEXT NOT NULL, at_ms INTEGER NOT NULL
) WITHOUT ROWID;

-- updates of many endpoints; policy: JSON; forgiven: failures that a person had seen when he resumed it; why: it paused
CREATE TABLE rollouts (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, board TEXT NOT NULL, version TEXT NOT NULL, sha256 TEXT NOT NULL,
    size INTEGER NOT NULL, policy BLOB NOT NULL, state TEXT NOT NULL, forgiven INTEGER NOT NULL DEFAULT 0,
    why TEXT NOT NULL DEFAULT '', changed_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE rollout_units (
    rollout TEXT NOT NULL, n INTEGER NOT NULL, device TEXT NOT NULL, wave INTEGER NOT NULL, progress TEXT NOT NULL,
    since_ms INTEGER NOT NULL, attempts INTEGER NOT NULL, error TEXT NOT NULL, PRIMARY KEY (rollout, n)
) WITHOUT ROWID;

-- who did what to a rollout, and why; nothing is overwritten
CREATE TABLE rollout_log (
    n INTEGER PRIMARY KEY AUTOINCREMENT, rollout TEXT NOT NULL, at_ms INTEGER NOT NULL, what TEXT NOT NULL,
    who TEXT NOT NULL, why TEXT NOT NULL
);
