import os
import sys
import unicodedata
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kt_gui.engine import picture_files
from kt_gui.engine.images import read
from kt_gui.schema.datasets import Bundled, ImageArchive, ImageFolder, ImageTable
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Progressed
from kt_gui.schema.stop import Stopped, StopToken
from tests.engine.picture_sets import PLACES, collection_of, finish, noise, write, write_tree

# --- bundled -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "pictures", "classes"), [("emoji-twemoji", 628, 14), ("emoji-noto", 628, 14), ("fashion", 3000, 10)]
)
def test_the_bundled_sets_are_there_with_their_split(name: str, pictures: int, classes: int) -> None:
    found = collection_of(Bundled(name=name))
    assert (len(found), len(found.classes)) == (pictures, classes)
    assert found.given is not None
    assert set(found.given) == {"train", "test"}
    assert found.picture(0).mode == "RGB"
    assert not any("_" in name for name in found.classes)


def test_both_drawings_of_the_emoji_have_the_same_order_and_split() -> None:
    ours, theirs = collection_of(Bundled(name="emoji-twemoji")), collection_of(Bundled(name="emoji-noto"))
    assert ours.names == theirs.names
    assert ours.given == theirs.given
    assert ours.labels.tolist() == theirs.labels.tolist()


def test_a_bundled_picture_is_the_tile_of_the_mosaic() -> None:
    found = collection_of(Bundled(name="emoji-noto"))
    with Image.open(PLACES.bundled / "emoji-noto.webp") as mosaic:
        tile = mosaic.convert("RGB").crop((32 * 5, 32 * 2, 32 * 6, 32 * 3))
    assert np.array_equal(np.asarray(found.picture(2 * 40 + 5)), np.asarray(tile))


def test_classes_are_kept_in_the_order_asked_for() -> None:
    found = collection_of(Bundled(name="fashion", classes=("Bag", "Ankle boot")))
    assert found.classes == ("Bag", "Ankle boot")
    assert np.bincount(found.labels).tolist() == [300, 300]
    whole = collection_of(Bundled(name="fashion"))
    first_boot = whole.labels.tolist().index(whole.classes.index("Ankle boot"))
    boot = found.labels.tolist().index(1)
    assert found.digests[boot] == whole.digests[first_boot]
    assert found.picture(boot) == whole.picture(first_boot)


def test_a_class_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(UserError, match="Sock") as raised:
        collection_of(Bundled(name="fashion", classes=("Bag", "Sock")))
    assert "Ankle boot" in raised.value.remedy


def test_a_bundled_set_that_is_none_is_answered_with_the_names_there_are() -> None:
    with pytest.raises(UserError, match="emoji-noto"):
        collection_of(Bundled(name="emoji"))


# --- folders -----------------------------------------------------------------------------------------------------


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


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right under Windows")
def test_links_that_lead_in_a_circle_end(tmp_path: Path) -> None:
    write_tree(tmp_path, {"cat": 2, "dog": 1})
    (tmp_path / "cat" / "again").symlink_to(tmp_path / "cat")
    (tmp_path / "cat" / "all").symlink_to(tmp_path)
    (tmp_path / "dog" / "lost.png").symlink_to(tmp_path / "nowhere.png")
    found = collection_of(ImageFolder(path=str(tmp_path)))
    assert found.classes == ("cat", "dog")
    assert [skipped.name for skipped in found.skipped] == ["dog/lost.png"]


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


@pytest.mark.parametrize("kind", ["missing", "file", "closed", "flat", "no pictures"])
def test_a_folder_that_is_no_use_is_named_with_what_to_do(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "set"
    match kind:
        case "file":
            place.write_text("a file")
        case "closed":
            place.mkdir()
            monkeypatch.setattr(os, "scandir", refuse)
        case "flat":
            write(place / "0.png")
        case "no pictures":
            (place / "cat").mkdir(parents=True)
    with pytest.raises(UserError, match="set") as raised:
        collection_of(ImageFolder(path=str(place)))
    assert raised.value.remedy


def refuse(path: object) -> None:
    raise PermissionError(13, "Permission denied", str(path))


def test_a_closed_folder_inside_is_listed_as_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tmp_path, {"cat": 1, "dog": 1, "dog/secret": 1})
    scan = os.scandir

    def choosy(path: Path) -> object:
        return refuse(path) if Path(path).name == "secret" else scan(path)

    monkeypatch.setattr(os, "scandir", choosy)
    found = collection_of(ImageFolder(path=str(tmp_path)))
    assert len(found) == 2
    assert [(skipped.name, "cannot be read" in str(skipped.reason)) for skipped in found.skipped] == [
        ("dog/secret", True)
    ]


