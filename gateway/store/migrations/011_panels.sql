-- what is believed about each panel (GB/T 26875.3), as JSON: whether it talks, and its fire and faults
CREATE TABLE panels (device TEXT PRIMARY KEY, presence BLOB NOT NULL, state BLOB NOT NULL);

-- frames taken lately: a device that missed an acknowledgement sends up to three times
CREATE TABLE panel_seen (
    n INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, mark BLOB NOT NULL, received_ms INTEGER NOT NULL,
    UNIQUE (device, mark)
);

-- facilities and components as each said it last; `name`: the panel's own description
CREATE TABLE panel_parts (
    device TEXT NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL DEFAULT '', state INTEGER, state_ms INTEGER,
    analog INTEGER, raw INTEGER, value_ms INTEGER, PRIMARY KEY (device, key)
) WITHOUT ROWID;

-- everything panels told, in order; the newest only. `told_ms`: by their own clock
CREATE TABLE panel_records (
    n INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, received_ms INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    told_ms INTEGER, type INTEGER NOT NULL, fact BLOB NOT NULL
);

-- what people asked of panels, and what became of it
CREATE TABLE panel_orders (
    n INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, what TEXT NOT NULL, details BLOB NOT NULL,
    created_ms INTEGER NOT NULL, state TEXT NOT NULL, due_ms INTEGER, answer BLOB
);
CREATE INDEX panel_orders_open ON panel_orders (state) WHERE state IN ('new', 'sent', 'acknowledged');
