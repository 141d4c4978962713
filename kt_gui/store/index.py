"""A cache of small files in SQLite, so that thousands are read at once. Whatever happens to it, it is made again."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path

SCHEMA = "CREATE TABLE IF NOT EXISTS files (name TEXT PRIMARY KEY, stamp TEXT NOT NULL, content BLOB NOT NULL)"


class Index:
    """What files held when they had a certain stamp."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def refreshed(self, stamps: Mapping[str, str], read: Callable[[str], bytes]) -> list[tuple[str, bytes]]:
        """Give every file's content; only those with a new stamp are read. Files that vanish meanwhile are left out."""
        try:
            return self._refreshed(self._path, stamps, read)
        except sqlite3.DatabaseError:
            return self._anew(stamps, read)

    def _anew(self, stamps: Mapping[str, str], read: Callable[[str], bytes]) -> list[tuple[str, bytes]]:
        """Make the index again; where it cannot be written, do without."""
        try:
            self._path.unlink(missing_ok=True)
            return self._refreshed(self._path, stamps, read)
        except (OSError, sqlite3.DatabaseError):
            return list(_read_each(stamps, read))

    def _refreshed(
        self, path: Path, stamps: Mapping[str, str], read: Callable[[str], bytes]
    ) -> list[tuple[str, bytes]]:
        with closing(sqlite3.connect(path, timeout=5)) as database, database:
            database.execute(SCHEMA)
            known = {name: (stamp, content) for name, stamp, content in database.execute("SELECT * FROM files")}
            changed = [name for name, stamp in stamps.items() if known.get(name, ("",))[0] != stamp]
            fresh = dict(_read_each(changed, read))
            gone = [(name,) for name in known if name not in stamps]
            rows = [(name, stamps[name], content) for name, content in fresh.items()]
            database.executemany("DELETE FROM files WHERE name = ?", gone)
            database.executemany("REPLACE INTO files VALUES (?, ?, ?)", rows)
        contents = {name: content for name, (_, content) in known.items() if name in stamps} | fresh
        return list(contents.items())


def _read_each(names: Iterable[str], read: Callable[[str], bytes]) -> Iterable[tuple[str, bytes]]:
    for name in names:
        try:
            yield name, read(name)
        except OSError:
            continue
