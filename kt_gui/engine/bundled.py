"""The small sets that come with the program: mosaics of tiles, read in a blink."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kt_gui.engine.collection import Collection, from_arrays
from kt_gui.schema.choices import CustomAugmentation
from kt_gui.schema.datasets import BUNDLED_TITLES
from kt_gui.schema.errors import UserError
from kt_gui.schema.texts import tr

RECIPES = {
    # arrows and clocks mean another thing in a mirror
    "emoji-twemoji": CustomAugmentation(flip="none", crop="shift"),
    "emoji-noto": CustomAugmentation(flip="none", crop="shift"),
    "fashion": CustomAugmentation(flip="horizontal", crop="shift"),
}


class Mosaic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The JSON beside a mosaic: `tile` is a side in pixels, `columns` tiles a row; the first ones are for training."""

    file: str
    tile: int
    columns: int
    count: int
    channels: int
    split_train: int
    classes: tuple[str, ...]
    labels: tuple[int, ...]
    names: tuple[str, ...] | None = None


def read_bundled(name: str, folder: Path) -> Collection:
    """Read a bundled set whole. Raises UserError for a name that is none."""
    if name not in BUNDLED_TITLES:
        raise UserError(
            tr("There is no bundled data set {name} (name).", name=name),
            tr("Choose one of {names}.", names=", ".join(BUNDLED_TITLES)),
        )
    mosaic = msgspec.json.decode((folder / f"{name}.json").read_bytes(), type=Mosaic)
    train, test = mosaic.split_train, mosaic.count - mosaic.split_train
    return from_arrays(
        BUNDLED_TITLES[name],
        mosaic.classes,
        _tiles(folder / mosaic.file, mosaic),
        np.array(mosaic.labels),
        names=mosaic.names,
        given=("train",) * train + ("test",) * test,
        augmentation=RECIPES[name],
    )


def _tiles(path: Path, mosaic: Mosaic) -> NDArray[np.uint8]:
    """Cut a mosaic into its tiles: [n, h, w] where it is grey, else [n, h, w, 3]."""
    with Image.open(path) as image:
        whole: NDArray[Any] = np.asarray(image.convert("RGB" if mosaic.channels == 3 else "L"))
    side, columns = mosaic.tile, mosaic.columns
    rows = whole.shape[0] // side
    tiles = whole.reshape(rows, side, columns, side, -1).swapaxes(1, 2).reshape(rows * columns, side, side, -1)
    tiles = np.ascontiguousarray(tiles[: mosaic.count], dtype=np.uint8)
    return tiles if mosaic.channels == 3 else tiles[..., 0]
