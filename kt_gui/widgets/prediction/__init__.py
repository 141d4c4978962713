"""The section in which a network is tried on new pictures."""
