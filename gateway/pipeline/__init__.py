"""The way of a message: taken in, told apart, judged together with others of its transaction, owed."""
