-- how much of a shelf is left at the least, written about once a minute: a clock set back over a restart prolongs none
ALTER TABLE shelves ADD COLUMN left_ms INTEGER;
