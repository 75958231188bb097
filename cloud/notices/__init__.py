"""Who is told, by what, and whether it arrived: each notice has its own state on each channel."""
