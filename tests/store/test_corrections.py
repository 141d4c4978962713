"""Corrections beside the data: written whole, by one window at a time, and never into what cannot be read."""

import threading
from pathlib import Path

import msgspec
import pytest
from filelock import FileLock

from kt_gui.schema.corrections import Addition, Corrections, Exclusion, Move, told
from kt_gui.schema.datasets import Bundled, Catalogued, Dataset, ImageArchive, ImageFolder, ImageTable
from kt_gui.schema.errors import UserError
from kt_gui.store import corrections as store
from kt_gui.store.folders import Home
from kt_gui.store.folders import home as home_of

ONE = Exclusion(digest="d1", name="käfer/größe 1.png")
TWO = Move(digest="d2", name="蝴蝶/2.png", label="蜜蜂")


@pytest.fixture
def place() -> Home:
    return home_of()


@pytest.fixture
def folder(tmp_path: Path) -> ImageFolder:
    (tmp_path / "昆虫").mkdir()
    return ImageFolder(path=str(tmp_path / "昆虫"))


def say(data: Dataset, place: Home, *said: Exclusion | Move | Addition) -> Corrections:
    return store.change(data, place, lambda known: told(known, said))


def test_they_lie_beside_the_data_and_not_in_it(folder: ImageFolder, place: Home) -> None:
    say(folder, place, ONE, TWO)
    assert store.read(folder, place).corrections == (ONE, TWO)
    data = Path(folder.path)
    assert [path.name for path in data.parent.iterdir() if path.name != data.name] == ["昆虫.corrections.json"]
    assert list(data.iterdir()) == []
    assert store.is_beside(folder, store.file_of(folder, place), place)


def test_a_folder_and_a_zip_of_one_name_have_their_own(tmp_path: Path, place: Home) -> None:
    folder, archive = ImageFolder(path=str(tmp_path / "pets")), ImageArchive(path=str(tmp_path / "pets.zip"))
    say(folder, place, ONE)
    say(archive, place, TWO)
    assert store.read(folder, place).corrections == (ONE,)
    assert store.read(archive, place).corrections == (TWO,)
    assert store.file_of(archive, place).name == "pets.zip.corrections.json"


def test_a_set_read_by_other_columns_or_classes_is_the_same_one(tmp_path: Path, place: Home) -> None:
    say(ImageTable(path=str(tmp_path / "a.csv")), place, ONE)
    other = ImageTable(path=str(tmp_path / "a.csv"), label_column="species", classes=("bee",))
    assert store.read(other, place).corrections == (ONE,)


@pytest.mark.parametrize("data", [Bundled(name="fashion"), Catalogued(name="cifar10")])
def test_sets_that_are_not_ones_own_have_them_in_ones_own_folder(data: Dataset, place: Home) -> None:
    say(data, place, ONE)
    file = store.file_of(data, place)
    assert file.parent == place.data / "corrections"
    assert not store.is_beside(data, file, place)


def test_where_nothing_can_be_written_they_lie_in_ones_own_folder(
    folder: ImageFolder, place: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(folder, place, ONE)
    closed = Path(folder.path).parent
    monkeypatch.setattr(store, "_is_open", lambda path: path != closed)
    say(folder, place, TWO)  # what was said before goes along
    copy = store.keep_copy(folder, place, "new", b"png")
    monkeypatch.undo()
    assert store.read(folder, place).corrections == (ONE, TWO)
    assert store.file_of(folder, place).parent == copy.parent.parent == place.data / "corrections"
    assert store.copy_of(folder, place, "new").read_bytes() == b"png"


def test_copies_lie_in_a_folder_beside_the_data(folder: ImageFolder, place: Home) -> None:
    copy = store.keep_copy(folder, place, "d3", b"png")
    assert copy == Path(folder.path).with_name("昆虫.additions") / "d3.png"
    assert store.copy_of(folder, place, "d3") == copy


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b'{"corrections": [{"kind": "burn"}]}', b"[]"])
def test_a_damaged_file_is_named_and_never_overwritten(folder: ImageFolder, place: Home, damage: bytes) -> None:
    file = store.file_of(folder, place)
    file.write_bytes(damage)
    with pytest.raises(UserError, match="is damaged") as told_:
        say(folder, place, ONE)
    assert "move it away" in told_.value.remedy
    assert file.read_bytes() == damage


def test_a_newer_programs_file_is_left_alone(folder: ImageFolder, place: Home) -> None:
    file = store.file_of(folder, place)
    file.write_bytes(msgspec.json.encode(Corrections(version=2)))
    with pytest.raises(UserError, match="newer version"):
        say(folder, place, ONE)


def test_two_windows_at_once_lose_nothing(folder: ImageFolder, place: Home) -> None:
    def work(window: int) -> None:
        for number in range(15):
            say(folder, place, Exclusion(digest=f"{window}-{number}", name="a"))

    threads = [threading.Thread(target=work, args=(window,)) for window in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.read(folder, place).corrections) == 45


def test_a_window_that_takes_too_long_is_told_of(
    folder: ImageFolder, place: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(folder, place, ONE)
    monkeypatch.setattr(store, "PATIENCE_S", 0.05)
    (lock,) = (place.data / "corrections").glob(".*.lock")
    with FileLock(lock), pytest.raises(UserError, match="Another window"):
        say(folder, place, TWO)
    assert store.read(folder, place).corrections == (ONE,)


def test_of_one_picture_only_the_last_word_counts() -> None:
    again = Move(digest="d1", name="a", label="bee")
    assert told(told(Corrections(), [ONE, TWO]), [again]).corrections == (TWO, again)
    assert told(Corrections(corrections=(ONE, TWO)), (), ["d1", "unknown"]).corrections == (TWO,)


def test_an_added_picture_that_is_moved_is_added_elsewhere_and_one_that_is_left_out_is_taken_back() -> None:
    new = Addition(digest="n", name="new.png", label="bee")
    known = Corrections(corrections=(new,))
    moved = told(known, [Move(digest="n", name="new.png", label="ant")])
    assert moved.corrections == (Addition(digest="n", name="new.png", label="ant"),)
    assert told(known, [Exclusion(digest="n", name="new.png")]).corrections == ()


def test_a_run_keeps_what_it_began_with(tmp_path: Path) -> None:
    assert store.read_in_run(tmp_path, "target") is None
    store.keep_in_run(tmp_path, "source", Corrections())
    store.keep_in_run(tmp_path, "target", Corrections(corrections=(ONE,)))
    assert store.read_in_run(tmp_path, "source") == Corrections()
    assert store.read_in_run(tmp_path, "target") == Corrections(corrections=(ONE,))
    (tmp_path / store.IN_RUN).write_bytes(b"{")
    with pytest.raises(UserError, match="is damaged"):
        store.read_in_run(tmp_path, "target")
