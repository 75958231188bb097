-- what endpoints reported beside their readings
CREATE TABLE reports (
    n INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, id TEXT NOT NULL UNIQUE,
    received_ms INTEGER NOT NULL, what TEXT NOT NULL, payload BLOB NOT NULL
);

-- pictures of video endpoints, complete where `whole`
CREATE TABLE snapshots (
    n INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, id TEXT NOT NULL, size INTEGER NOT NULL,
    sha256 TEXT NOT NULL, at_ms INTEGER, why TEXT NOT NULL, received_ms INTEGER NOT NULL,
    have INTEGER NOT NULL DEFAULT 0, whole INTEGER NOT NULL DEFAULT 0, UNIQUE (device, id)
);
CREATE TABLE pieces (
    device TEXT NOT NULL, id TEXT NOT NULL, offset INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (device, id, offset)
) WITHOUT ROWID;

-- what each endpoint shall have, and what it said to it
CREATE TABLE settings (
    device TEXT PRIMARY KEY, version INTEGER NOT NULL, digest TEXT NOT NULL, state TEXT NOT NULL,
    error TEXT NOT NULL
) WITHOUT ROWID;
