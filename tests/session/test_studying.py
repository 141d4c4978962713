"""Studies with real runs behind: folds, sources, verdicts, failing trials, stopping and crashes."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from kt_gui import session
from kt_gui.schema.choices import SGD, Features
from kt_gui.schema.codec import dump_study
from kt_gui.schema.datasets import ImageFolder, ImageTable
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event, FeaturesKept, PhaseStarted, RunStarted, StepEnded
from kt_gui.schema.experiment import Experiment, Scratch, Target
from kt_gui.schema.stop import StopToken
from kt_gui.schema.studies import LambdaSearch, Question, Study, TransferGain
from kt_gui.schema.study_answers import GainVerdict, LambdaVerdict
from kt_gui.schema.study_events import StudyEnded, StudyForeseen, StudyStarted, TrialEnded, TrialStarted
from kt_gui.session.trials import numbers
from kt_gui.store import environment, history, runs, studies
from kt_gui.store.folders import Home
from kt_gui.store.studies import Studies
from tests.engine.picture_sets import noise, write_tree
from tests.session.conftest import tiny

SEARCH = LambdaSearch(strengths=(0.0, 10.0), frozen_end=False, folds=2, prune=False)


def short(**changes: object) -> Experiment:
    """Two epochs of fine-tuning."""
    base = tiny(**changes)
    return msgspec.structs.replace(base, training=msgspec.structs.replace(base.training, epochs=2))


def asked(question: Question = SEARCH, experiment: Experiment | None = None) -> Study:
    return Study(name="small", study=question, experiment=experiment or short())


def told(events: Iterator[Event]) -> list[Event]:
    return list(events)


def ended(events: list[Event]) -> StudyEnded:
    last = events[-1]
    assert isinstance(last, StudyEnded)
    return last


def trials(events: list[Event]) -> dict[str, TrialEnded]:
    return {event.trial.key: event for event in events if isinstance(event, TrialEnded)}


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Event], Home]:
    """One λ search, looked at by several tests; on one thread, as all of them are."""
    import torch

    torch.set_num_threads(1)
    home = Home.under(tmp_path_factory.mktemp("searched"))
    return told(session.study(asked(), StopToken(), home)), home


# --- a λ search ------------------------------------------------------------------------------------------------------


def test_a_study_tells_what_it_plans_what_each_trial_found_and_its_verdict(
    searched: tuple[list[Event], Home],
) -> None:
    events, _ = searched
    started = next(event for event in events if isinstance(event, StudyStarted))
    assert [trial.key for trial in started.trials] == list(trials(events))
    assert all(event.state == "finished" for event in trials(events).values())
    assert (ended(events).ended, ended(events).failed) == ("finished", 0)
    assert isinstance(ended(events).verdict, LambdaVerdict)


def test_every_trial_is_a_run_of_its_own_in_the_studys_folder(searched: tuple[list[Event], Home]) -> None:
    events, home = searched
    folder = Path(ended(events).folder)
    listed = studies.runs_of(folder, home).list()
    assert {str(record.folder) for record in listed} == {event.run for event in trials(events).values()}
    assert all(record.state == "finished" and f"study {ended(events).study}" in record.tags for record in listed)
    assert not runs.Runs(home).list()


def test_folds_are_the_same_for_every_value_and_are_made_of_what_is_learnt_from_alone(
    searched: tuple[list[Event], Home],
) -> None:
    found = {key: environment.read_deal(Path(event.run), "target") for key, event in trials(searched[0]).items()}
    whole, folds = found["refit"], [found["0 fold 1"], found["0 fold 2"]]
    assert whole is not None
    for number, fold in enumerate(folds):
        assert fold is not None
        assert fold == found[f"10 fold {number + 1}"]
        assert sorted([*fold.indexes["train"], *fold.indexes["validation"]]) == whole.indexes["train"]
        assert not fold.test
    judged = [index for fold in folds if fold for index in fold.indexes["validation"]]
    assert sorted(judged) == whole.indexes["train"]


def test_no_fold_looks_at_the_test_and_the_refit_does(searched: tuple[list[Event], Home]) -> None:
    tested = {key: event.numbers and event.numbers.accuracy for key, event in trials(searched[0]).items()}
    assert tested.pop("refit") is not None
    assert set(tested.values()) == {None}


def test_the_source_is_learnt_once(searched: tuple[list[Event], Home]) -> None:
    begun = [event.phase for event in searched[0] if isinstance(event, PhaseStarted)]
    assert begun.count("pretraining") == 1
    assert begun.count("finetuning") == 5


def test_the_verdict_is_what_the_histories_of_the_runs_say(searched: tuple[list[Event], Home]) -> None:
    events, _ = searched
    found = ended(events).verdict
    assert isinstance(found, LambdaVerdict)
    for point, name in zip(found.points, ("0", "10"), strict=True):
        told = [Path(trials(events)[f"{name} fold {fold}"].run) for fold in (1, 2)]
        losses = np.array([[e.validation_loss for e in history.read_epochs(run, "finetuning")] for run in told], float)
        epoch = int(losses.mean(0).argmin())
        assert (point.epoch, point.losses) == (epoch, tuple(losses[:, epoch].tolist()))
        assert point.mean == pytest.approx(losses[:, epoch].mean())
        assert point.error == pytest.approx(losses[:, epoch].std(ddof=1) / np.sqrt(2))
    assert found.pictures == 15


def test_the_refit_uses_what_was_chosen_for_as_many_steps(searched: tuple[list[Event], Home]) -> None:
    events, _ = searched
    found = ended(events).verdict
    assert isinstance(found, LambdaVerdict)
    refit = runs.read_experiment(Path(trials(events)["refit"].run))
    assert refit.transfer.strength == found.value
    assert refit.training.epochs == found.epochs


def test_weights_of_folds_are_not_kept_but_for_those_that_others_start_from(
    searched: tuple[list[Event], Home],
) -> None:
    kept = {key for key, event in trials(searched[0]).items() if (Path(event.run) / "checkpoints").is_dir()}
    assert kept == {"0 fold 1", "refit"}


def test_a_finished_study_is_listed_with_its_answer_and_is_not_begun_again(searched: tuple[list[Event], Home]) -> None:
    events, home = searched
    (record,) = Studies(home).list()
    assert (record.state, record.kind, record.verdict) == ("finished", "lambda", ended(events).verdict)
    assert Studies(home).find("small") == Studies(home).find(record.id) == record
    with pytest.raises(UserError, match="finished already"):
        next(session.resume_study(record.folder, StopToken(), home))
    with pytest.raises(UserError, match="no study"):
        Studies(home).find("other")


def test_a_study_that_was_moved_is_read_where_it_lies(searched: tuple[list[Event], Home], tmp_path: Path) -> None:
    folder = Path(ended(searched[0]).folder)
    (tmp_path / "moved").symlink_to(folder)
    assert Studies(Home.under(tmp_path)).find(str(tmp_path / "moved")).state == "finished"


# --- its choice does not know the test -------------------------------------------------------------------------------


@pytest.fixture
def table(tmp_path: Path) -> Callable[[int], ImageTable]:
    """Write 24 pictures of two classes, twelve of them for the test; the test's labels by a seed."""
    for index in range(24):
        noise(index, 16, 16).point(lambda value, shift=40 * (index % 2): min(255, value + shift)).save(
            tmp_path / f"{index}.png"
        )

    def write(seed: int) -> ImageTable:
        labels = [index % 2 for index in range(24)]
        labels[12:] = np.random.default_rng(seed).permutation(labels[12:]).tolist()
        rows = [f"{i}.png,{'ab'[label]},{'train' if i < 12 else 'test'}" for i, label in enumerate(labels)]
        path = tmp_path / f"{seed}.csv"
        path.write_text("\n".join(["path,label,split", *rows]))
        return ImageTable(path=str(path), split_column="split")

    return write


