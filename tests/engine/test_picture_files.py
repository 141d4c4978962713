import os
import sys
import zipfile
from pathlib import Path

import pytest

from kt_gui.engine import picture_files
from kt_gui.schema.datasets import ImageArchive, ImageFolder
from kt_gui.schema.errors import UserError
from tests.engine.picture_sets import collection_of, noise, write, write_tree


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right under Windows")
def test_links_that_lead_in_a_circle_end(tmp_path: Path) -> None:
    write_tree(tmp_path, {"cat": 2, "dog": 1})
    (tmp_path / "cat" / "again").symlink_to(tmp_path / "cat")
    (tmp_path / "cat" / "all").symlink_to(tmp_path)
    (tmp_path / "dog" / "lost.png").symlink_to(tmp_path / "nowhere.png")
    found = collection_of(ImageFolder(path=str(tmp_path)))
    assert found.classes == ("cat", "dog")
    assert [skipped.name for skipped in found.skipped] == ["dog/lost.png"]


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


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes under Windows")
def test_a_pipe_is_skipped_instead_of_waited_for(tmp_path: Path) -> None:
    write_tree(tmp_path, {"cat": 1, "dog": 1})
    os.mkfifo(tmp_path / "dog" / "pipe.png")
    found = collection_of(ImageFolder(path=str(tmp_path)))
    assert [(skipped.name, str(skipped.reason)) for skipped in found.skipped] == [("dog/pipe.png", "It is not a file.")]


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


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_is_no_utf_8_is_skipped_and_told(tmp_path: Path) -> None:
    write_tree(tmp_path, {"cat": 2, "dog": 1})
    (tmp_path / "cat" / "0.png").rename(tmp_path / "cat" / os.fsdecode(b"caf\xe9.png"))
    (tmp_path / os.fsdecode(b"h\xfcnd")).mkdir()
    found = collection_of(ImageFolder(path=str(tmp_path)))
    assert found.names == ("cat/1.png", "dog/0.png")
    assert found.classes == ("cat", "dog")
    assert {skipped.name for skipped in found.skipped} == {"cat/caf?.png", "h?nd"}
    assert all("UTF-8" in str(skipped.reason) for skipped in found.skipped)
