"""What people at the site do, with or without the centre: tasks, answers, terminals, sirens."""
