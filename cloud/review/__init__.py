"""What a supervisor reads of incidents: facts kept beside them, and the figures counted from those."""
