"""Several trials at once: what waits for what, and that all comes to the same as one after the other."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from kt_gui import session
from kt_gui.schema.choices import Features
from kt_gui.schema.codec import decode_event, encode_event
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import EpochEnded, Event, PhaseStarted, RunStarted, StepEnded
from kt_gui.schema.stop import StopToken
from kt_gui.schema.studies import FreezingLadder, LambdaSearch, Numbers, Question, TransferGain
from kt_gui.schema.study_events import StudyEnded, StudyEvent, TrialEnded, TrialStarted, TrialTold
from kt_gui.session.crews import Crew, Engage, Said, alone, work
from kt_gui.store import history, studies
from kt_gui.store.folders import Home
from kt_gui.studies import planning
from tests.session.test_studying import asked, ended, short, trials


@pytest.fixture(autouse=True)
def single(monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread a run: here runs that take turns share a process, and would change each other's number."""
    monkeypatch.setenv("KT_THREADS", "1")


@dataclass
class Turns:
    """Runs at once that take turns, event by event; how many there were, at most."""

    capacity: int
    stop: StopToken
    home: Home
    runs: dict[str, Iterator[object]] = field(default_factory=dict)
    most: int = 0

    def begin(self, key: str, run: Path) -> None:
        self.runs[key] = work(run, self.stop, self.home)
        self.most = max(self.most, len(self.runs))

    def listen(self) -> Generator[Said, None, None]:
        while self.runs:
            for key, told in tuple(self.runs.items()):
                word = next(told)
                if not isinstance(word, Event):
                    del self.runs[key]
                yield key, word  # type: ignore[misc]


def in_turns(capacity: int, made: list[Turns]) -> Engage:
    @contextmanager
    def engage(_study: Path, stop: StopToken, home: Home) -> Iterator[Crew]:
        made.append(Turns(capacity, stop, home))
        yield made[-1]

    return engage


def lasting(found: Numbers | None) -> Numbers | None:
    """What of numbers does not depend on the clock and the process."""
    return found and msgspec.structs.replace(
        found, seconds=0, seconds_per_epoch=None, times=(), source_seconds=None, memory=0
    )


def outcome(events: list[Event]) -> tuple[object, ...]:
    """What a study has found out: of each trial, and in all."""
    found = {key: (event.state, lasting(event.numbers)) for key, event in sorted(trials(events).items())}
    verdict = ended(events).verdict
    return found, verdict


SEARCH = LambdaSearch(strengths=(0.0, 0.01, 10.0), folds=2)


@pytest.mark.parametrize("question", [SEARCH, FreezingLadder(blocks=(0, 1), seeds=2)])
def test_several_at_once_find_out_what_one_after_the_other_does(question: Question, tmp_path: Path) -> None:
    made: list[Turns] = []
    first, second = Home.under(tmp_path / "one"), Home.under(tmp_path / "three")
    alone_told = list(session.study(asked(question), StopToken(), first))
    told = list(session.study(asked(question), StopToken(), second, in_turns(3, made)))
    assert made[0].most == 3
    if isinstance(question, FreezingLadder):  # its rungs hold seconds and memory
        assert outcome(told)[0] == outcome(alone_told)[0]
    else:
        assert outcome(told) == outcome(alone_told)
        assert [each.state for each in trials(told).values()].count("pruned") == 1


def test_what_runs_at_once_tell_bears_the_name_of_their_trial_and_stays_out_of_the_studys_history(place: Home) -> None:
    events = list(session.study(asked(), StopToken(), place, in_turns(2, [])))
    assert not any(isinstance(event, StepEnded | EpochEnded) for event in events)
    begun = {event.trial for event in events if isinstance(event, TrialTold) and isinstance(event.told, RunStarted)}
    assert begun == set(trials(events))
    some = next(event for event in events if isinstance(event, TrialTold))
    assert decode_event(encode_event(some)) == some
    kept = list(history.read(Path(ended(events).folder)))
    assert kept
    assert all(isinstance(event, StudyEvent) for event in kept)


