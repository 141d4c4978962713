"""Sets whose pictures lie together in few files of numbers: CIFAR, the MNIST family, SVHN, STL-10."""

import gzip
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kt_gui.engine.catalogued.found import Arrays, find_base, in_words, read_mat
from kt_gui.engine.catalogued.unpickling import read_pickle

DIGITS = tuple("0123456789")
FASHION = ("T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
KUZUSHIJI = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
BALANCED = tuple("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt")
"""EMNIST's balanced split: letters whose small form looks like the large one are one class."""

Part = tuple[NDArray[np.uint8], NDArray[np.int64]]
"""Pixels [n, ...] and labels [n] of one split."""


def cifar10(folder: Path) -> Arrays:
    """Read CIFAR-10, the python version or the binary one."""
    base = find_base(folder, ("data_batch_1", "data_batch_1.bin"), ("cifar-10-batches-py", "cifar-10-batches-bin"))
    train = [f"data_batch_{number}" for number in range(1, 6)]
    if (base / "data_batch_1").exists():
        classes = read_pickle(base / "batches.meta")["label_names"]
        return _cifar(base, train, ["test_batch"], classes, _pickled_cifar)
    classes = (base / "batches.meta.txt").read_text().split("\n")
    return _cifar(base, train, ["test_batch"], classes, lambda path: _binary_cifar(path, label_bytes=1))


def cifar100(folder: Path) -> Arrays:
    """Read CIFAR-100 with its hundred fine classes, the python version or the binary one."""
    base = find_base(folder, ("meta", "train.bin"), ("cifar-100-python", "cifar-100-binary"))
    if (base / "meta").exists():
        classes = read_pickle(base / "meta")["fine_label_names"]
        return _cifar(base, ["train"], ["test"], classes, _pickled_cifar)
    classes = (base / "fine_label_names.txt").read_text().split("\n")
    return _cifar(base, ["train"], ["test"], classes, lambda path: _binary_cifar(path, label_bytes=2))


def _cifar(
    base: Path, train: Sequence[str], test: Sequence[str], classes: Sequence[str], read: Callable[[Path], Part]
) -> Arrays:
    names = {"train": train, "test": test}
    parts = {given: _joined([read(base / name) for name in names[given]]) for given in names}
    return _arrays([in_words(name) for name in classes if name.strip()], parts)


def _joined(batches: Sequence[Part]) -> Part:
    pixels = np.concatenate([pixels for pixels, _ in batches]).reshape(-1, 3, 32, 32)
    return pixels.transpose(0, 2, 3, 1), np.concatenate([labels for _, labels in batches])


def _pickled_cifar(path: Path) -> Part:
    batch = read_pickle(path)
    labels = batch["fine_labels"] if "fine_labels" in batch else batch["labels"]
    return np.asarray(batch["data"], dtype=np.uint8), np.asarray(labels, dtype=np.int64)


def _binary_cifar(path: Path, *, label_bytes: int) -> Part:
    """Rows of labels (the last is the fine one) and 3072 pixels."""
    path = path.with_name(f"{path.name}.bin")
    rows = np.fromfile(path, dtype=np.uint8).reshape(-1, label_bytes + 3072)
    return rows[:, label_bytes:], rows[:, label_bytes - 1].astype(np.int64)


def mnist(folder: Path) -> Arrays:
    """Read MNIST's handwritten digits."""
    return _idx(folder, "MNIST", DIGITS)


def fashion_mnist(folder: Path) -> Arrays:
    """Read Fashion-MNIST."""
    return _idx(folder, "FashionMNIST", FASHION)


def kmnist(folder: Path) -> Arrays:
    """Read Kuzushiji-MNIST."""
    return _idx(folder, "KMNIST", KUZUSHIJI)


def emnist(folder: Path) -> Arrays:
    """Read EMNIST's balanced split; its pictures lie on their side in the files."""
    places = [f"{root}{leaf}" for root in ("", "raw/", "EMNIST/raw/") for leaf in ("", "gzip")]
    needed = "emnist-balanced-train-images-idx3-ubyte"
    base = find_base(folder, (needed, f"{needed}.gz"), places)
    parts = {given: _idx_part(base, f"emnist-balanced-{given}") for given in ("train", "test")}
    return _arrays(BALANCED, {given: (x.transpose(0, 2, 1), y) for given, (x, y) in parts.items()})


def _idx(folder: Path, name: str, classes: Sequence[str]) -> Arrays:
    needed = "train-images-idx3-ubyte"
    base = find_base(folder, (needed, f"{needed}.gz"), ("raw", f"{name}/raw"))
    return _arrays(classes, {"train": _idx_part(base, "train"), "test": _idx_part(base, "t10k")})


def _idx_part(base: Path, stem: str) -> Part:
    pixels = _read_idx(base / f"{stem}-images-idx3-ubyte", 3)
    labels = _read_idx(base / f"{stem}-labels-idx1-ubyte", 1)
    return pixels, labels.astype(np.int64)


def _read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """Read bytes after a header of big-endian numbers: 0x08 and the number of dimensions, then each one's length."""
    content = path.read_bytes() if path.exists() else gzip.decompress(path.with_name(f"{path.name}.gz").read_bytes())
    header = np.frombuffer(content, dtype=">u4", count=1 + dimensions)
    if header[0] != 0x800 + dimensions:
        raise ValueError(f"{path.name} is no file of bytes in {dimensions} dimensions")
    shape = [int(length) for length in header[1:]]
    return np.frombuffer(content, dtype=np.uint8, offset=header.nbytes, count=math.prod(shape)).reshape(shape)


def svhn(folder: Path) -> Arrays:
    """Read the cropped house numbers of SVHN; there, the digit 0 has label 10."""
    base = find_base(folder, ("train_32x32.mat",), ("svhn", "SVHN"))
    return _arrays(DIGITS, {given: _read_svhn(base / f"{given}_32x32.mat") for given in ("train", "test")})


def _read_svhn(path: Path) -> Part:
    held = read_mat(path)
    return held["X"].transpose(3, 0, 1, 2), held["y"].reshape(-1).astype(np.int64) % 10


def stl10(folder: Path) -> Arrays:
    """Read the labelled pictures of STL-10, stored column by column."""
    base = find_base(folder, ("train_X.bin",), ("stl10_binary",))
    classes = (base / "class_names.txt").read_text().split()
    return _arrays(classes, {given: _read_stl10(base, given) for given in ("train", "test")})


def _read_stl10(base: Path, given: str) -> Part:
    pixels = np.fromfile(base / f"{given}_X.bin", dtype=np.uint8).reshape(-1, 3, 96, 96)
    labels = np.fromfile(base / f"{given}_y.bin", dtype=np.uint8).astype(np.int64) - 1
    return pixels.transpose(0, 3, 2, 1), labels


def _arrays(classes: Sequence[str], parts: dict[str, Part]) -> Arrays:
    """Put the splits together. Raises ValueError where pixels and labels do not match."""
    pixels = np.ascontiguousarray(np.concatenate([pixels for pixels, _ in parts.values()]))
    labels = np.concatenate([labels for _, labels in parts.values()])
    given = tuple(given for given, (_, labels) in parts.items() for _ in range(len(labels)))
    if len(pixels) != len(labels) or not 0 <= labels.min(initial=0) <= labels.max(initial=0) < len(classes):
        raise ValueError("pictures and labels do not match")
    return Arrays(tuple(classes), pixels, labels, given)
