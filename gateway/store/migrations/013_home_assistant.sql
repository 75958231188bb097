-- descriptions that stand, retained, on the site's broker
CREATE TABLE announced (topic TEXT PRIMARY KEY) WITHOUT ROWID;