def test_permuting_the_labels_of_the_test_changes_no_choice(place: Home, table: Callable[[int], ImageTable]) -> None:
    verdicts, accuracies = [], set()
    experiment = short(transfer=tiny().transfer)
    for seed in (0, 1):
        target = Target(data=table(seed))
        events = told(
            session.study(asked(experiment=msgspec.structs.replace(experiment, target=target)), StopToken(), place)
        )
        verdicts.append(ended(events).verdict)
        accuracies.add(trials(events)["refit"].numbers)
    assert verdicts[0] == verdicts[1]
    assert isinstance(verdicts[0], LambdaVerdict)
    assert verdicts[0].chosen is not None
    assert len({found.accuracy for found in accuracies if found}) == 2  # of the test only the refit's figure is made


# --- frozen blocks ---------------------------------------------------------------------------------------------------


def frozen(**training: object) -> Experiment:
    base = short()
    return msgspec.structs.replace(
        base,
        transfer=msgspec.structs.replace(base.transfer, freezing=Features()),
        training=msgspec.structs.replace(base.training, **training),
    )


def test_what_frozen_blocks_compute_is_computed_once_for_all_folds_and_values(place: Home) -> None:
    experiment = frozen(label_smoothing=0.1)  # not to be solved
    events = told(session.study(asked(experiment=experiment), StopToken(), place))
    kept = [event for event in events if isinstance(event, FeaturesKept)]
    looks = kept[0].looks
    assert sum(event.computed for event in kept[:-1]) == 15 * (looks + 1)  # each picture as it is, and each look
    assert [event.computed for event in kept[:4]] == [kept[0].computed, 0, kept[2].computed, 0]
    computed, found = (
        history.read_features(Path(trials(events)[key].run), "finetuning")[0] for key in ("0 fold 1", "10 fold 1")
    )
    assert found == kept[1].earlier_s
    assert 0.0 < found <= computed, "each pays for its own, whoever came first"


