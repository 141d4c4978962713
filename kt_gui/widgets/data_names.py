"""What people call a data set, and which data set a file or folder they point at makes."""

import csv
from pathlib import Path
from typing import assert_never

import msgspec

from kt_gui.schema.datasets import BUNDLED_TITLES, Bundled, Catalogued, Dataset, ImageArchive, ImageFolder, ImageTable
from kt_gui.schema.texts import tr

_TABLES = {".csv", ".tsv"}
_MEANINGS = {
    "image_column": ("path", "image", "file", "filename", "file_name", "picture", "img"),
    "label_column": ("label", "class", "category", "target", "species"),
    "group_column": ("group", "patient", "speaker", "subject", "video", "site"),
    "split_column": ("split", "set", "subset", "part", "fold"),
}


def name_of(data: Dataset) -> str:
    """Call a data set by what a person chose."""
    match data:
        case Bundled():
            return tr(BUNDLED_TITLES.get(data.name, data.name))
        case Catalogued():
            return data.name
        case ImageFolder() | ImageArchive() | ImageTable():
            return Path(data.path).name or data.path
        case _:
            assert_never(data)


def place_of(data: Dataset) -> str:
    """Say where a data set lies."""
    match data:
        case Bundled():
            return tr("comes with the program")
        case Catalogued():
            return data.folder or tr("from torchvision's catalogue")
        case ImageFolder() | ImageArchive() | ImageTable():
            return data.path
        case _:
            assert_never(data)


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
