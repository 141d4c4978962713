"""Tables that a person saves where they like: CSV in UTF-8, row by row, under its name only when it is whole.

Names of files and classes come from elsewhere, and a spreadsheet takes what begins with = + - @ for a formula: such
text gets an apostrophe in front (https://owasp.org/www-community/attacks/CSV_Injection). Numbers stay as they are.
"""

import csv
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from kt_gui.schema.errors import UserError
from kt_gui.schema.texts import tr
from kt_gui.store.files import require_file

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a formula begins with in one spreadsheet or another; the last four are the full-width signs."""


class Table:
    """A CSV that is being written. Left without an error it gets its name, else nothing stays of it."""

    def __init__(self, path: Path, *, overwrite: bool) -> None:
        """Raises UserError where it cannot be written, or there is a file already that shall not be overwritten."""
        if path.exists() and not overwrite:
            raise UserError(
                tr("There is a file {path} already.", path=str(path)),
                tr("Name another file, or say that it may be overwritten (--force)."),
            )
        require_file(path)
        self.rows = 0
        self._path = path
        self._part = path.with_name(f"{path.name}.{secrets.token_hex(2)}.part")  # two may write the same table
        with _troubles(path):
            self._file = self._part.open("w", encoding="utf-8", errors="backslashreplace", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._quoting = csv.writer(self._file, lineterminator="\n", quoting=csv.QUOTE_ALL)

    def write(self, cells: Sequence[str]) -> None:
        """Add a row. Raises UserError."""
        is_broken = any("\r" in cell for cell in cells)  # Python quotes only the end of line that it writes itself
        with _troubles(self._path):
            (self._quoting if is_broken else self._writer).writerow([_harmless(cell) for cell in cells])
        self.rows += 1

    def __enter__(self) -> "Table":
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        """Give the table its name, or drop it."""
        try:
            with _troubles(self._path):
                self._file.close()
                if kind is None:
                    self._part.replace(self._path)
        finally:
            with suppress(OSError):
                self._part.unlink(missing_ok=True)


def _harmless(cell: str) -> str:
    """The cell as no spreadsheet takes it for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) and not _is_number(cell) else cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


@contextmanager
def _troubles(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(
            tr("{path} could not be written: {reason}.", path=str(path), reason=error.strerror or str(error)),
            tr("Choose another folder."),
        ) from error
