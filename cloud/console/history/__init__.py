"""The page of the history: any channel over any span, and files of it."""
