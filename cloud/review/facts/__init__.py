"""Facts about incidents, kept beside them: made whole from their records whenever one changes."""
