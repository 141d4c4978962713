"""Files come whole or not at all; what the disk refuses is said."""

import errno
import os
import sys
from pathlib import Path

import pytest

from kt_gui.schema.errors import UserError
from kt_gui.store.files import disk_troubles, make_folder, write
from kt_gui.store.tables import Table


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    write(tmp_path / "表.json", b"old")
    write(tmp_path / "表.json", b"new")
    assert (tmp_path / "表.json").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["表.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes under Windows")
def test_neither_a_folder_nor_a_device_is_overwritten(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(UserError, match="no file that could be overwritten"):
            write(tmp_path / name, b"new")
        with pytest.raises(UserError, match="no file that could be overwritten"):
            Table(tmp_path / name, overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "pipe"]
    assert (tmp_path / "pipe").is_fifo()


def test_a_write_that_fails_keeps_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a", b"old")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match=r"disk is full.*Make room"):
        write(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_a_closed_folder_is_told_with_the_remedy(tmp_path: Path, number: int) -> None:
    with pytest.raises(UserError, match=r"no permission.*KT_HOME"), disk_troubles(tmp_path):
        raise OSError(number, os.strerror(number))


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    for folder in (tmp_path / "home", tmp_path / "home" / "runs"):
        with pytest.raises(UserError, match="a file is in its place"):
            make_folder(folder)


def test_other_errors_stay_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(InterruptedError), disk_troubles(tmp_path):
        raise InterruptedError


def test_a_write_that_fails_leaves_nothing_beside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError):
        write(tmp_path / "a", b"new")
    assert list(tmp_path.iterdir()) == []


def test_two_who_write_the_same_file_at_once_do_not_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = os.fsync
    others = iter([lambda: write(tmp_path / "a", b"another's")])

    def meanwhile(handle: int) -> None:
        next(others, lambda: None)()
        sync(handle)

    monkeypatch.setattr(os, "fsync", meanwhile)
    write(tmp_path / "a", b"mine")
    assert (tmp_path / "a").read_bytes() == b"mine"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
