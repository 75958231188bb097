"""Words for codes and times, in the languages of the people: for pages, notices and whatever else they read."""
