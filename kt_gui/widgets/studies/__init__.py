"""Studies in the window: before they start, while they run, and what they say."""
