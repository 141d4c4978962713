"""Plain immutable records that cross a border: a thread, a file, a process. Standard library and msgspec only."""