def test_where_only_a_head_learns_all_folds_and_values_are_solved_at_once(place: Home) -> None:
    events = told(session.study(asked(experiment=frozen()), StopToken(), place))
    found = ended(events).verdict
    assert isinstance(found, LambdaVerdict)
    assert found.field == "transfer.beta"
    assert found.epochs is None
    assert sum(isinstance(event, RunStarted) for event in events) == 2  # the source, and the refit
    assert all(len(point.losses) == 2 and None not in point.losses for point in found.points)
    refit = runs.read_experiment(Path(trials(events)["refit"].run))
    assert refit.transfer.beta == found.value


def test_where_heads_are_solved_every_value_is_judged_though_others_would_be_let_go_of(place: Home) -> None:
    search = LambdaSearch(strengths=(0.0, 0.0001, 0.001, 10.0), folds=2)
    events = told(session.study(asked(search, frozen()), StopToken(), place))
    assert {event.state for event in trials(events).values()} == {"finished"}
    found = ended(events).verdict
    assert isinstance(found, LambdaVerdict)
    assert len(found.points) == 4
    assert all(point.is_complete for point in found.points)


# --- transfer gain ---------------------------------------------------------------------------------------------------


def test_a_gain_study_pairs_runs_of_one_split_and_one_order(place: Home) -> None:
    events = told(session.study(asked(TransferGain(seeds=2)), StopToken(), place))
    found = ended(events).verdict
    assert isinstance(found, GainVerdict)
    deals = {key: environment.recorded(Path(event.run)).splits["target"] for key, event in trials(events).items()}
    assert deals["transfer seed 0"] == deals["features seed 0"] == deals["scratch seed 0"] != deals["scratch seed 1"]
    scratch = runs.read_experiment(Path(trials(events)["scratch seed 0"].run))
    assert scratch.source == Scratch(network="small_cnn")
    assert scratch.training.image_size == 16
    accuracies = {key: event.numbers.accuracy for key, event in trials(events).items() if event.numbers}
    differences = [(accuracies[f"transfer seed {s}"] or 0) - (accuracies[f"scratch seed {s}"] or 0) for s in (0, 1)]
    assert found.gains[0].mean == pytest.approx(sum(differences) / 2)
    assert len(found.scores[0].curve) == 2


