"""What a tuning tries: seeded, told anew from the history, behind let go of; and real runs, killed and gone on with."""

import math
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import msgspec
import pytest

from kt_gui import session
from kt_gui.schema.choices import Everything, LastBlocks
from kt_gui.schema.codec import decode_event, dump_study, encode_event
from kt_gui.schema.events import Event
from kt_gui.schema.experiment import Target
from kt_gui.schema.stop import StopToken
from kt_gui.schema.studies import Numbers, Trial
from kt_gui.schema.study_events import StudyEnded, StudyForeseen, StudyStarted, TrialEnded
from kt_gui.schema.tuning import Freezings, LearningRates, Nothing, Strengths, Tuning, TuningVerdict
from kt_gui.session.tuning import Search
from kt_gui.store import runs, studies
from kt_gui.store.folders import Home
from kt_gui.store.studies import SEARCH, Studies
from kt_gui.studies import tuning
from tests.session.test_studying import asked, ended, short, table, told, trials

__all__ = ["table"]  # a fixture
RATES = LearningRates(low=0.001, high=1.0)
BOTH = Tuning(first=RATES, second=Freezings(last=1), tries=12)
SMALL = Tuning(first=LearningRates(low=0.001, high=0.1), second=Freezings(last=1), tries=5, folds=2)
BEST = math.log10(0.05)


def loss(trial: Trial) -> float:
    """Best at a learning rate of 0.05 with the last block; folds differ, and chance has a say."""
    rate, freezing = (each.value for each in trial.settings or ())
    assert isinstance(rate, float)
    worse = 0.0 if freezing == LastBlocks() else 0.3
    return 0.3 + (math.log10(rate) - BEST) ** 2 + worse + 0.1 * (trial.fold or 0) + Random(trial.key).gauss(0, 0.01)


class Simulated:
    """A tuning whose trials take no time; it may be broken off and begun anew with what it knows."""

    def __init__(self, question: Tuning, folder: Path, measure: Callable[[Trial], float | None] = loss) -> None:
        self.study, self.folder, self.measure = asked(question), folder, measure
        self.trials = tuning.plan(self.study.experiment, question, question.folds)
        self.results: dict[str, Numbers] = {}
        self.pruned: list[str] = []

    def work(self, most: int = 1000) -> "Simulated":
        """Take so many trials, after a new start."""
        search = Search(self.study, self.folder)
        left = [trial for trial in self.trials if trial.role == "cell" and trial.key not in self.results]
        for planned in left[:most]:
            self.trials = search.settled(self.trials, self.results, planned)
            trial = next(each for each in self.trials if each.key == planned.key)
            if search.is_hopeless(self.trials, self.results, trial):
                self.pruned.append(trial.key)
            elif (found := self.measure(trial)) is not None:
                self.results[trial.key] = Numbers(pictures=1, losses=(found,), accuracies=(0.5,), steps_per_epoch=1)
        return self

    @property
    def verdict(self) -> TuningVerdict:
        question = self.study.study
        assert isinstance(question, Tuning)
        return tuning.verdict(self.study.experiment, question, self.trials, self.results, 30)


def test_the_same_study_asks_for_the_same_tries_and_another_seed_for_others(tmp_path: Path) -> None:
    one, two = (Simulated(BOTH, _folder(tmp_path, name)).work() for name in ("one", "two"))
    assert one.verdict == two.verdict
    assert len({each.settings for each in one.verdict.tries}) == 12
    other = Simulated(BOTH, _folder(tmp_path, "other"))
    other.study = msgspec.structs.replace(other.study, experiment=short(seed=1))
    first, second = one.verdict.tries, other.work().verdict.tries
    assert first[0].settings == second[0].settings  # the experiment's own
    assert first[1].settings != second[1].settings


def _folder(above: Path, name: str) -> Path:
    (above / name).mkdir()
    return above / name


@pytest.mark.parametrize("stops", [1, 7, 20])
def test_a_tuning_that_is_broken_off_goes_on_to_the_tries_it_would_have_had(tmp_path: Path, stops: int) -> None:
    whole = Simulated(BOTH, _folder(tmp_path, "whole")).work()
    broken = Simulated(BOTH, _folder(tmp_path, "broken")).work(stops)
    (broken.folder / SEARCH).write_bytes((broken.folder / SEARCH).read_bytes()[:-20])  # torn
    (broken.folder / f"{SEARCH}.lock").touch()
    assert broken.work().verdict == whole.verdict
    assert set(broken.pruned) == set(whole.pruned)


