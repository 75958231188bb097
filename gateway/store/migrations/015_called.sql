-- whom the centre calls for what nobody has taken yet, and how often it has; empty again once somebody has it
CREATE TABLE called (
    case_id TEXT NOT NULL, person TEXT NOT NULL, times INTEGER NOT NULL, place INTEGER NOT NULL,
    PRIMARY KEY (case_id, person)
) WITHOUT ROWID;
