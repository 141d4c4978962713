"""Downloads from a server on this machine that can be told to misbehave."""

import errno
import hashlib
import shutil
import socket
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from kt_gui.schema.downloads import RemoteFile
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Progressed
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.store.downloads import download, fetch, waiting_folder
from tests.serving import CONTENT, Server, finish, serving, tarred, zipped


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def remote(server: Server, path: str = "/file.bin", **more: object) -> RemoteFile:
    return RemoteFile(filename=path.rsplit("/", 1)[-1], urls=(server.url(path),), **more)  # type: ignore[arg-type]


def test_a_file_arrives_whole_and_progress_ends_at_its_size(server, tmp_path):
    file = remote(server, md5=hashlib.md5(CONTENT).hexdigest(), size=len(CONTENT))
    events, path = finish(fetch(file, tmp_path, StopToken()))
    assert path == tmp_path / "file.bin"
    assert path.read_bytes() == CONTENT
    downloading = [event for event in events if event.activity == "downloading"]
    assert downloading[-1] == Progressed(
        activity="downloading", done=len(CONTENT), total=len(CONTENT), subject="file.bin", unit="bytes"
    )
    assert not list(tmp_path.glob("*.part"))


def test_what_is_here_already_is_not_asked_for_again(server, tmp_path):
    (tmp_path / "file.bin").write_bytes(b"here")
    assert finish(fetch(remote(server), tmp_path, StopToken()))[1].read_bytes() == b"here"
    assert server.asked == []


def test_a_stopped_download_goes_on_where_it_stopped(server, tmp_path):
    stop = StopToken()
    work = fetch(remote(server), tmp_path, stop)
    next(work)
    stop.stop()
    with pytest.raises(Stopped):
        finish(work)
    kept = (tmp_path / "file.bin.part").stat().st_size
    assert 0 < kept < len(CONTENT)
    finish(fetch(remote(server), tmp_path, StopToken()))
    assert server.asked == [None, f"bytes={kept}-"]
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_a_server_without_ranges_starts_over(server, tmp_path):
    server.ranges = False
    (tmp_path / "file.bin.part").write_bytes(b"the wrong beginning")
    finish(fetch(remote(server), tmp_path, StopToken()))
    assert server.asked == ["bytes=19-"]
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_a_cut_connection_is_taken_up_again_at_once(server, tmp_path):
    server.cut = 1
    finish(fetch(remote(server), tmp_path, StopToken()))
    assert server.asked == [None, f"bytes={len(CONTENT) // 2}-"]
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_a_connection_that_keeps_breaking_is_said_and_what_came_is_kept(server, tmp_path):
    server.cut = 99
    with pytest.raises(UserError, match="broke off"):
        finish(fetch(remote(server), tmp_path, StopToken()))
    assert (tmp_path / "file.bin.part").stat().st_size > 0


def test_a_part_that_is_already_whole_is_only_checked(server, tmp_path):
    (tmp_path / "file.bin.part").write_bytes(CONTENT)
    finish(fetch(remote(server, sha256=hashlib.sha256(CONTENT).hexdigest()[:8]), tmp_path, StopToken()))
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("part", [b"x" * 100, b"x" * (len(CONTENT) + 1)])
def test_a_spoilt_part_is_replaced_by_a_fresh_download(server, tmp_path, part):
    (tmp_path / "file.bin.part").write_bytes(part)
    finish(fetch(remote(server, md5=hashlib.md5(CONTENT).hexdigest()), tmp_path, StopToken()))
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("wrong", [{"md5": "0" * 32}, {"sha256": "00000000"}, {"size": 5}])
def test_a_wrong_sum_throws_the_file_away(server, tmp_path, wrong):
    with pytest.raises(UserError, match="thrown away"):
        finish(fetch(remote(server, **wrong), tmp_path, StopToken()))
    assert not list(tmp_path.glob("file.bin*"))


def test_a_sum_promised_by_the_server_is_checked(server, tmp_path):
    server.headers = {"X-Linked-Etag": '"' + "0" * 64 + '"'}
    with pytest.raises(UserError, match="thrown away"):
        finish(fetch(remote(server), tmp_path, StopToken()))


def test_a_second_address_helps_where_the_first_fails(server, tmp_path):
    file = RemoteFile(filename="file.bin", urls=(server.url("/gone"), server.url()))
    finish(fetch(file, tmp_path, StopToken()))
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_a_missing_file_is_named_with_the_answer(server, tmp_path):
    with pytest.raises(UserError, match=r"127\.0\.0\.1 does not give gone\.bin \(answer 404\)"):
        finish(fetch(remote(server, "/gone.bin"), tmp_path, StopToken()))


def test_no_network_is_said_in_plain_words(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        file = RemoteFile(filename="file.bin", urls=(f"http://127.0.0.1:{unused.getsockname()[1]}/file.bin",))
        with pytest.raises(UserError, match="cannot be reached") as caught:
            finish(fetch(file, tmp_path, StopToken()))
    assert "internet" in caught.value.remedy


def test_a_disk_too_small_says_how_much_is_needed(server, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10, 9, 1))
    with pytest.raises(UserError, match="2 MB are needed"):
        finish(fetch(remote(server), tmp_path, StopToken()))


def test_a_disk_that_fills_up_is_said(server, tmp_path, monkeypatch):
    def refuse(*args: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(UserError, match="disk is full"):
        finish(fetch(remote(server), tmp_path, StopToken()))


def test_two_downloads_at_once_give_one_whole_file(server, tmp_path):
    first = fetch(remote(server), tmp_path, StopToken())
    next(first)
    second = fetch(remote(server), tmp_path, StopToken())
    assert next(second).done == 0
    finish(first)
    assert finish(second)[1].read_bytes() == CONTENT
    assert server.asked == [None]


def test_a_set_of_several_files_comes_whole_with_inner_archives_unpacked(server, tmp_path):
    server.content = {
        "/labels.mat": b"labels",
        "/set.zip": zipped({"set/inner.tar.gz": tarred({"pictures/a.png": b"picture"}), "set/read.me": b"read"}),
    }
    files = (remote(server, "/labels.mat"), remote(server, "/set.zip", unpack=True, inner=("set/inner.tar.gz",)))
    finish(download(files, tmp_path / "set", StopToken()))
    found = {path.relative_to(tmp_path / "set").as_posix() for path in (tmp_path / "set").rglob("*") if path.is_file()}
    assert found == {"labels.mat", "pictures/a.png", "set/read.me"}
    assert not waiting_folder(tmp_path / "set").exists()


def test_a_stopped_set_is_partial_and_not_there(server, tmp_path):
    stop = StopToken()
    work = download((remote(server),), tmp_path / "set", stop)
    next(work)
    stop.stop()
    with pytest.raises(Stopped):
        finish(work)
    assert not (tmp_path / "set").exists()
    assert waiting_folder(tmp_path / "set").exists()
