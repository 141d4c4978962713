"""Plain numbers about runs: what differs, how groups fare, who is better. No torch, no Qt, no files."""
