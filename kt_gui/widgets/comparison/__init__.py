"""Runs held against each other: their curves in one chart, what differs, and who is better on the same pictures."""
