"""Runs held against each other, with evaluations that are written down here, and with real ones."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest

from kt_gui import samples, session
from kt_gui.schema.columns import pack
from kt_gui.schema.comparisons import Contrasted, Matched, Unmatched
from kt_gui.schema.datasets import Bundled
from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Judged
from kt_gui.schema.events import EpochEnded, Event, Progressed, Result
from kt_gui.schema.experiment import EarlierRun, Experiment
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.session import comparing
from kt_gui.store.folders import Home
from kt_gui.store.history import History
from kt_gui.store.runs import Runs, change, read_record, recipe_of
from tests.session.conftest import run, tiny

replace = msgspec.structs.replace
RESULT = Result(None, 0.7, 2, 1.5, 10, 20, 6.0, target_interval=(0.6, 0.8), target_tested=207)


def made(place: Home, experiment: Experiment, accuracy: float = 0.7, epochs: int = 3) -> Path:
    """The folder of a run that never ran."""
    folder = Runs(place).create(experiment)
    result = replace(RESULT, target_accuracy=accuracy)
    change(folder, state="finished", process=None, result=result, seconds=6.0)
    told = [each for each in samples.finished() if isinstance(each, EpochEnded) and each.phase == "finetuning"]
    history = History(folder)
    for event in told[:epochs]:
        history.append(event)
    history.close()
    return folder


def contrasted(place: Home, *folders: Path) -> Contrasted:
    (told,) = session.contrast(folders, StopToken(), place)
    assert isinstance(told, Contrasted)
    return told


# --- side by side ----------------------------------------------------------------------------------------------------


def test_runs_stand_side_by_side_with_settings_results_and_curves(place: Home) -> None:
    base = samples.EXPERIMENT
    other = replace(base, name="longer", seed=4, training=replace(base.training, epochs=40))
    told = contrasted(place, made(place, base), made(place, other, 0.8, epochs=5))
    first, second = told.runs
    assert [(each.name, each.seed, each.accuracy) for each in told.runs] == [("emoji", 0, 0.7), ("longer", 4, 0.8)]
    assert (first.low, first.high, first.tested, first.best_epoch) == (0.6, 0.8, 207, 2)
    assert [(each.path, each.values) for each in told.settings] == [("training.epochs", (24, 40))]
    assert (len(first.lines.validation_loss), len(second.lines.train_accuracy)) == (3, 5)
    assert [each.members for each in told.groups] == [(0,), (1,)]


def test_runs_that_differ_in_their_seed_only_are_a_group(place: Home) -> None:
    folders = [
        made(place, replace(samples.EXPERIMENT, seed=seed, name=f"s{seed}"), 0.7 + 0.1 * seed) for seed in (0, 1)
    ]
    other = made(place, replace(samples.EXPERIMENT, transfer=replace(samples.EXPERIMENT.transfer, strength=1.0)))
    told = contrasted(place, folders[0], other, folders[1])
    assert [each.members for each in told.groups] == [(0, 2), (1,)]
    assert [each.group for each in told.runs] == [0, 1, 0]
    assert (told.groups[0].mean, told.groups[0].sd) == (pytest.approx(0.75), pytest.approx(0.1 / math.sqrt(2)))


def test_runs_that_go_on_from_repetitions_are_repetitions(place: Home) -> None:
    sources = [made(place, replace(samples.EXPERIMENT, seed=seed)) for seed in (0, 1)]
    goes_on = [made(place, replace(samples.EXPERIMENT, source=EarlierRun(run=str(each)))) for each in sources]
    assert recipe_of(read_record(goes_on[0])) == recipe_of(read_record(goes_on[1]))


def test_a_run_of_an_earlier_version_is_grouped_by_its_experiment(place: Home) -> None:
    new, old = made(place, samples.EXPERIMENT), made(place, replace(samples.EXPERIMENT, seed=9))
    change(old, recipe="")
    assert [each.members for each in contrasted(place, new, old).groups] == [(0, 1)]


def test_a_run_without_history_has_empty_curves(place: Home) -> None:
    bare = made(place, samples.EXPERIMENT, epochs=0)
    assert contrasted(place, bare, made(place, samples.EXPERIMENT)).runs[0].lines.train_loss == ()


def test_a_run_that_was_deleted_is_said(place: Home) -> None:
    with pytest.raises(UserError, match="gone"):
        contrasted(place, made(place, samples.EXPERIMENT), place.runs / "gone")


def test_one_run_is_nothing_to_compare(place: Home) -> None:
    folder = made(place, samples.EXPERIMENT)
    with pytest.raises(UserError, match="nothing to compare"):
        contrasted(place, folder, folder)


def test_a_run_that_is_named_twice_stands_once(place: Home) -> None:
    first, second = made(place, samples.EXPERIMENT), made(place, samples.EXPERIMENT)
    told = contrasted(place, first, second, first)
    assert [run.folder for run in told.runs] == [str(first), str(second)]


def test_a_run_that_was_resumed_has_no_result_until_it_ends_again(place: Home) -> None:
    ended, resumed = made(place, samples.EXPERIMENT), made(place, samples.EXPERIMENT)
    change(resumed, state="interrupted")
    told = contrasted(place, ended, resumed)
    assert [run.accuracy for run in told.runs] == [0.7, None]
    assert told.groups[0].tested == 1


def test_comparing_stops_when_asked(place: Home) -> None:
    stop = StopToken()
    stop.stop()
    folders = [made(place, samples.EXPERIMENT) for _ in range(2)]
    with pytest.raises(Stopped):
        list(session.contrast(folders, stop, place))


# --- picture by picture ----------------------------------------------------------------------------------------------


def judged(folder: Path, said: Sequence[tuple[str, int, int]], classes: tuple[str, ...] = ("cat", "dog")) -> Judged:
    """What was said of pictures: digest, label, and what each was taken for, the later ones less surely."""
    logits = np.zeros((len(said), len(classes)), np.float32)
    for row, (_, _, taken) in enumerate(said):
        logits[row, taken] = 5.0 - 0.1 * row
    return Judged(
        run=str(folder),
        checkpoint="best",
        data=Bundled(name="emoji-noto"),
        part="test",
        classes=classes,
        names=tuple(f"{digest}.png" for digest, _, _ in said),
        digests=tuple(digest for digest, _, _ in said),
        indexes=pack(np.arange(len(said)) + 100),
        labels=pack(np.array([label for _, label, _ in said])),
        logits=pack(logits),
    )


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> dict[str, Judged | UserError]:
    """What evaluating each folder says."""
    answers: dict[str, Judged | UserError] = {}

    def evaluate(folder: Path, _data: None, _checkpoint: str, _stop: StopToken, _home: Home) -> Iterator[Event]:
        yield Progressed(activity="testing", done=1, total=2)
        answer = answers[folder.name]
        if isinstance(answer, UserError):
            raise answer
        yield answer

    monkeypatch.setattr(comparing, "evaluate", evaluate)
    return answers


def unreadable(*_asked: object) -> Iterator[Event]:
    """An evaluation of a run without weights; it loads no torch."""
    raise UserError("Its weights have gone.", "Run it again.")
    yield


def matched(place: Home) -> Matched:
    *_, told = session.match(Path("a"), Path("b"), StopToken(), place)
    assert isinstance(told, Matched)
    return told


A = [("p", 0, 0), ("q", 0, 0), ("r", 1, 0), ("s", 1, 0), ("t", 1, 1), ("u", 0, 1)]
B = [("u", 0, 0), ("s", 1, 1), ("r", 1, 1), ("t", 1, 0), ("p", 0, 0), ("q", 0, 0)]


def test_pictures_are_matched_by_what_they_are_and_told_by_side(place: Home, said: dict[str, Judged]) -> None:
    said.update(a=judged(Path("a"), A), b=judged(Path("b"), B))
    told = matched(place)
    assert (told.pictures, told.left_out) == (6, (0, 0))
    assert (told.test.both, told.test.only_first, told.test.only_second, told.test.neither) == (2, 1, 3, 0)
    assert told.test.p == pytest.approx(2 * 5 / 16)
    assert told.test.difference == pytest.approx(2 / 6)
    assert [each.picture.digest for each in told.gained] == ["u", "s", "r"], "the surest first"
    assert [(each.first, each.picture.predicted, each.picture.label) for each in told.lost] == [("dog", "cat", "dog")]
    assert told.lost[0].picture.index == 103
    assert told.gained[0].picture.confidence == pytest.approx(1 / (1 + math.exp(-5.0)), abs=1e-6)


def test_only_what_both_were_tested_on_counts(place: Home, said: dict[str, Judged]) -> None:
    said.update(a=judged(Path("a"), A[:4]), b=judged(Path("b"), B))
    told = matched(place)
    assert (told.pictures, told.left_out) == (4, (0, 2))


def test_a_picture_under_another_class_is_left_out(place: Home, said: dict[str, Judged]) -> None:
    corrected = [("p", 1, 0), *B[:2]]
    said.update(a=judged(Path("a"), A), b=judged(Path("b"), corrected))
    told = matched(place)
    assert (told.pictures, told.left_out) == (2, (4, 1))


def test_classes_are_matched_by_name_not_by_place(place: Home, said: dict[str, Judged]) -> None:
    turned = [(digest, 1 - label, 1 - taken) for digest, label, taken in A]
    said.update(a=judged(Path("a"), A), b=judged(Path("b"), turned, ("dog", "cat")))
    told = matched(place)
    assert told.pictures == 6
    assert told.gained == told.lost == ()


def test_pictures_of_the_same_content_are_told_apart_by_their_order(place: Home, said: dict[str, Judged]) -> None:
    said.update(a=judged(Path("a"), [("p", 0, 0), ("p", 0, 1)]), b=judged(Path("b"), [("p", 0, 0)]))
    told = matched(place)
    assert (told.pictures, told.left_out) == (1, (1, 0))


def test_runs_on_other_data_are_refused_with_the_reason(place: Home, said: dict[str, Judged]) -> None:
    said.update(a=judged(Path("a"), A), b=judged(Path("b"), [("x", 0, 0)]))
    with pytest.raises(UserError, match="share no test picture"):
        matched(place)


def test_a_pair_that_cannot_be_matched_does_not_keep_the_others_from_it(
    place: Home, said: dict[str, Judged | UserError]
) -> None:
    folders = [made(place, replace(samples.EXPERIMENT, name=name)) for name in "abc"]
    said[folders[0].name] = judged(folders[0], A)
    said[folders[1].name] = UserError("Its checkpoint is damaged.", "Run it again.")
    said[folders[2].name] = judged(folders[2], B)
    told = [each for each in session.compare(folders, StopToken(), place) if not isinstance(each, Progressed)]
    assert [type(each) for each in told] == [Contrasted, Unmatched, Matched]
    assert isinstance(told[1], Unmatched)
    assert (told[1].second, told[1].reason) == (str(folders[1]), "Its checkpoint is damaged.")


def test_two_real_runs_are_matched_on_their_test_pictures(place: Home) -> None:
    first, second = run(tiny(), place), run(tiny(seed=1, name="again"), place)
    *_, told = session.compare([first, second], StopToken(), place)
    assert isinstance(told, Matched)
    records = [read_record(folder) for folder in (first, second)]
    results = [record.result for record in records if record.result is not None]
    right = [told.test.both + told.test.only_first, told.test.both + told.test.only_second]
    assert told.left_out == (0, 0), "the emoji come with their split"
    wanted = [round((each.target_accuracy or 0) * (each.target_tested or 0)) for each in results]
    assert right == wanted
    assert recipe_of(records[0]) == recipe_of(records[1])
