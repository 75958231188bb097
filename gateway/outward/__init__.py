"""What goes out to the centre: made into messages, owed, sent until the centre itself has it."""
