"""What people are shown: read models and how they are filled."""
