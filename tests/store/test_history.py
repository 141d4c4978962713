"""Histories are written line by line, and survive a crash."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from kt_gui import samples
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import EpochEnded, Event, FeaturesKept, Progressed
from kt_gui.store import history as histories
from kt_gui.store.history import FILE, History, cut, read, read_back, read_epochs, read_features


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


def test_the_epochs_of_a_phase_are_read_without_its_steps(tmp_path: Path) -> None:
    told = list(samples.finished())
    write(tmp_path, told)
    wanted = [each for each in told if isinstance(each, EpochEnded) and each.phase == "finetuning"]
    assert read_epochs(tmp_path, "finetuning") == wanted
    assert len(wanted) == samples.EPOCHS


def test_epochs_that_a_resume_went_over_again_count_once(tmp_path: Path) -> None:
    first = [each for each in samples.finished() if isinstance(each, EpochEnded) and each.phase == "finetuning"][:5]
    again = [msgspec.structs.replace(each, train_loss=9.0) for each in first[3:4]]
    write(tmp_path, [*first, *again])
    assert read_epochs(tmp_path, "finetuning") == [*first[:3], *again]


def test_torn_lines_and_a_missing_history_have_no_epochs(tmp_path: Path) -> None:
    assert read_epochs(tmp_path, "finetuning") == []
    (tmp_path / FILE).write_text('{"event":"epoch_ended","phase":"finetuning",')
    assert read_epochs(tmp_path, "finetuning") == []


def write(folder: Path, events: Iterable[Event]) -> None:
    """Write a history."""
    kept = History(folder)
    for event in events:
        kept.append(event)
    kept.close()


def computing(done: int, at: float) -> Progressed:
    return Progressed(activity="features", done=done, total=8, at=at)


def test_what_it_took_to_compute_features_is_read_by_the_clock(tmp_path: Path) -> None:
    kept = FeaturesKept(phase="finetuning", epoch=2, blocks=("stem",), pictures=8, computed=8, at=17.5)
    other = Progressed(activity="reading", done=0, total=8, at=14.0)
    events = (computing(0, 1.0), computing(4, 2.0), computing(0, 15.0), other, computing(8, 16.0), kept)
    write(tmp_path, events)
    assert read_features(tmp_path, "finetuning") == {2: 2.5}, "what a crash has cut off does not count"
    assert read_features(tmp_path, "pretraining") == {}


def test_features_that_lay_there_count_what_they_took_then(tmp_path: Path) -> None:
    lay = FeaturesKept(phase="finetuning", epoch=0, blocks=("stem",), pictures=8, earlier_s=4.0, at=17.5)
    fewer = msgspec.structs.replace(lay, epoch=3, blocks=("stem", "1"), computed=2, earlier_s=1.0, at=31.0)
    write(tmp_path, [computing(0, 1.0), lay, computing(0, 30.0), fewer])
    assert read_features(tmp_path, "finetuning") == {0: 4.0, 3: 2.0}


def test_features_that_a_resume_finds_again_count_once(tmp_path: Path) -> None:
    first = FeaturesKept(phase="finetuning", epoch=0, blocks=("stem",), pictures=8, computed=8, at=6.0)
    again = msgspec.structs.replace(first, epoch=2, computed=0, earlier_s=5.0, at=99.0)
    write(tmp_path, [computing(0, 1.0), first, again, msgspec.structs.replace(again, epoch=0)])
    assert read_features(tmp_path, "finetuning") == {0: 5.0}


def test_features_that_an_older_version_found_took_no_time(tmp_path: Path) -> None:
    write(tmp_path, [FeaturesKept(phase="finetuning", epoch=0, blocks=("stem",), pictures=8, at=17.5)])
    assert read_features(tmp_path, "finetuning") == {}
    assert read_features(tmp_path / "nothing", "finetuning") == {}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk that is always full")
def test_a_full_disk_is_told_with_the_file_when_the_history_is_closed_too(tmp_path: Path) -> None:
    (tmp_path / FILE).symlink_to("/dev/full")
    history = History(tmp_path)
    with pytest.raises(UserError, match=r"disk is full.*history"):
        history.append(Progressed(activity="features", done=0, total=1))
    with pytest.raises(UserError, match=r"disk is full.*history"):
        history.close()
