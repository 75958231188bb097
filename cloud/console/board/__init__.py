"""The board: what burns, who has it, how long is left."""
