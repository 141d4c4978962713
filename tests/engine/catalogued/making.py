"""Tiny data sets, each in the files and the layout that its makers use."""

import csv
import gzip
import json
import pickle
import struct
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.io import savemat

chance = np.random.default_rng(0)


class PythonTwoPickler(pickle._Pickler):  # type: ignore[name-defined]
    """Writes as Python 2 did: bytes and text are the same thing, and arrays are rebuilt by numpy.core."""

    dispatch: ClassVar = dict(pickle._Pickler.dispatch)  # type: ignore[attr-defined]

    def save_text(self, text: str | bytes) -> None:
        content = text.encode("latin1") if isinstance(text, str) else text
        self.write(pickle.BINSTRING + struct.pack("<i", len(content)) + content)

    dispatch[bytes] = dispatch[str] = save_text


def pickled(value: Any) -> bytes:
    written = BytesIO()
    PythonTwoPickler(written, protocol=2).dump(value)
    return written.getvalue().replace(b"numpy._core", b"numpy.core")


def numbers(*shape: int) -> NDArray[np.uint8]:
    return chance.integers(0, 256, shape, dtype=np.uint8)


def picture(path: Path, size: tuple[int, int] = (12, 10)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(numbers(size[1], size[0], 3)).save(path)


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def idx(array: NDArray[np.uint8]) -> bytes:
    return struct.pack(f">{1 + array.ndim}I", 0x800 + array.ndim, *array.shape) + array.tobytes()


def cifar10(root: Path) -> None:
    base = root / "cifar-10-batches-py"
    for name in (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"):
        write(base / name, pickled({"data": numbers(2, 3072), "labels": [0, 1], "filenames": ["a.png", "b.png"]}))
    write(base / "batches.meta", pickled({"label_names": ["airplane", "automobile"], "num_vis": 3072}))


def cifar10_binary(root: Path) -> None:
    base = root / "cifar-10-batches-bin"
    for name in (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"):
        write(base / name, b"".join(bytes([label]) + numbers(3072).tobytes() for label in (0, 1)))
    write(base / "batches.meta.txt", "airplane\nautomobile\n\n")


def cifar100(root: Path) -> None:
    base = root / "cifar-100-python"
    for name in ("train", "test"):
        write(base / name, pickled({"data": numbers(6, 3072), "fine_labels": [0, 1] * 3, "coarse_labels": [0] * 6}))
    write(base / "meta", pickled({"fine_label_names": ["apple", "aquarium_fish"], "coarse_label_names": ["x"]}))


def cifar100_binary(root: Path) -> None:
    base = root / "cifar-100-binary"
    for name in ("train.bin", "test.bin"):
        write(base / name, b"".join(bytes([9, label]) + numbers(3072).tobytes() for label in (0, 1) * 3))
    write(base / "fine_label_names.txt", "apple\naquarium_fish\n")


def mnist(root: Path) -> None:
    for stem in ("train", "t10k"):
        write(root / f"{stem}-images-idx3-ubyte.gz", gzip.compress(idx(numbers(6, 28, 28))))
        write(root / f"{stem}-labels-idx1-ubyte.gz", gzip.compress(idx(np.arange(6, dtype=np.uint8))))


def emnist(root: Path) -> None:
    for given in ("train", "test"):
        stem = f"gzip/emnist-balanced-{given}"
        write(root / f"{stem}-images-idx3-ubyte.gz", gzip.compress(idx(numbers(6, 28, 28))))
        write(
            root / f"{stem}-labels-idx1-ubyte.gz", gzip.compress(idx(np.array([0, 9, 10, 35, 36, 46], dtype=np.uint8)))
        )


def svhn(root: Path) -> None:
    root.mkdir(exist_ok=True)
    for given in ("train", "test"):
        savemat(root / f"{given}_32x32.mat", {"X": numbers(32, 32, 3, 6), "y": np.array([[1, 2, 3, 9, 10, 10]]).T})


def stl10(root: Path) -> None:
    base = root / "stl10_binary"
    for given in ("train", "test"):
        write(base / f"{given}_X.bin", numbers(6, 3, 96, 96).tobytes())
        write(base / f"{given}_y.bin", bytes([1, 2, 1, 2, 1, 2]))
    write(base / "unlabeled_X.bin", numbers(3, 96, 96).tobytes())
    write(base / "class_names.txt", "airplane\nbird\n")


def eurosat(root: Path) -> None:
    for number in range(6):
        for name in ("AnnualCrop", "SeaLake"):
            picture(root / f"2750/{name}/{name}_{number + 1}.jpg")


def caltech101(root: Path) -> None:
    for number in range(4):
        for name in ("accordion", "Faces_easy", "wild_cat"):
            picture(root / f"101_ObjectCategories/{name}/image_{number + 1:04d}.jpg")
    picture(root / "101_ObjectCategories/BACKGROUND_Google/image_0001.jpg")
    write(root / "101_ObjectCategories/BACKGROUND_Google/tmp", "left over by its makers")


def imagenette(root: Path) -> None:
    for number in range(3):
        for name in ("n01440764", "n03445777"):
            picture(root / f"imagenette2-320/train/{name}/{name}_{number}.JPEG")
            picture(root / f"imagenette2-320/val/{name}/{name}_{number + 9}.JPEG")


def flowers102(root: Path) -> None:
    for number in range(1, 13):
        picture(root / f"jpg/image_{number:05d}.jpg")
    savemat(root / "imagelabels.mat", {"labels": np.array([[1, 2] * 6], dtype=np.uint8)})
    savemat(root / "setid.mat", {"trnid": [[1, 2, 3, 4]], "valid": [[5, 6]], "tstid": [[7, 8, 9, 10, 11, 12]]})


def oxford_pets(root: Path) -> None:
    for given, start in (("trainval", 0), ("test", 3)):
        names = [f"{breed}_{start + number}" for breed in ("Abyssinian", "american_bulldog") for number in range(3)]
        write(root / f"annotations/{given}.txt", "".join(f"{name} 1 1 1\n" for name in names))
        for name in names:
            picture(root / f"images/{name}.jpg")


def dtd(root: Path) -> None:
    for given in ("train", "val", "test"):
        names = [f"{texture}/{texture}_{given}{number}.jpg" for texture in ("banded", "zigzagged") for number in (1, 2)]
        write(root / f"dtd/labels/{given}1.txt", "\n".join(names) + "\n")
        for name in names:
            picture(root / "dtd/images" / name)


def food101(root: Path) -> None:
    for given in ("train", "test"):
        stems = {name: [f"{name}/{given}{number}" for number in range(3)] for name in ("apple_pie", "sushi")}
        write(root / f"food-101/meta/{given}.json", json.dumps(stems))
        for stem in (stem for listed in stems.values() for stem in listed):
            picture(root / f"food-101/images/{stem}.jpg")


def gtsrb(root: Path) -> None:
    for sign in ("00000", "00014"):
        for track, frame in ((0, 0), (0, 1), (1, 0)):
            picture(root / f"GTSRB/Training/{sign}/{track:05d}_{frame:05d}.ppm")
        write(root / f"GTSRB/Training/{sign}/GT-{sign}.csv", "Filename;Width\n")
    columns = ("Filename", "Width", "Height", "Roi.X1", "Roi.Y1", "Roi.X2", "Roi.Y2", "ClassId")
    with (root / "GT-final_test.csv").open("w", newline="") as table:
        rows = csv.writer(table, delimiter=";")
        rows.writerow(columns)
        for number in range(6):
            picture(root / f"GTSRB/Final_Test/Images/{number:05d}.ppm")
            rows.writerow((f"{number:05d}.ppm", 12, 10, 1, 1, 9, 9, 14 * (number % 2)))


def aircraft(root: Path) -> None:
    base = root / "fgvc-aircraft-2013b/data"
    write(base / "variants.txt", "707-320\nBoeing 717\n")
    for given, start in (("train", 0), ("val", 4), ("test", 8)):
        rows = [(f"{start + number:07d}", ("707-320", "Boeing 717")[number % 2]) for number in range(4)]
        write(base / f"images_variant_{given}.txt", "".join(f"{name} {label}\n" for name, label in rows))
        for name, _ in rows:
            picture(base / f"images/{name}.jpg")


MAKERS: dict[str, Callable[[Path], None]] = {
    "cifar10": cifar10,
    "cifar100": cifar100,
    "mnist": mnist,
    "fashion_mnist": mnist,
    "kmnist": mnist,
    "emnist": emnist,
    "svhn": svhn,
    "stl10": stl10,
    "eurosat": eurosat,
    "flowers102": flowers102,
    "oxford_pets": oxford_pets,
    "dtd": dtd,
    "food101": food101,
    "caltech101": caltech101,
    "gtsrb": gtsrb,
    "aircraft": aircraft,
    "imagenette": imagenette,
}
"""Each writes twelve pictures into a folder, laid out as a finished download is."""