def test_a_picture_that_has_gone_since_is_named(tmp_path: Path) -> None:
    write_tree(tmp_path, {"cat": 1, "dog": 1})
    found = collection_of(ImageFolder(path=str(tmp_path)))
    (tmp_path / "dog" / "0.png").unlink()
    with pytest.raises(UserError, match=r"dog/0\.png"):
        found.picture(1)


def test_reading_tells_how_far_it_is_and_stops_when_asked(tmp_path: Path) -> None:
    write_tree(tmp_path, {"cat": 3, "dog": 3})
    _, events = finish(read(ImageFolder(path=str(tmp_path)), PLACES, StopToken()))
    told = [event for event in events if isinstance(event, Progressed) and event.unit == "pictures"]
    assert (told[0].done, told[-1].done, told[-1].total, told[-1].activity) == (0, 6, 6, "reading")
    stop = StopToken()
    stop.stop()
    with pytest.raises(Stopped):
        finish(read(ImageFolder(path=str(tmp_path)), PLACES, stop))


# --- zips --------------------------------------------------------------------------------------------------------


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def png(tmp_path: Path) -> list[bytes]:
    return [write(tmp_path / "pngs" / f"{seed}.png", seed).read_bytes() for seed in range(4)]


@pytest.mark.parametrize("wrapping", ["", "pets/"])
def test_a_zip_is_read_like_the_folder_it_holds(tmp_path: Path, png: list[bytes], wrapping: str) -> None:
    names = [f"{wrapping}{part}/{name}.png" for part in ("cat/1", "cat/2", "dog/1", "dog/old/2") for name in [part[-1]]]
    files = dict(zip(names, png, strict=True)) | {f"{wrapping}README.md": b"words", "__MACOSX/cat/._1.png": b"junk"}
    found = collection_of(ImageArchive(path=str(zipped(tmp_path / "pets.zip", files))))
    assert found.classes == ("cat", "dog")
    assert found.names == tuple(sorted(names))
    assert [skipped.name for skipped in found.skipped] == [f"{wrapping}README.md"]
    assert found.picture(0) == noise(0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pets.zip", "pngs"]


def test_a_zip_may_hold_a_split_in_a_wrapping_folder(tmp_path: Path, png: list[bytes]) -> None:
    files = {f"pets/{part}/{name}/0.png": png[0] for part in ("train", "val") for name in ("cat", "dog")}
    found = collection_of(ImageArchive(path=str(zipped(tmp_path / "pets.zip", files))))
    assert found.classes == ("cat", "dog")
    assert found.given == ("train", "train", "validation", "validation")


def test_paths_written_under_windows_and_names_in_plain_utf8_are_understood(tmp_path: Path, png: list[bytes]) -> None:
    path = zipped(tmp_path / "pets.zip", {"K\u00e4fer/0.png": png[0], "Hund/0.png": png[1]})
    content = path.read_bytes().replace(b"Hund/0.png", b"Hund\\0.png")
    flagged, plain = b"\x00\x08\x08\x00", b"\x00\x00\x08\x00"  # without the mark that says UTF-8
    path.write_bytes(content.replace(flagged, plain))
    assert collection_of(ImageArchive(path=str(path))).classes == ("Hund", "Käfer")


@pytest.mark.parametrize("kind", ["missing", "no zip", "half"])
def test_a_zip_that_is_none_is_named_with_what_to_do(tmp_path: Path, png: list[bytes], kind: str) -> None:
    path = tmp_path / "pets.zip"
    if kind == "no zip":
        path.write_bytes(b"words")
    if kind == "half":
        whole = zipped(path, {"cat/0.png": png[0], "dog/0.png": png[1]}).read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match=r"pets\.zip"):
        collection_of(ImageArchive(path=str(path)))


def test_a_locked_zip_is_refused_with_the_way_out(tmp_path: Path, png: list[bytes]) -> None:
    path = zipped(tmp_path / "pets.zip", {"cat/0.png": png[0], "dog/0.png": png[1]})
    content = bytearray(path.read_bytes())
    entry = content.index(b"PK\x01\x02")
    content[entry + 8] |= 1
    path.write_bytes(bytes(content))
    with pytest.raises(UserError, match="password") as raised:
        collection_of(ImageArchive(path=str(path)))
    assert "Unpack" in raised.value.remedy


def test_a_zip_that_unpacks_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_files, "BOMB_BYTES", 2**16)
    path = zipped(tmp_path / "bomb.zip", {"cat/0.bmp": bytes(2**22), "dog/0.bmp": bytes(2**22)})
    with pytest.raises(UserError, match="trap"):
        collection_of(ImageArchive(path=str(path)))


def test_a_file_of_a_zip_too_large_for_a_picture_is_never_unpacked(
    tmp_path: Path, png: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_files, "LARGEST_FILE", 5000)
    path = zipped(tmp_path / "pets.zip", {"cat/0.png": png[0], "dog/0.png": png[1], "dog/film.avi": bytes(6000)})
    found = collection_of(ImageArchive(path=str(path)))
    assert [(skipped.name, str(skipped.reason)) for skipped in found.skipped] == [
        ("dog/film.avi", "It is too large for a picture.")
    ]