# --- what goes wrong -------------------------------------------------------------------------------------------------


def test_a_trial_that_fails_is_told_and_does_not_end_the_study(place: Home) -> None:
    base = short()
    wild = msgspec.structs.replace(base.training, optimiser=SGD(learning_rate=0.1, momentum=0.9), epochs=16)
    search = LambdaSearch(strengths=(0.0, 1000.0), frozen_end=False, folds=2, prune=False)  # λ · rate = 100 diverges
    events = told(session.study(asked(search, msgspec.structs.replace(base, training=wild)), StopToken(), place))
    found = ended(events).verdict
    assert {key: event.state for key, event in trials(events).items()} == {
        "0 fold 1": "finished",
        "1000 fold 1": "failed",
        "0 fold 2": "finished",
        "1000 fold 2": "failed",
        "refit": "finished",
    }
    assert trials(events)["1000 fold 1"].reason
    assert isinstance(found, LambdaVerdict)
    assert (found.value, found.points[1].mean, ended(events).failed) == (0.0, None, 2)


def test_a_class_with_one_picture_cannot_be_folded(place: Home) -> None:
    base = short()
    few = msgspec.structs.replace(base, target=msgspec.structs.replace(base.target, per_class=1))
    with pytest.raises(UserError, match="fewer than two"):
        told(session.study(asked(experiment=few), StopToken(), place))
    assert not Studies(place).list()  # it never began


def test_what_keeps_a_run_from_learning_keeps_a_search_from_it(place: Home, tmp_path: Path) -> None:
    write_tree(tmp_path / "one", {"only": 12})
    data = ImageFolder(path=str(tmp_path / "one"))
    with pytest.raises(UserError, match="only one class"):
        told(session.study(asked(experiment=short(target=Target(data=data))), StopToken(), place))
    assert not Studies(place).list()


def test_pictures_that_changed_since_a_study_began_are_refused(place: Home, table: Callable[[int], ImageTable]) -> None:
    study = asked(experiment=short(target=Target(data=table(0))))
    events = session.study(study, StopToken(), place)
    started = next(event for event in events if isinstance(event, StudyStarted))
    events.close()
    noise(99, 16, 16).save(Path(study.experiment.target.data.path).parent / "0.png")  # type: ignore[union-attr]
    with pytest.raises(UserError, match="not those the study began with"):
        told(session.resume_study(Path(started.folder), StopToken(), place))


# --- stopping and going on -------------------------------------------------------------------------------------------


def halted(place: Home, verb: str) -> tuple[list[Event], Path]:
    """Ask to stop in the second trial's fine-tuning."""
    token, events, begun = StopToken(), list[Event](), 0
    for event in session.study(asked(), token, place):
        events.append(event)
        begun += isinstance(event, TrialStarted)
        if begun == 2 and isinstance(event, PhaseStarted):
            token.stop(verb)  # type: ignore[arg-type]
    return events, Path(next(event for event in events if isinstance(event, StudyStarted)).folder)


