"""What can be taken from a run, and where to."""
