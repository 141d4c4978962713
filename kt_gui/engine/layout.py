"""Which file belongs to which class and split, by the folders it lies in. Pure: knows paths, reads nothing."""

import unicodedata
from collections.abc import Collection as Many
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

Parts = tuple[str, ...]

SPLIT_WORDS = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
}

JUNK = {"__macosx", "thumbs.db", "desktop.ini", "@eadir", "$recycle.bin", "system volume information", "icon\r"}
"""What operating systems leave behind, in small letters; hidden names are junk, too."""


PICTURE_SUFFIXES = {
    *("jpg", "jpeg", "jpe", "png", "gif", "bmp", "tif", "tiff", "webp", "ppm", "pgm", "pbm", "pnm"),
    *("jp2", "j2k", "avif", "qoi", "tga", "pcx"),
}


class Placed(msgspec.Struct, frozen=True):
    """A file in its class, by the index of the file, and its split where the folders tell one."""

    index: int
    label: str
    given: str | None


@dataclass(frozen=True)
class Layout:
    """A data set's files by class. `stray` are indexes of files that lie in no class's folder."""

    placed: tuple[Placed, ...]
    stray: tuple[int, ...]
    classes: tuple[str, ...]
    """Every class that has a folder, with pictures or not."""
    split: bool
    level: int
    """How many folders lie above a class's folder."""


OURS = (".corrections.json", ".additions", ".excluded")
"""How names end of what this program lays beside a data set; it may lie inside of another, larger one."""


def is_junk(name: str) -> bool:
    """Whether a file or folder of this name is nobody's data."""
    return name.startswith(".") or name.casefold() in JUNK or name.endswith(OURS)


def split_word(word: str) -> str | None:
    """The split that a folder's or a table's word means, or None."""
    return SPLIT_WORDS.get(word.strip().casefold())


def arrange(files: list[Parts], folders: Many[Parts]) -> Layout:
    """Find each file's class: below one wrapping folder, and below the folders of a given split, if there are such."""
    depth = _wrapping(files, folders)
    top = {parts[depth] for parts in folders if len(parts) > depth}
    split = _is_split(top, folders, depth)
    level = depth + 1 if split else depth
    inside = [parts for parts in folders if len(parts) > level and (not split or split_word(parts[depth]))]
    classes = {named(parts[level]) for parts in inside}
    placed, stray = [], []
    for index, parts in enumerate(files):
        given = split_word(parts[depth]) if split else None
        if len(parts) <= level + 1 or (split and given is None):
            stray.append(index)
        else:
            placed.append(Placed(index, named(parts[level]), given))
    return Layout(tuple(placed), tuple(stray), tuple(sorted(classes)), split, level)


def named(written: str) -> str:
    """A class's name as it is written on a folder or in a table; the same letters are one name on every system."""
    return unicodedata.normalize("NFC", written)


def _wrapping(files: Iterable[Parts], folders: Many[Parts]) -> int:
    """How many folders wrap the whole set: 1 where the top is one folder of several folders and no pictures."""
    top = {parts[0] for parts in folders}
    inner = {parts[1] for parts in folders if len(parts) > 1}
    lonely = len(top) == 1 and len(inner) > 1
    return int(lonely and not any(len(parts) <= 2 and _is_named_as_picture(parts[-1]) for parts in files))


def _is_named_as_picture(name: str) -> bool:
    return name.rpartition(".")[2].casefold() in PICTURE_SUFFIXES


def _is_split(top: set[str], folders: Many[Parts], depth: int) -> bool:
    """Whether the top folders are a split: train beside another, or nothing but splits; and classes lie in them."""
    words = {name: split_word(name) for name in top}
    found = {word for word in words.values() if word}
    holding = {parts[depth] for parts in folders if len(parts) > depth + 1}
    if not found or not all(name in holding for name, word in words.items() if word):
        return False
    return all(words.values()) or ("train" in found and len(found) > 1)
