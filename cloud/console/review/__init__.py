"""The room of the review: what a supervisor reads about a period, and the frame its pages hang in."""
