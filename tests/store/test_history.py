"""Histories are written line by line, and survive a crash."""

from pathlib import Path

import pytest

from kt_gui.schema.events import Progressed
from kt_gui.store import history as histories
from kt_gui.store.history import FILE, History, cut, read, read_back


def event(number: int) -> Progressed:
    return Progressed(at=float(number), activity="reading", done=number, total=9)


def written(folder: Path, count: int) -> list[int]:
    """Write so many events; give the length of the file after each."""
    history = History(folder)
    lengths = []
    for number in range(count):
        history.append(event(number))
        lengths.append(history.sync())
    history.close()
    return lengths


def test_events_come_back_in_order(tmp_path: Path) -> None:
    written(tmp_path, 3)
    assert list(read(tmp_path)) == [event(0), event(1), event(2)]


def test_a_run_without_a_history_has_no_events(tmp_path: Path) -> None:
    cut(tmp_path, 0)
    assert list(read(tmp_path)) == []


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    written(tmp_path, 2)
    with (tmp_path / FILE).open("ab") as file:
        file.write(b'{"event":"progr')
    assert list(read(tmp_path)) == [event(0), event(1)]


def test_what_was_written_after_a_checkpoint_is_forgotten(tmp_path: Path) -> None:
    lengths = written(tmp_path, 3)
    cut(tmp_path, lengths[1])
    assert list(read(tmp_path)) == [event(0), event(1)]


def test_a_history_that_is_shorter_than_the_checkpoint_says_is_cut_at_its_last_whole_line(tmp_path: Path) -> None:
    lengths = written(tmp_path, 2)
    with (tmp_path / FILE).open("r+b") as file:
        file.truncate(lengths[1] - 3)
    cut(tmp_path, lengths[1])
    history = History(tmp_path)
    history.append(event(7))
    history.close()
    assert list(read(tmp_path)) == [event(0), event(7)]


def test_all_that_follows_a_broken_line_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(histories, "BLOCK", 200)
    lengths = written(tmp_path, 9)
    with (tmp_path / FILE).open("r+b") as file:
        file.seek(lengths[4] + 3)
        file.write(b"}")
    assert list(read(tmp_path)) == [event(number) for number in range(5)]


@pytest.mark.parametrize("block", [1, 50, 200, 1 << 16])
def test_a_history_is_read_from_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(histories, "BLOCK", block)
    written(tmp_path, 9)
    with (tmp_path / FILE).open("ab") as file:
        file.write(b'{"event":"progr')
    assert list(read_back(tmp_path)) == [event(number) for number in reversed(range(9))]


def test_a_run_without_a_history_has_no_last_event(tmp_path: Path) -> None:
    assert list(read_back(tmp_path)) == []
