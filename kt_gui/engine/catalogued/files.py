"""Sets whose pictures are files, with lists or folders that say what they show."""

import csv
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from kt_gui.engine.catalogued.found import Files, Picture, find_base, in_words, read_mat
from kt_gui.engine.catalogued.names import SIGNS


def eurosat(folder: Path) -> Files:
    """Read EuroSAT's RGB pictures; it has no official split."""
    base = find_base(folder, ("AnnualCrop",), ("2750", "eurosat/2750", "EuroSAT_RGB", "EuroSAT/2750"))
    return _files(list(_by_folder(base, _spaced)))


def caltech101(folder: Path) -> Files:
    """Read Caltech-101 without its class of clutter; it has no official split."""
    inner = "101_ObjectCategories"
    base = find_base(folder, ("accordion",), (inner, f"caltech101/{inner}", f"caltech-101/{inner}"))
    pictures = _by_folder(base, in_words)
    return _files([picture for picture in pictures if picture.label != "BACKGROUND Google"])


def imagenette(folder: Path) -> Files:
    """Read Imagenette; its folders are named by WordNet numbers."""
    from torchvision.datasets import Imagenette

    words = {number: names[0] for number, names in Imagenette._WNID_TO_CLASS.items()}
    places = ("imagenette2-320", "imagenette2", "imagenette2-160")
    base = find_base(folder, ("train/n01440764",), places)
    train = _by_folder(base / "train", words.__getitem__, "train")
    test = _by_folder(base / "val", words.__getitem__, "test")
    return _files([*train, *test], tuple(words.values()))


def flowers102(folder: Path) -> Files:
    """Read Flowers-102, whose labels and split are MATLAB files."""
    from torchvision.datasets import Flowers102

    base = find_base(folder, ("imagelabels.mat",), ("flowers-102",))
    labels = read_mat(base / "imagelabels.mat")["labels"].reshape(-1).tolist()
    dealt = read_mat(base / "setid.mat")
    keys = {"train": "trnid", "validation": "valid", "test": "tstid"}
    pictures = [
        Picture(base / "jpg" / f"image_{number:05d}.jpg", Flowers102.classes[labels[number - 1] - 1], given)
        for given, key in keys.items()
        for number in dealt[key].reshape(-1).tolist()
    ]
    return _files(pictures, Flowers102.classes)


def oxford_pets(folder: Path) -> Files:
    """Read the breeds of the Oxford-IIIT pets."""
    base = find_base(folder, ("annotations/trainval.txt",), ("oxford-iiit-pet",))
    lists = {"train": "trainval.txt", "test": "test.txt"}
    rows = [(given, line.split()[0]) for given, name in lists.items() for line in _lines(base / "annotations" / name)]
    return _files(
        [
            Picture(base / "images" / f"{stem}.jpg", in_words(stem.rpartition("_")[0]).title(), given)
            for given, stem in rows
        ]
    )


def dtd(folder: Path) -> Files:
    """Read the Describable Textures, dealt as the first of their ten partitions."""
    base = find_base(folder, ("labels/train1.txt",), ("dtd", "dtd/dtd"))
    lists = {"train": "train1.txt", "validation": "val1.txt", "test": "test1.txt"}
    return _files(
        [
            Picture(base / "images" / line, in_words(line.partition("/")[0]), given)
            for given, name in lists.items()
            for line in _lines(base / "labels" / name)
        ]
    )


def food101(folder: Path) -> Files:
    """Read Food-101."""
    base = find_base(folder, ("meta/train.json",), ("food-101",))
    return _files(
        [
            Picture(base / "images" / f"{stem}.jpg", in_words(name), given)
            for given in ("train", "test")
            for name, stems in json.loads((base / "meta" / f"{given}.json").read_text()).items()
            for stem in stems
        ]
    )


def gtsrb(folder: Path) -> Files:
    """Read the German traffic signs; up to thirty pictures of training are one sign, seen while driving by."""
    base = find_base(folder, ("GTSRB/Training",), ("gtsrb", ".."))
    train = [
        Picture(path, SIGNS[int(path.parent.name)], "train", f"{path.parent.name}/{path.stem.partition('_')[0]}")
        for path in sorted((base / "GTSRB/Training").glob("*/*.ppm"))
    ]
    images = base / "GTSRB/Final_Test/Images"
    with (base / "GT-final_test.csv").open(newline="") as table:
        rows = list(csv.DictReader(table, delimiter=";"))
    test = [Picture(images / row["Filename"], SIGNS[int(row["ClassId"])], "test", row["Filename"]) for row in rows]
    return _files([*train, *test], SIGNS)


def aircraft(folder: Path) -> Files:
    """Read the hundred variants of FGVC-Aircraft."""
    base = find_base(folder, ("data/variants.txt",), ("fgvc-aircraft-2013b", "..")) / "data"
    lists = {"train": "train", "validation": "val", "test": "test"}
    rows = [
        (given, *line.split(" ", 1))
        for given, name in lists.items()
        for line in _lines(base / f"images_variant_{name}.txt")
    ]
    pictures = [Picture(base / "images" / f"{number}.jpg", label, given) for given, number, label in rows]
    return _files(pictures, _lines(base / "variants.txt"))


def _files(pictures: Sequence[Picture], classes: Sequence[str] = ()) -> Files:
    return Files(tuple(classes) or tuple(sorted({picture.label for picture in pictures})), tuple(pictures))


def _by_folder(base: Path, name: Callable[[str], str], given: str | None = None) -> Iterator[Picture]:
    """List pictures by the folder they lie in."""
    for folder in sorted(path for path in base.iterdir() if path.is_dir()):
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg"))
        yield from (Picture(path, name(folder.name), given) for path in paths)


def _lines(path: Path) -> list[str]:
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _spaced(name: str) -> str:
    """Write AnnualCrop as `annual crop`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