@pytest.mark.parametrize("second", [Freezings(last=1), Nothing()])
@pytest.mark.parametrize("stops", [16, 30, 40])
def test_what_follows_from_what_was_found_does_so_after_a_stop_too(
    tmp_path: Path, stops: int, second: Freezings | Nothing
) -> None:
    first = RATES if isinstance(second, Freezings) else Strengths(low=0.01, high=1.0)
    question = Tuning(first=first, second=second, tries=24, folds=2)

    def measure(trial: Trial) -> float:
        rate, *others = (each.value for each in trial.settings or ())
        assert isinstance(rate, float)
        return 0.5 + abs(rate - 0.1) + 0.1 * (LastBlocks() in others)

    whole = Simulated(question, _folder(tmp_path, "whole"), measure).work()
    broken = Simulated(question, _folder(tmp_path, "broken"), measure).work(stops).work()
    assert [each.settings for each in broken.verdict.tries] == [each.settings for each in whole.verdict.tries]


def test_later_tries_follow_from_what_was_found(tmp_path: Path) -> None:
    question = msgspec.structs.replace(BOTH, tries=40, folds=2)
    found = Simulated(question, tmp_path).work().verdict
    means = [each.mean or 0.0 for each in found.tries]
    assert sum(means[8:]) / 32 < 0.75 * sum(means[:8]) / 8
    assert found.chosen is not None
    rate, freezing = (each.value for each in found.tries[found.chosen].settings)
    assert 0.03 < rate < 0.08  # type: ignore[operator]
    assert freezing == LastBlocks()


def test_only_what_is_behind_on_three_folds_is_let_go_of_and_the_best_never(tmp_path: Path) -> None:
    simulated = Simulated(msgspec.structs.replace(BOTH, tries=24), tmp_path).work()
    assert simulated.pruned
    found = simulated.verdict
    for each in found.tries:
        run = sum(fold is not None for fold in each.losses)
        assert run in (3, 4, 5)
        if run < 5:
            earlier = [
                other for other in found.tries if other.is_complete and (other.number - 1) // 4 < (each.number - 1) // 4
            ]
            leader = min(earlier, key=lambda other: other.mean or 0.0)
            assert all((mine or 0) > (best or 0) for mine, best in zip(each.losses[:3], leader.losses[:3], strict=True))
    assert all(each.is_complete for each in found.tries[:4])  # nothing was there to be behind of
    unpruned = Simulated(msgspec.structs.replace(BOTH, tries=24, prune=False), _folder(tmp_path, "whole")).work()
    assert not unpruned.pruned
    assert all(each.is_complete for each in unpruned.verdict.tries)


def test_the_full_grid_is_run_whole_whatever_is_behind(tmp_path: Path) -> None:
    grid = msgspec.structs.replace(BOTH, full_grid=True, values=3)
    simulated = Simulated(grid, tmp_path).work()
    assert not simulated.pruned
    assert len(simulated.results) == 9 * 5


def test_a_fold_that_failed_ends_its_try_and_is_no_answer(tmp_path: Path) -> None:
    simulated = Simulated(BOTH, tmp_path, lambda trial: None if trial.number == 1 else loss(trial)).work()
    assert [key for key in simulated.pruned if key.startswith("try 1 ")] == [
        f"try 1 fold {fold}" for fold in (2, 3, 4, 5)
    ]
    assert simulated.verdict.tries[0].mean is None
    assert simulated.verdict.chosen not in (None, 0)


def test_one_setting_that_has_a_zero_is_searched_there_too(tmp_path: Path) -> None:
    question = Tuning(first=Strengths(low=0.01, high=1.0), second=Nothing(), tries=16, folds=2)
    simulated = Simulated(question, tmp_path, lambda trial: 0.5 + 0.1 * (trial.settings or ())[0].value)  # type: ignore[operator]
    values = [each.settings[0].value for each in simulated.work().verdict.tries]
    assert 0.0 in values
    assert all(value == 0 or 0.01 <= value <= 1.0 for value in values)  # type: ignore[operator]


# --- real runs -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Event], Home]:
    """One tuning, on one thread."""
    import torch

    torch.set_num_threads(1)
    home = Home.under(tmp_path_factory.mktemp("tuned"))
    return told(session.study(asked(SMALL), StopToken(), home)), home


def verdict(events: list[Event]) -> TuningVerdict:
    found = ended(events).verdict
    assert isinstance(found, TuningVerdict)
    return found