def test_a_damaged_picture_in_a_zip_is_skipped_alone(tmp_path: Path, png: list[bytes]) -> None:
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as archive:
        archive.writestr("cat/0.png", png[0])
        archive.writestr("dog/0.png", png[1])
        archive.writestr("dog/1.png", png[2])
    content = (tmp_path / "pets.zip").read_bytes()
    (tmp_path / "pets.zip").write_bytes(content.replace(png[2], png[2][:60] + b"?" + png[2][61:]))
    found = collection_of(ImageArchive(path=str(tmp_path / "pets.zip")))
    assert [skipped.name for skipped in found.skipped] == ["dog/1.png"]
    assert len(found) == 2


# --- tables ------------------------------------------------------------------------------------------------------


def table(folder: Path, text: str, encoding: str = "utf-8", **columns: str) -> ImageTable:
    for seed in range(4):
        write(folder / "pictures" / f"{seed}.png", seed)
    (folder / "table.csv").write_bytes(text.encode(encoding))
    return ImageTable(path=str(folder / "table.csv"), **columns)


ROWS = "path,label,patient,part\n" + "".join(
    f"pictures/{n}.png,{label},p{n // 2},{part}\n"
    for n, (label, part) in enumerate([("köter", "train"), ("cat", "Train"), ("köter", "dev"), ("cat", "TEST")])
)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_a_table_is_read_whatever_program_wrote_it(tmp_path: Path, delimiter: str, encoding: str) -> None:
    text = ROWS.replace(",", delimiter).replace("\n", "\r\n")
    found = collection_of(table(tmp_path, text, encoding, group_column="patient", split_column="part"))
    assert found.classes == ("cat", "köter")
    assert found.labels.tolist() == [1, 0, 1, 0]
    assert found.names == tuple(f"pictures/{n}.png" for n in range(4))
    assert found.groups == ("p0", "p0", "p1", "p1")
    assert found.given == ("train", "train", "validation", "test")
    assert found.picture(3) == noise(3)


def test_a_column_that_is_not_there_is_named_with_the_file_and_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"table\.csv has no column kind \(label_column\)") as raised:
        collection_of(table(tmp_path, ROWS, label_column="kind"))
    assert "path, label, patient, part" in raised.value.remedy


def test_a_word_that_is_no_split_is_named_with_its_row(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r'Row 4 of .*table\.csv: "maybe" in column part'):
        collection_of(table(tmp_path, ROWS.replace("dev", "maybe"), split_column="part"))


def test_rows_without_picture_label_or_file_are_skipped_with_their_reasons(tmp_path: Path) -> None:
    text = ROWS + ",cat,p9,test\npictures/1.png,,p9,test\npictures/9.png,cat,p9,test\n\n"
    found = collection_of(table(tmp_path, text))
    assert len(found) == 4
    assert [(skipped.name, str(skipped.reason)) for skipped in found.skipped] == [
        ("Row 6", "It names no picture."),
        ("Row 7", "It has no label."),
        ("pictures/9.png", "There is no such file."),
    ]


def test_paths_may_be_absolute_or_written_under_windows(tmp_path: Path) -> None:
    text = f"path,label\n{tmp_path / 'pictures' / '0.png'},a\npictures\\1.png,b\n"
    assert collection_of(table(tmp_path, text)).picture(1) == noise(1)


def test_a_picture_without_a_group_is_a_group_of_its_own(tmp_path: Path) -> None:
    found = collection_of(table(tmp_path, ROWS.replace("p1", ""), group_column="patient"))
    assert found.groups is not None
    assert len(set(found.groups)) == 3


@pytest.mark.parametrize("text", ["", "path,label\n"])
def test_an_empty_table_is_said_to_be_empty(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError, match=r"table\.csv"):
        collection_of(table(tmp_path, text))


def test_a_table_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.csv does not exist"):
        collection_of(ImageTable(path=str(tmp_path / "none.csv")))


# --- real pictures -----------------------------------------------------------------------------------------------


@pytest.mark.needs_data
def test_real_photos_are_read_whole_with_their_split(shared_data: Path, tmp_path: Path) -> None:
    import tarfile

    with tarfile.open(shared_data / "images" / "hymenoptera160.tar") as archive, warnings.catch_warnings():
        archive.extractall(tmp_path, filter="data")
    found = collection_of(ImageFolder(path=str(tmp_path / "hymenoptera160")))
    assert found.classes == ("ants", "bees")
    assert found.given is not None
    assert (found.given.count("train"), found.given.count("validation"), found.skipped) == (244, 153, ())
    assert found.sizes == (160, 240, 160, 240)