def test_a_stopped_study_goes_on_to_the_verdict_it_would_have_had(
    place: Home, searched: tuple[list[Event], Home]
) -> None:
    events, folder = halted(place, "keep")
    assert ended(events).ended == "stopped"
    assert {key: event.state for key, event in trials(events).items()} == {
        "0 fold 1": "finished",
        "10 fold 1": "stopped",
    }
    assert Studies(place).find(str(folder)).state == "stopped"
    assert (Path(trials(events)["10 fold 1"].run) / "checkpoints").is_dir()
    began_earlier(folder, 1000.0)
    with (folder / history.FILE).open("ab") as file:
        file.write(b'{"type":"trial_ended","tri')  # as a crash or a full disk leaves it
    rest = told(session.resume_study(folder, StopToken(), place))
    assert list(history.read(folder))[-1] == ended(rest)  # what follows can be read
    assert "0 fold 1" not in trials(rest)
    assert trials(rest)["10 fold 1"].run == trials(events)["10 fold 1"].run  # gone on with, not begun anew
    assert ended(rest).verdict == ended(searched[0]).verdict
    assert 1000.0 + ended(events).seconds < ended(rest).seconds < 1300.0, "of both starts, not of what lies between"


def began_earlier(folder: Path, seconds: float) -> None:
    """Let a study have begun earlier than it did; since then nobody has looked at it for a year."""
    known, year = list(history.read(folder)), 365 * 86_400.0
    (folder / history.FILE).unlink()
    kept = history.History(folder)
    for event in known:
        shift = year + (seconds if isinstance(event, StudyStarted) else 0.0)
        kept.append(msgspec.structs.replace(event, at=event.at - shift))
    kept.close()


def test_a_study_that_is_thrown_away_leaves_nothing(place: Home) -> None:
    events, folder = halted(place, "discard")
    assert ended(events).ended == "cancelled"
    assert not folder.exists()


def test_a_study_that_is_killed_by_the_system_goes_on_without_repeating_a_finished_trial(
    place: Home, searched: tuple[list[Event], Home], tmp_path: Path
) -> None:
    file = tmp_path / "study.toml"
    file.write_text(dump_study(asked()))
    script = (
        "import sys; sys.argv = ['kt', 'study', sys.argv[1], '--json']\n"
        "import kt_gui.engine.trainer as t; t.REPORT_S = 0.0\n"
        "import torch; torch.set_num_threads(1)\n"
        "from kt_gui.__main__ import terminal\nterminal()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(file)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    done = 0
    for line in process.stdout:
        done += '"trial_ended"' in line
        if done == 2 and '"step_ended"' in line:
            os.kill(process.pid, signal.SIGKILL)
            break
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL
    (record,) = Studies(place).list()
    assert record.state == "interrupted"
    before = {each.id: each.state for each in studies.runs_of(record.folder, place).list()}
    events = told(session.resume_study(record.folder, StopToken(), place))
    assert list(before.values()).count("finished") == 2
    assert list(trials(events)) == ["0 fold 2", "10 fold 2", "refit"]
    assert Path(trials(events)["0 fold 2"].run).name.rpartition("-")[2] in before
    assert ended(events).verdict == ended(searched[0]).verdict


def test_two_cannot_work_on_one_study(place: Home) -> None:
    events = session.study(asked(), StopToken(), place)
    started = next(event for event in events if isinstance(event, StudyStarted))
    with pytest.raises(UserError, match="study is at work"):
        told(session.resume_study(Path(started.folder), StopToken(), place))
    assert Studies(place).find("small").state == "running"
    events.close()


# --- before it starts ------------------------------------------------------------------------------------------------


def test_before_a_study_starts_it_says_how_many_runs_and_how_long(place: Home) -> None:
    foreseen = told(session.foresee_study(asked(), StopToken(), place))[-1]
    assert isinstance(foreseen, StudyForeseen)
    assert foreseen.runs == len(foreseen.trials) == 5
    assert 0 < foreseen.seconds_low < foreseen.seconds_high
    assert not Studies(place).list()


def test_numbers_are_read_from_a_run_that_never_came_to_its_fine_tuning(place: Home) -> None:
    events = session.run(short(), StopToken(), place)
    folder = next(Path(event.folder) for event in events if isinstance(event, RunStarted))
    assert any(isinstance(event, StepEnded) for event in events)
    events.close()
    found = numbers(folder)
    assert (found.losses, found.accuracy, found.pictures) == ((), None, 0)
