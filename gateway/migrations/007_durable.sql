-- accepted samples on their way into the store of telemetry, in JSON (deflated where they are many); `bucket`: which
-- endpoints are packed together
CREATE TABLE telemetry (
    n INTEGER PRIMARY KEY AUTOINCREMENT, bucket INTEGER NOT NULL, samples INTEGER NOT NULL,
    received_ms INTEGER NOT NULL, rows BLOB NOT NULL
);
CREATE INDEX telemetry_order ON telemetry (bucket, n, samples, received_ms);
