-- shelves that the centre ordered, and what became of each: one that was refused or came late is never executed later
CREATE TABLE shelf_orders (id TEXT PRIMARY KEY, state TEXT NOT NULL, why TEXT NOT NULL DEFAULT '');
