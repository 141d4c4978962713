"""Which data set a text, a file or a folder that people point at means. Torch-free."""

import csv
from pathlib import Path

import msgspec

from kt_gui.schema.datasets import BUNDLED_TITLES, Bundled, Catalogued, Dataset, ImageArchive, ImageFolder, ImageTable
from kt_gui.schema.errors import UserError
from kt_gui.schema.texts import tr

_TABLES = {".csv", ".tsv"}
_MEANINGS = {
    "image_column": ("path", "image", "file", "filename", "file_name", "picture", "img"),
    "label_column": ("label", "class", "category", "target", "species"),
    "group_column": ("group", "patient", "speaker", "subject", "video", "site"),
    "split_column": ("split", "set", "subset", "part", "fold"),
}


def data_named(text: str) -> Dataset:
    """The data set a text means: a folder, a zip, a table, one that comes along, or one of the catalogue.

    Raises UserError where it is none of these.
    """
    path = Path(text).expanduser()
    if text and path.exists():
        found = data_at(path.absolute())
        if found is not None:
            return found
    elif text in BUNDLED_TITLES:
        return Bundled(name=text)
    elif _is_catalogued(text):
        return Catalogued(name=text)
    raise UserError(
        tr("“{text}” is no data set.", text=text),
        tr("Name a folder, a zip or a CSV that is there, or one of: {names}.", names=", ".join(BUNDLED_TITLES)),
    )


def _is_catalogued(name: str) -> bool:
    from kt_gui.engine.catalogued import list_sets

    return any(card.name == name for card in list_sets(lambda _name: "download"))


def data_at(path: Path) -> Dataset | None:
    """The data set a dropped folder or file makes; None for a file that can be none."""
    if path.is_dir():
        return ImageFolder(path=str(path))
    match path.suffix.lower():
        case ".zip":
            return ImageArchive(path=str(path))
        case suffix if suffix in _TABLES:
            return guess_table(path)
        case _:
            return None


def guess_table(path: Path) -> ImageTable:
    """A table whose columns are guessed by their usual names; what is not found keeps its default."""
    there = {name.strip().casefold(): name for name in read_header(path)}
    guessed = {
        field: next(there[usual] for usual in usuals if usual in there)
        for field, usuals in _MEANINGS.items()
        if any(usual in there for usual in usuals)
    }
    return msgspec.structs.replace(ImageTable(path=str(path)), **guessed)


def read_header(path: Path) -> tuple[str, ...]:
    """The column names of a table; none where it cannot be read, which the reading of its pictures will explain."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            first = file.readline(65536)
    except OSError:
        return ()
    delimiter = "\t" if "\t" in first else ";" if first.count(";") > first.count(",") else ","
    return tuple(next(csv.reader([first], delimiter=delimiter), ()))
