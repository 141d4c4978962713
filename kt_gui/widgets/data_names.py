"""What people call a data set, and where it lies."""

from pathlib import Path
from typing import assert_never

from kt_gui.schema.datasets import BUNDLED_TITLES, Bundled, Catalogued, Dataset, ImageArchive, ImageFolder, ImageTable
from kt_gui.schema.texts import tr


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
