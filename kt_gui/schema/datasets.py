"""What the data is: where pictures and their labels come from. Reading them is the engine's work."""

from typing import Annotated

from kt_gui.schema.choices import Choice
from kt_gui.schema.texts import about, mark, tr

BUNDLED_TITLES = {
    "emoji-twemoji": mark("Emoji as Twemoji draws them"),
    "emoji-noto": mark("Emoji as Noto draws them"),
    "fashion": mark("Fashion-MNIST, a small draw"),
}


def called(title: str) -> str:
    """Say the title of a data set, as a history keeps it, in the user's language; only bundled sets have more names."""
    return tr(title) if title in BUNDLED_TITLES.values() else title


Classes = Annotated[
    tuple[str, ...],
    about(mark("Classes"), mark("Keep only these classes, in this order; empty keeps all.")),
]
Path = Annotated[str, about(mark("Path"), mark("Where it lies. In a file, relative paths start at the file's folder."))]


class Bundled(Choice, frozen=True, kw_only=True, tag="bundled"):
    """A small set that comes with the program: emoji-twemoji, emoji-noto, fashion."""

    name: Annotated[str, about(mark("Name"), mark("emoji-twemoji, emoji-noto or fashion."))]
    classes: Classes = ()


class Catalogued(Choice, frozen=True, kw_only=True, tag="catalogued"):
    """A classification set of torchvision, downloaded once or read from a folder that holds it already."""

    name: Annotated[str, about(mark("Name"), mark("The set's name in the catalogue, such as cifar10."))]
    folder: Annotated[
        str | None, about(mark("Folder"), mark("A folder that holds the set already; left out, it is downloaded."))
    ] = None
    classes: Classes = ()


class ImageFolder(Choice, frozen=True, kw_only=True, tag="folder"):
    """A folder with one subfolder per class; deeper subfolders belong to their class.

    Where its top level is train, val or validation, and test, these are the given split.
    """

    path: Path
    classes: Classes = ()


class ImageArchive(Choice, frozen=True, kw_only=True, tag="archive"):
    """A zip of such a folder."""

    path: Path
    classes: Classes = ()


class ImageTable(Choice, frozen=True, kw_only=True, tag="table"):
    """A CSV with a path and a label per row; optionally a group (patient, speaker, video) and a split."""

    path: Path
    image_column: Annotated[str, about(mark("Picture column"), mark("Paths, relative to the table's folder."))] = "path"
    label_column: Annotated[str, about(mark("Label column"), mark("The class of each picture."))] = "label"
    group_column: Annotated[
        str | None, about(mark("Group column"), mark("Pictures of one group never fall apart into two splits."))
    ] = None
    split_column: Annotated[
        str | None, about(mark("Split column"), mark("train, validation or test for each picture."))
    ] = None
    classes: Classes = ()


Dataset = Bundled | Catalogued | ImageFolder | ImageArchive | ImageTable
