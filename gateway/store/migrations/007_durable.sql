-- accepted samples on their way into the store of telemetry, in JSON (deflated where they are many); `bucket`: which
-- endpoints are packed together. Clustered, no index: flash wears by the page, and this is written all the time.
CREATE TABLE telemetry (
    bucket INTEGER NOT NULL, n INTEGER NOT NULL, samples INTEGER NOT NULL, received_ms INTEGER NOT NULL, rows BLOB NOT NULL,
    PRIMARY KEY (bucket, n)
) WITHOUT ROWID;

-- `recent` and `slot` are not used any more: evidence is in memory, and after a start it is read from `telemetry`.
-- The same columns with a rowid: a state of 3 kB then lies in one page instead of two or three
ALTER TABLE endpoints RENAME TO endpoints_before_007;
CREATE TABLE endpoints (device TEXT PRIMARY KEY NOT NULL, slot INTEGER NOT NULL, state BLOB NOT NULL);
INSERT INTO endpoints SELECT device, slot, state FROM endpoints_before_007;
DROP TABLE endpoints_before_007;
