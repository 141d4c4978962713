"""The sections of the page Evaluate, and what they share."""
