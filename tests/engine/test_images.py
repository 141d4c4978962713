import gc
import tarfile
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from kt_gui.engine.images import read
from kt_gui.schema.datasets import ImageFolder
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Progressed
from kt_gui.schema.stop import Stopped, StopToken
from tests.engine.picture_sets import PLACES, collection_of, finish, noise, write, write_tree


def test_each_subfolder_is_a_class_and_deeper_folders_belong_to_it(tmp_path: Path) -> None:
    write_tree(tmp_path, {"cat": 2, "cat/2021/june": 1, "dog": 2})
    found = collection_of(ImageFolder(path=str(tmp_path)))
    assert found.classes == ("cat", "dog")
    assert found.names == ("cat/0.png", "cat/1.png", "cat/2021/june/0.png", "dog/0.png", "dog/1.png")
    assert found.labels.tolist() == [0, 0, 0, 1, 1]
    assert found.given is None
    assert found.sizes == (12, 12, 10, 10)
    assert np.array_equal(np.asarray(found.picture(2)), np.asarray(noise(3)))


@pytest.mark.parametrize(
    "words", [("train", "val", "test"), ("Training", "valid", "Test"), ("train", "validation", "test")]
)
def test_top_folders_that_name_a_split_are_one(tmp_path: Path, words: tuple[str, str, str]) -> None:
    write_tree(tmp_path, {f"{word}/{name}": 1 for word in words for name in ("cat", "dog")})
    found = collection_of(ImageFolder(path=str(tmp_path)))
    assert found.classes == ("cat", "dog")
    assert found.given is not None
    assert sorted(found.given) == ["test", "test", "train", "train", "validation", "validation"]


def test_classes_that_are_called_like_splits_stay_classes_where_no_folders_lie_in_them(tmp_path: Path) -> None:
    write_tree(tmp_path, {"train": 2, "test": 2})
    found = collection_of(ImageFolder(path=str(tmp_path)))
    assert (found.classes, found.given) == (("test", "train"), None)


def test_a_folder_beside_a_split_is_said_to_be_skipped(tmp_path: Path) -> None:
    write_tree(tmp_path, {"train/cat": 1, "train/dog": 1, "test/cat": 1, "test/dog": 1, "more/cat": 1})
    found = collection_of(ImageFolder(path=str(tmp_path)))
    assert [skipped.name for skipped in found.skipped] == ["more/cat/0.png"]
    assert len(found) == 4


def test_junk_is_passed_over_and_everything_else_that_is_no_picture_is_listed(tmp_path: Path) -> None:
    write_tree(tmp_path, {"cat": 2, "dog": 2})
    for junk in ("cat/Thumbs.db", "cat/.DS_Store", "__MACOSX/cat/0.png", ".git/x", "dog/desktop.ini"):
        (tmp_path / junk).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / junk).write_bytes(b"junk")
    (tmp_path / "cat" / "notes.txt").write_text("words")
    (tmp_path / "dog" / "half.jpg").write_bytes(write(tmp_path / "whole.jpg").read_bytes()[:300])
    found = collection_of(ImageFolder(path=str(tmp_path)))
    assert found.classes == ("cat", "dog")
    reasons = {skipped.name: str(skipped.reason) for skipped in found.skipped}
    assert sorted(reasons) == ["cat/notes.txt", "dog/half.jpg", "whole.jpg"]
    assert "not a picture" in reasons["cat/notes.txt"]
    assert "too early" in reasons["dog/half.jpg"]
    assert "no class" in reasons["whole.jpg"]


def test_a_folder_without_pictures_is_an_empty_class(tmp_path: Path) -> None:
    write_tree(tmp_path, {"cat": 1, "dog": 1, "moth": 0, "newt": 0})
    (tmp_path / "newt" / "broken.png").write_bytes(b"")
    found = collection_of(ImageFolder(path=str(tmp_path)))
    assert found.classes == ("cat", "dog")
    assert found.empty == ("moth", "newt")


def test_only_the_classes_asked_for_are_decoded(tmp_path: Path) -> None:
    write_tree(tmp_path, {"cat": 1, "dog": 1, "eel": 1})
    (tmp_path / "cat" / "broken.png").write_bytes(b"")
    found = collection_of(ImageFolder(path=str(tmp_path), classes=("eel", "dog")))
    assert (found.classes, found.names, found.skipped) == (("eel", "dog"), ("dog/0.png", "eel/0.png"), ())
    assert found.labels.tolist() == [1, 0]


def test_names_in_any_script_are_read_and_told_alike(tmp_path: Path) -> None:
    folder = tmp_path / "Bilder ü 图片"
    write_tree(folder, {"Käfer": 2, "甲虫": 1})
    found = collection_of(ImageFolder(path=str(folder), classes=(unicodedata.normalize("NFD", "Käfer"), "甲虫")))
    assert found.title == "Bilder ü 图片"
    assert len(found) == 3


def test_two_spellings_of_the_same_letters_are_one_class(tmp_path: Path) -> None:
    for form in ("NFC", "NFD"):
        write_tree(tmp_path, {unicodedata.normalize(form, "Käfer") + "/" + form: 1, "dog": 1})
    assert collection_of(ImageFolder(path=str(tmp_path))).classes == ("Käfer", "dog")


def test_a_picture_that_has_gone_since_is_named(tmp_path: Path) -> None:
    write_tree(tmp_path, {"cat": 1, "dog": 1})
    found = collection_of(ImageFolder(path=str(tmp_path)))
    (tmp_path / "dog" / "0.png").unlink()
    with pytest.raises(UserError, match=r"dog/0\.png"):
        found.picture(1)


def test_the_garbage_collector_finds_nothing_more_to_look_through_in_more_pictures(tmp_path: Path) -> None:
    def tracked(name: str, pictures: int) -> int:
        folder = write_tree(tmp_path / name, {"cat": pictures, "dog": pictures})
        gc.collect()
        before = len(gc.get_objects())
        found = collection_of(ImageFolder(path=str(folder)))
        assert len(found.names) == 2 * pictures
        gc.collect()
        return len(gc.get_objects()) - before

    tracked("first", 1)
    assert tracked("many", 60) - tracked("few", 2) < 20


def test_reading_tells_how_far_it_is_and_stops_when_asked(tmp_path: Path) -> None:
    write_tree(tmp_path, {"cat": 3, "dog": 3})
    _, events = finish(read(ImageFolder(path=str(tmp_path)), PLACES, StopToken()))
    told = [event for event in events if isinstance(event, Progressed) and event.unit == "pictures"]
    assert (told[0].done, told[-1].done, told[-1].total, told[-1].activity) == (0, 6, 6, "reading")
    stop = StopToken()
    stop.stop()
    with pytest.raises(Stopped):
        finish(read(ImageFolder(path=str(tmp_path)), PLACES, stop))


@pytest.mark.needs_data
def test_real_photos_are_read_whole_with_their_split(shared_data: Path, tmp_path: Path) -> None:
    with tarfile.open(shared_data / "images" / "hymenoptera160.tar") as archive:
        archive.extractall(tmp_path, filter="data")
    found = collection_of(ImageFolder(path=str(tmp_path / "hymenoptera160")))
    assert found.classes == ("ants", "bees")
    assert found.given is not None
    assert (found.given.count("train"), found.given.count("validation"), found.skipped) == (244, 153, ())
    assert found.sizes == (160, 240, 160, 240)
