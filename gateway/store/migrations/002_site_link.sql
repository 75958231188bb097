-- what we believe about the link to the endpoints' broker; one row
CREATE TABLE site_link (n INTEGER PRIMARY KEY CHECK (n = 1), state BLOB NOT NULL);
