"""Archives are unpacked whole or not at all, and never outside their folder."""

import gzip

import pytest

from kt_gui.schema.errors import UserError
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.store.archives import unpack
from tests.serving import tarred, zipped

FILES = {"set/a.txt": b"a" * 1000, "set/deep/b.txt": b"b"}


@pytest.mark.parametrize(
    ("name", "packed"),
    [
        ("set.zip", zipped(FILES)),
        ("set.tar", tarred(FILES, "w")),
        ("set.tgz", tarred(FILES)),
        ("s", tarred(FILES, "w:xz")),
    ],
)
def test_an_archive_is_known_by_its_content(tmp_path, name, packed):
    (tmp_path / name).write_bytes(packed)
    list(unpack(tmp_path / name, tmp_path / "out", StopToken()))
    assert (tmp_path / "out/set/a.txt").read_bytes() == FILES["set/a.txt"]
    assert (tmp_path / "out/set/deep/b.txt").read_bytes() == b"b"


def test_a_single_file_in_gzip_loses_its_ending(tmp_path):
    (tmp_path / "numbers.gz").write_bytes(gzip.compress(b"numbers"))
    list(unpack(tmp_path / "numbers.gz", tmp_path / "out", StopToken()))
    assert (tmp_path / "out/numbers").read_bytes() == b"numbers"


@pytest.mark.parametrize(
    "packed", [zipped(FILES)[:100], tarred(FILES)[:-20], gzip.compress(b"x" * 99)[:-9], b"nothing"]
)
def test_a_damaged_archive_is_said_and_leaves_nothing(tmp_path, packed):
    (tmp_path / "set.bin").write_bytes(packed)
    with pytest.raises(UserError, match=r"set\.bin is damaged"):
        list(unpack(tmp_path / "set.bin", tmp_path / "out", StopToken()))
    assert [path.name for path in tmp_path.iterdir()] == ["set.bin"]


def test_a_tar_that_wants_out_of_its_folder_is_refused(tmp_path):
    (tmp_path / "evil.tar").write_bytes(tarred({"../evil.txt": b"evil"}, "w"))
    with pytest.raises(UserError, match="outside its folder"):
        list(unpack(tmp_path / "evil.tar", tmp_path / "deep/out", StopToken()))
    assert not list(tmp_path.rglob("evil.txt"))


def test_a_zip_that_wants_out_of_its_folder_stays_inside(tmp_path):
    (tmp_path / "evil.zip").write_bytes(zipped({"../evil.txt": b"evil"}))
    list(unpack(tmp_path / "evil.zip", tmp_path / "deep/out", StopToken()))
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("evil.txt")] == ["deep/out/evil.txt"]


def test_stopped_unpacking_leaves_nothing(tmp_path):
    (tmp_path / "set.zip").write_bytes(zipped(FILES))
    stop = StopToken()
    stop.stop()
    with pytest.raises(Stopped):
        list(unpack(tmp_path / "set.zip", tmp_path / "out", stop))
    assert [path.name for path in tmp_path.iterdir()] == ["set.zip"]