def test_a_source_is_learnt_once_though_all_trials_want_it(place: Home) -> None:
    events = list(session.study(asked(), StopToken(), place, in_turns(4, [])))
    told = [event.told for event in events if isinstance(event, TrialTold)]
    phases = [event.phase for event in told if isinstance(event, PhaseStarted)]
    assert (phases.count("pretraining"), phases.count("finetuning")) == (1, 5)
    begun = [event.trial.key for event in events if isinstance(event, TrialStarted)]
    order = [type(event) for event in events if isinstance(event, TrialStarted | TrialEnded)]
    assert begun[0] == "0 fold 1"
    assert order[1] is TrialStarted, "others start from it before that trial has ended"


def test_a_study_stopped_with_several_at_work_goes_on_to_the_same_end(place: Home, tmp_path: Path) -> None:
    token, events = StopToken(), list[Event]()
    for event in session.study(asked(), token, place, in_turns(2, [])):
        events.append(event)
        if sum(isinstance(each, TrialStarted) for each in events) == 3:
            token.stop("keep")
    stopped = [key for key, event in trials(events).items() if event.state == "stopped"]
    assert (ended(events).ended, len(stopped)) == ("stopped", 2)
    rest = list(session.resume_study(Path(ended(events).folder), StopToken(), place, alone))
    whole = list(session.study(asked(), StopToken(), Home.under(tmp_path)))
    assert ended(rest).verdict == ended(whole).verdict
    assert {trials(rest)[key].run for key in stopped} == {trials(events)[key].run for key in stopped}


def test_a_study_with_several_at_work_is_thrown_away_with_all(place: Home) -> None:
    token, events = StopToken(), list[Event]()
    for event in session.study(asked(), token, place, in_turns(2, [])):
        events.append(event)
        if sum(isinstance(each, TrialStarted) for each in events) == 3:
            token.stop("discard")
    assert ended(events).ended == "cancelled"
    assert not Path(ended(events).folder).exists()


def test_a_crew_that_cannot_be_had_leaves_no_study(place: Home) -> None:
    @contextmanager
    def refuse(_study: Path, _stop: StopToken, _home: Home) -> Iterator[Crew]:
        raise UserError("Nobody is there.", "Call somebody.")
        yield

    with pytest.raises(UserError, match="Nobody"):
        list(session.study(asked(), StopToken(), place, refuse))
    assert not studies.Studies(place).list()


# --- what waits for what ---------------------------------------------------------------------------------------------


def needed(question: Question) -> dict[str, frozenset[str]]:
    planned = planning.plan(asked(question), folds=2)
    return {trial.key: planning.needs(asked(question), planned, trial) for trial in planned}


def test_a_fold_waits_for_the_folds_before_it_only_where_hopeless_values_are_let_go_of() -> None:
    search = LambdaSearch(strengths=(0.0, 1.0), frozen_end=False, folds=2)
    every = needed(search)
    assert every["1 fold 1"] == frozenset()
    assert every["0 fold 2"] == every["1 fold 2"] == {"0 fold 1", "1 fold 1"}
    assert every["refit"] == set(every) - {"refit"}
    free = needed(msgspec.structs.replace(search, prune=False))
    assert free["1 fold 2"] == frozenset()
    assert free["refit"] == set(free) - {"refit"}


def test_repetitions_wait_for_none() -> None:
    assert set(needed(TransferGain(seeds=2)).values()) == {frozenset()}


def test_heads_that_are_solved_wait_for_the_source() -> None:
    base = short()
    frozen = msgspec.structs.replace(base, transfer=msgspec.structs.replace(base.transfer, freezing=Features()))
    study = asked(LambdaSearch(strengths=(0.0, 1.0), folds=2, prune=False), frozen)
    planned = planning.plan(study, folds=2)
    cell = next(trial for trial in planned if trial.role == "cell")
    assert planning.needs(study, planned, cell) == {"source"}


def test_the_end_is_told_once(place: Home) -> None:
    events = list(session.study(asked(), StopToken(), place, in_turns(2, [])))
    assert sum(isinstance(event, StudyEnded) for event in events) == 1
    assert events[-1] == ended(events)