def test_a_tuning_ends_with_its_verdict_and_a_refit_of_what_was_chosen(tuned: tuple[list[Event], Home]) -> None:
    events, _ = tuned
    found = verdict(events)
    assert [each.number for each in found.tries] == [1, 2, 3, 4, 5]
    assert found.chosen is not None
    own = (each.value for each in found.tries[0].settings)
    assert list(own) == [0.01, Everything()]
    refit = runs.read_experiment(Path(trials(events)["refit"].run))
    rate, freezing = (each.value for each in found.tries[found.chosen].settings)
    assert (refit.training.optimiser.learning_rate, refit.transfer.freezing) == (rate, freezing)
    assert refit.training.epochs == found.epochs
    assert [each.trial for each in trials(events).values() if each.trial.settings is None] == [
        trials(events)["refit"].trial
    ]
    tested = {key: each.numbers.accuracy for key, each in trials(events).items() if each.numbers}
    assert tested.pop("refit") is not None
    assert set(tested.values()) == {None}


def test_every_try_runs_on_the_same_folds_with_its_settings(tuned: tuple[list[Event], Home]) -> None:
    from kt_gui.store import environment

    events, _ = tuned
    for fold in (1, 2):
        ended = [trials(events)[f"try {number} fold {fold}"] for number in range(1, 6)]
        deals = [environment.read_deal(Path(each.run), "target") for each in ended]
        assert all(deal == deals[0] for deal in deals)
        for each in ended:
            run = runs.read_experiment(Path(each.run))
            assert [run.training.optimiser.learning_rate, run.transfer.freezing] == [
                setting.value for setting in each.trial.settings or ()
            ]


def test_its_verdict_and_its_events_come_back_from_their_lines(tuned: tuple[list[Event], Home]) -> None:
    events, home = tuned
    study_events = [each for each in events if isinstance(each, StudyStarted | TrialEnded | StudyEnded)]
    assert [decode_event(encode_event(each)) for each in study_events] == study_events
    assert Studies(home).list()[0].verdict == verdict(events)


def test_permuting_the_labels_of_the_test_changes_no_choice_of_a_tuning(
    place: Home, table: Callable[[int], Target]
) -> None:
    question = Tuning(first=LearningRates(low=0.001, high=0.1), second=Nothing(), tries=3, folds=2)
    found = []
    for seed in (0, 1):
        experiment = short(target=Target(data=table(seed)))  # type: ignore[arg-type]
        found.append(verdict(told(session.study(asked(question, experiment), StopToken(), place))))
    assert found[0] == found[1]
    assert found[0].chosen is not None


def test_a_tuning_that_is_killed_goes_on_without_repeating_a_finished_trial(
    place: Home, tuned: tuple[list[Event], Home], tmp_path: Path
) -> None:
    file = tmp_path / "study.toml"
    file.write_text(dump_study(asked(SMALL)))
    script = (
        "import sys; sys.argv = ['kt', 'study', sys.argv[1], '--json']\n"
        "import kt_gui.engine.trainer as t; t.REPORT_S = 0.0\n"
        "import torch; torch.set_num_threads(1)\n"
        "from kt_gui.__main__ import terminal\nterminal()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(file)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    _kill_after(process, process.stdout, 9)  # in the second wave
    (record,) = Studies(place).list()
    before = [each for each in studies.runs_of(record.folder, place).list() if each.state == "finished"]
    events = told(session.resume_study(record.folder, StopToken(), place))
    assert len(before) == 9
    assert list(trials(events)) == ["try 5 fold 2", "refit"]
    assert verdict(events) == verdict(tuned[0])


def _kill_after(process: "subprocess.Popen[str]", lines: Iterator[str], ended: int) -> None:
    for line in lines:
        ended -= '"trial_ended"' in line
        if not ended and '"step_ended"' in line:
            process.send_signal(signal.SIGKILL)
            break
    process.stdout.close()  # type: ignore[union-attr]
    assert process.wait() == -signal.SIGKILL


def test_before_it_starts_it_says_how_many_runs_and_how_long(place: Home) -> None:
    foreseen = told(session.foresee_study(asked(SMALL), StopToken(), place))[-1]
    assert isinstance(foreseen, StudyForeseen)
    assert foreseen.runs == len(foreseen.trials) == 11
    assert 0 < foreseen.seconds_low < foreseen.seconds_high


def test_optunas_journal_in_the_studys_folder_says_how_all_tries_ended(tuned: tuple[list[Event], Home]) -> None:
    import optuna

    found, folder = verdict(tuned[0]), Path(ended(tuned[0]).folder)
    backend = optuna.storages.journal.JournalFileBackend(str(folder / SEARCH))
    kept = optuna.load_study(study_name=folder.name, storage=optuna.storages.JournalStorage(backend)).trials
    assert [trial.value for trial in kept] == [each.mean for each in found.tries]
    assert [trial.state.name for trial in kept] == ["COMPLETE"] * 5
    assert [list(trial.intermediate_values) for trial in kept] == [[0, 1]] * 5
