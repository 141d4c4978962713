"""What a reader has found in a set's folder, and how it finds its place there."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kt_gui.schema.errors import UserError
from kt_gui.schema.texts import tr


@dataclass(frozen=True, eq=False)
class Arrays:
    """All pictures in memory: pixels [n, h, w] or [n, h, w, 3], labels [n]."""

    classes: tuple[str, ...]
    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]
    given: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """One file."""

    path: Path
    label: str
    given: str | None = None
    group: str | None = None
    """Pictures of one group show the same thing and belong into one split."""


@dataclass(frozen=True)
class Files:
    """Pictures in files."""

    classes: tuple[str, ...]
    pictures: tuple[Picture, ...]


def find_base(folder: Path, needed: Sequence[str], inside: Sequence[str] = ()) -> Path:
    """Find where in a folder a set lies: there itself, or in one of the places where torchvision and others put it.

    Raises:
        UserError: none of the needed files is there.
    """
    for base in (folder, *(folder / place for place in inside)):
        if any((base / name).exists() for name in needed):
            return base
    raise UserError(
        tr("{folder} does not hold this data set: there is no {name} (folder).", folder=str(folder), name=needed[0]),
        tr("Choose the folder that holds it, or leave the folder out and download the set."),
    )


def read_mat(path: Path) -> dict[str, NDArray[Any]]:
    """Read the arrays of a MATLAB file."""
    from scipy.io import loadmat  # type: ignore[attr-defined]

    held: dict[str, NDArray[Any]] = loadmat(path)  # type: ignore[no-untyped-call]
    return held


def in_words(name: str) -> str:
    """Write a folder's name as words: underscores become spaces."""
    return name.replace("_", " ").strip()
