"""Every set of the catalogue, read from a tiny one in its own format; a few all the way from a server."""

import gzip
import hashlib
import io
import pickle
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from kt_gui.engine.catalogued import SETS, list_sets, read_catalogued
from kt_gui.engine.catalogued.catalogue import read_set
from kt_gui.engine.catalogued.unpickling import read_pickle
from kt_gui.engine.collection import Collection
from kt_gui.schema.downloads import RemoteFile
from kt_gui.schema.errors import UserError
from kt_gui.schema.stop import StopToken
from kt_gui.store.downloads import download
from tests.engine.catalogued import making
from tests.engine.catalogued.making import MAKERS
from tests.serving import Server, finish, serving

OFFICIAL = {
    "eurosat": None,
    "caltech101": None,
    "cifar10": {"train": 10, "test": 2},
    "flowers102": {"train": 4, "validation": 2, "test": 6},
    "dtd": {"train": 4, "validation": 4, "test": 4},
    "aircraft": {"train": 4, "validation": 4, "test": 4},
}
"""How many of the twelve pictures are for what, where it is not six and six."""

CLASSES = {
    "cifar10": ("airplane", "automobile"),
    "cifar100": ("apple", "aquarium fish"),
    "stl10": ("airplane", "bird"),
    "eurosat": ("annual crop", "sea lake"),
    "flowers102": ("pink primrose", "hard-leaved pocket orchid"),
    "oxford_pets": ("Abyssinian", "American Bulldog"),
    "dtd": ("banded", "zigzagged"),
    "food101": ("apple pie", "sushi"),
    "caltech101": ("Faces easy", "accordion", "wild cat"),
    "gtsrb": ("speed limit 20", "stop"),
    "aircraft": ("707-320", "Boeing 717"),
    "imagenette": ("tench", "golf ball"),
}


def read(name: str, folder: Path) -> Collection:
    """Read a set of twelve pictures as if the whole set had no more."""
    return finish(read_set(replace(SETS[name], pictures=12), folder, StopToken()))[1]


def test_every_set_has_a_maker_here():
    assert MAKERS.keys() == SETS.keys()


@pytest.mark.parametrize("name", SETS)
def test_every_set_is_read_in_its_own_format(tmp_path, name):
    MAKERS[name](tmp_path / "set")
    found = read(name, tmp_path / "set")
    assert len(found) == 12
    assert found.title == SETS[name].title
    assert found.augmentation == SETS[name].augmentation
    official = OFFICIAL.get(name, {"train": 6, "test": 6})
    assert (None if found.given is None else Counter(found.given)) == official
    if name in CLASSES:
        assert tuple(label for label in found.classes if label in CLASSES[name]) == CLASSES[name]
        assert set(found.labels.tolist()) == {found.classes.index(label) for label in CLASSES[name]}
    assert all(found.picture(index).mode == "RGB" for index in range(12))
    assert found.skipped == ()


@pytest.mark.parametrize("name", SETS)
def test_the_catalogue_says_how_many_classes_a_set_has(name):
    assert SETS[name].classes >= 10
    assert SETS[name].pictures > 5_000


@pytest.mark.parametrize(
    ("name", "layout"),
    [
        ("cifar10", "cifar-10-batches-py"),
        ("stl10", "stl10_binary"),
        ("eurosat", "2750"),
        ("dtd", "dtd"),
        ("food101", "food-101"),
        ("caltech101", "101_ObjectCategories"),
        ("gtsrb", "GTSRB"),
        ("aircraft", "fgvc-aircraft-2013b/data"),
        ("imagenette", "imagenette2-320"),
        ("emnist", "gzip"),
    ],
)
def test_the_inner_folder_does_as_well(tmp_path, name, layout):
    MAKERS[name](tmp_path / "set")
    assert len(read(name, tmp_path / "set" / layout)) == 12


@pytest.mark.parametrize(
    ("name", "root"),
    [
        ("mnist", "MNIST/raw"),
        ("fashion_mnist", "FashionMNIST/raw"),
        ("emnist", "EMNIST/raw"),
        ("eurosat", "eurosat"),
        ("flowers102", "flowers-102"),
        ("oxford_pets", "oxford-iiit-pet"),
        ("dtd", "dtd"),
        ("caltech101", "caltech101"),
        ("gtsrb", "gtsrb"),
    ],
)
def test_a_folder_that_torchvision_filled_does_as_well(tmp_path, name, root):
    MAKERS[name](tmp_path / root)
    assert len(read(name, tmp_path)) == 12


@pytest.mark.parametrize("name", ["cifar10", "cifar100"])
def test_the_binary_version_of_cifar_is_read(tmp_path, name):
    getattr(making, f"{name}_binary")(tmp_path)
    found = read(name, tmp_path)
    assert found.classes == CLASSES[name]
    assert found.labels.tolist() == [0, 1] * 6


# --- pixels stand where they belong ------------------------------------------------------------------------------


def test_cifar_s_channels_lie_one_after_the_other(tmp_path):
    making.cifar10(tmp_path)
    red = read_pickle(tmp_path / "cifar-10-batches-py/data_batch_1")["data"][0, :1024].reshape(32, 32)
    found = read("cifar10", tmp_path)
    assert np.array_equal(np.asarray(found.picture(0))[..., 0], red)


def test_emnist_s_letters_are_turned_upright(tmp_path):
    making.emnist(tmp_path)
    packed = gzip.decompress((tmp_path / "gzip/emnist-balanced-train-images-idx3-ubyte.gz").read_bytes())
    lying = np.frombuffer(packed, dtype=np.uint8, offset=16)[: 28 * 28].reshape(28, 28)
    found = read("emnist", tmp_path)
    assert np.array_equal(np.asarray(found.picture(0))[..., 0], lying.T)
    assert [found.classes[label] for label in found.labels[:6]] == ["0", "9", "A", "Z", "a", "t"]


