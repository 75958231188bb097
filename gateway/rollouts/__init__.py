"""Updates of the site's endpoints in waves: rows that survive everything, a step every other second."""
