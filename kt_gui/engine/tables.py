"""A table of pictures: CSV rows of path and label, optionally group and split. Reads rows, decodes no picture."""

import csv
import io
from pathlib import Path

import msgspec

from kt_gui.engine.file_troubles import unreadable
from kt_gui.engine.layout import named, split_word
from kt_gui.schema.datasets import ImageTable
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Skipped
from kt_gui.schema.texts import Message, mark, tr

DELIMITERS = (",", ";", "\t")
BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Row(msgspec.Struct, frozen=True):
    """One picture of the table, as it stands there."""

    name: str
    path: str
    label: str
    group: str | None
    given: str | None


def read_rows(table: ImageTable) -> tuple[list[Row], list[Skipped]]:
    """Read all rows; those without path or label are skipped. Raises UserError naming file, column or row."""
    path = Path(table.path).expanduser()
    header, *lines = _records(path, table) or [[]]
    columns = [name.strip() for name in header]
    places = {name: _place(path, columns, name, field) for field, name in _columns(table).items()}
    rows, skipped = [], []
    for number, line in enumerate(lines, start=2):
        if not any(cell.strip() for cell in line):
            continue
        cells = {name: line[place].strip() if place < len(line) else "" for name, place in places.items()}
        reason = _missing(table, cells)
        if reason:
            skipped.append(Skipped(name=tr("Row {number}", number=number), reason=reason))
        else:
            rows.append(_row(table, path, cells, number))
    return rows, skipped


def _columns(table: ImageTable) -> dict[str, str]:
    """The columns that are asked for, by the field that names them."""
    named = {
        "image_column": table.image_column,
        "label_column": table.label_column,
        "group_column": table.group_column,
        "split_column": table.split_column,
    }
    return {field: name for field, name in named.items() if name}


def _records(path: Path, table: ImageTable) -> list[list[str]]:
    """The table's lines, cut by the delimiter that finds most of the columns in the first line."""
    text = _text(path)
    wanted = set(_columns(table).values())
    first = text.splitlines()[:1]

    def found(delimiter: str) -> tuple[int, int]:
        cells = [cell.strip() for line in csv.reader(first, delimiter=delimiter) for cell in line]
        return len(wanted & set(cells)), len(cells)

    delimiter = max(DELIMITERS, key=found)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise UserError(
            tr("Table {path} cannot be read: {details}", path=str(path), details=str(error)),
            tr("Save it as CSV again."),
        ) from error


def _text(path: Path) -> str:
    """The file's text: UTF-8, UTF-16 where it says so, else Latin-1, which fits any bytes."""
    remedy = tr("Choose a CSV file.")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise unreadable(path, error, remedy) from error
    text = _decoded(content)
    if "\0" in text:
        raise UserError(tr("File {path} is not a table.", path=str(path)), remedy)
    return text


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-16" if content.startswith(BYTE_ORDER_MARKS) else "utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _place(path: Path, columns: list[str], name: str, field: str) -> int:
    if name in columns:
        return columns.index(name)
    there = ", ".join(column for column in columns if column)
    raise UserError(
        tr("Table {path} has no column {name} ({field}).", path=str(path), name=name, field=field),
        tr("Choose among its columns: {columns}.", columns=there)
        if there
        else tr("Choose a table with a header line."),
    )


def _missing(table: ImageTable, cells: dict[str, str]) -> Message | None:
    """Why a row is no use, or None."""
    if not cells[table.image_column]:
        return Message(mark("It names no picture."))
    if not cells[table.label_column]:
        return Message(mark("It has no label."))
    return None


def _row(table: ImageTable, path: Path, cells: dict[str, str], number: int) -> Row:
    name = cells[table.image_column]
    group = cells[table.group_column] if table.group_column else None
    return Row(
        name=name,
        path=str(locate(path.parent, name)),
        label=named(cells[table.label_column]),
        group=f"row {number}" if group == "" else group,
        given=_given(table, path, cells, number),
    )


def locate(folder: Path, name: str) -> Path:
    """Where a picture lies; a path written under Windows is understood elsewhere, too."""
    place = folder / name
    return place if "\\" not in name or place.exists() else folder / name.replace("\\", "/")


def _given(table: ImageTable, path: Path, cells: dict[str, str], number: int) -> str | None:
    if table.split_column is None:
        return None
    word = cells[table.split_column]
    given = split_word(word)
    if given is None:
        raise UserError(
            tr(
                'Row {number} of {path}: "{word}" in column {column} is no split.',
                number=number,
                path=str(path),
                word=word,
                column=table.split_column,
            ),
            tr("Write train, validation or test."),
        )
    return given