def test_stl_s_columns_are_turned_into_rows(tmp_path):
    making.stl10(tmp_path)
    stored = np.fromfile(tmp_path / "stl10_binary/train_X.bin", dtype=np.uint8)
    green = np.asarray(read("stl10", tmp_path).picture(0))[..., 1]
    assert np.array_equal(green.T.reshape(-1), stored[96 * 96 : 2 * 96 * 96])


def test_svhn_s_label_ten_is_the_digit_zero(tmp_path):
    making.svhn(tmp_path)
    found = read("svhn", tmp_path)
    assert [found.classes[label] for label in found.labels[:6]] == ["1", "2", "3", "9", "0", "0"]


def test_frames_of_one_traffic_sign_are_a_group(tmp_path):
    (tmp_path / "set").mkdir()
    making.gtsrb(tmp_path / "set")
    found = read("gtsrb", tmp_path / "set")
    assert found.groups is not None
    assert found.groups[:3] == ("00000/00000", "00000/00000", "00000/00001")
    assert len(set(found.groups)) == 4 + 6


# --- what is not whole -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mnist", "food101", "eurosat"])
def test_a_half_unpacked_set_is_not_taken_for_a_whole_one(tmp_path, name):
    MAKERS[name](tmp_path)
    with pytest.raises(UserError, match="holds only 12 of the"):
        finish(read_catalogued(name, tmp_path, StopToken()))


def test_missing_pictures_of_a_list_are_counted(tmp_path):
    making.food101(tmp_path)
    (tmp_path / "food-101/images/sushi/test2.jpg").unlink()
    with pytest.raises(UserError, match="only 11 of the 12"):
        read("food101", tmp_path)


def test_another_folder_is_not_taken_for_the_set(tmp_path):
    with pytest.raises(UserError, match="data_batch_1"):
        read("cifar10", tmp_path)
    with pytest.raises(UserError, match="CIFAR-10 is not here"):
        read("cifar10", tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["train-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"])
def test_damaged_files_are_said(tmp_path, name):
    making.mnist(tmp_path)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-20])
    with pytest.raises(UserError, match=r"MNIST in .* cannot be read"):
        read("mnist", tmp_path)


def test_an_unknown_set_is_said_with_the_known_ones(tmp_path):
    with pytest.raises(UserError, match="cifar11") as caught:
        finish(read_catalogued("cifar11", tmp_path, StopToken()))
    assert "cifar10, cifar100" in caught.value.remedy


def test_a_pickle_that_python_3_wrote_for_older_readers_is_read(tmp_path):
    pixels = np.arange(6, dtype=np.uint8)
    (tmp_path / "batch").write_bytes(pickle.dumps({b"data": pixels, b"labels": [1, 2]}, protocol=2))
    found = read_pickle(tmp_path / "batch")
    assert found["labels"] == [1, 2]
    assert np.array_equal(found["data"], pixels)


def test_a_pickle_that_wants_to_run_something_is_refused(tmp_path):
    class Evil:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "touched",))

    making.cifar10(tmp_path)
    (tmp_path / "cifar-10-batches-py/data_batch_3").write_bytes(pickle.dumps({"data": Evil()}))
    with pytest.raises(UserError, match="is not an array"):
        read("cifar10", tmp_path)
    assert not (tmp_path / "touched").exists()


# --- from a server -----------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def tar(root: Path, *names: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name in names:
            archive.add(root / name, name)
    return packed.getvalue()


def zip_folder(root: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(root.rglob("*")):
            archive.write(path, path.relative_to(root))
    return packed.getvalue()


def zip_of_tar(root: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("caltech-101/101_ObjectCategories.tar.gz", tar(root, "101_ObjectCategories"))
    return packed.getvalue()


def packed_by_its_makers(name: str, root: Path, file: RemoteFile) -> bytes:
    """The content of one of a set's remote files."""
    if not file.unpack:
        return (root / file.filename).read_bytes()
    match name:
        case "caltech101":
            return zip_of_tar(root)
        case "eurosat" | "emnist":
            return zip_folder(root)
        case "flowers102":
            return tar(root, "jpg")
    return tar(root, *(path.name for path in root.iterdir()))


@pytest.mark.parametrize(
    "name", ["cifar10", "mnist", "emnist", "svhn", "stl10", "eurosat", "flowers102", "caltech101", "food101"]
)
def test_a_set_comes_from_its_address_to_its_pictures(server, tmp_path, name):
    (tmp_path / "made").mkdir()
    MAKERS[name](tmp_path / "made")
    files = []
    for file in SETS[name].files:
        content = packed_by_its_makers(name, tmp_path / "made", file)
        server.content[f"/{file.filename}"] = content
        there = (server.url("/gone"), server.url(f"/{file.filename}"))
        files.append(msgspec.structs.replace(file, urls=there, md5=hashlib.md5(content).hexdigest()))
    finish(download(tuple(files), tmp_path / "datasets" / name, StopToken()))
    found = read(name, tmp_path / "datasets" / name)
    assert len(found) == 12
    assert isinstance(found.picture(0), Image.Image)


@pytest.mark.parametrize("name", SETS)
def test_every_address_is_a_web_address_with_a_sum(name):
    files = SETS[name].files
    assert all(
        url.startswith(("http://", "https://")) and url.endswith(file.filename) for file in files for url in file.urls
    )
    assert all(len(file.md5) == 32 for file in files) or name == "aircraft"


def test_the_list_of_sets_says_which_are_here():
    cards = list_sets(lambda name: "here" if name == "mnist" else "download")
    assert [card.name for card in cards] == list(SETS)
    assert [card.name for card in cards if card.status == "here"] == ["mnist"]
