"""Invented studies: for pictures of pages, and for their tests. Nothing here was measured.

Plans and verdicts are those of the program, of invented numbers.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from random import Random

import msgspec

from kt_gui import samples
from kt_gui.bridge.study_so_far import with_verdicts
from kt_gui.samples import tuning
from kt_gui.schema.events import EpochEnded, Event, PhaseStarted
from kt_gui.schema.remembering import Recall
from kt_gui.schema.studies import (
    FreezingLadder,
    LabelSavings,
    LambdaSearch,
    Numbers,
    Question,
    Study,
    TransferGain,
    Trial,
)
from kt_gui.schema.study_answers import Verdict
from kt_gui.schema.study_events import StudyEnded, StudyForeseen, StudyStarted, TrialEnded, TrialStarted, TrialTold
from kt_gui.schema.texts import tr
from kt_gui.store.studies import StudyRecord
from kt_gui.studies import planning

LAMBDA, GAIN, LADDER, SAVINGS = LambdaSearch(), TransferGain(), FreezingLadder(), LabelSavings()
FOLDER = "/studies/2026-01-09-emoji-5eed"
EPOCHS = 24
PICTURES = 420
PACE = {"transfer": 0.16, "features": 0.06, "scratch": 0.21}
"""Seconds that an epoch of an arm takes."""


def study(question: Question) -> Study:
    """A study of the sample experiment."""
    return Study(name="emoji", study=question, experiment=samples.EXPERIMENT)


def foreseen(question: Question) -> StudyForeseen:
    """What it would take."""
    trials = planning.plan(study(question), folds=5)
    return StudyForeseen(trials=trials, runs=len(trials), seconds_low=190.0, seconds_high=320.0)


def begun(question: Question, done: int, *, is_harmful: bool = False, at_once: int = 1) -> list[Event]:
    """A study after so many of its trials, in the midst of the next, or of several."""
    asked = study(question)
    return list(with_verdicts(asked, _begun(asked, done, is_harmful=is_harmful, at_once=at_once), pause_s=3600))


def finished(question: Question, *, is_harmful: bool = False) -> list[Event]:
    """A study to its end."""
    asked = study(question)
    trials = planning.plan(asked, folds=5)
    told = list(with_verdicts(asked, _begun(asked, len(trials), is_harmful=is_harmful), pause_s=3600))
    return [*told, ended(question, is_harmful=is_harmful)]


def ended(question: Question, *, is_harmful: bool = False) -> StudyEnded:
    """The end of a study."""
    return StudyEnded(
        ended="finished",
        study="5eed",
        name="emoji",
        folder=FOLDER,
        verdict=verdict(question, is_harmful=is_harmful),
        seconds=254.0,
    )


def verdict(question: Question, *, is_harmful: bool = False) -> Verdict | None:
    """What a study says in the end."""
    asked = study(question)
    trials = tuning.settled(asked, planning.plan(asked, folds=5))
    results = {trial.key: numbers(trial, is_harmful=is_harmful) for trial in trials}
    return planning.verdict(asked, trials, results, PICTURES)


def records(count: int) -> tuple[StudyRecord, ...]:
    """Studies of all kinds and states, the newest first."""
    questions = (LAMBDA, GAIN, LADDER, SAVINGS)
    return tuple(_record(place, questions[place % 4]) for place in range(count))


def _record(place: int, question: Question) -> StudyRecord:
    state = "interrupted" if place % 6 == 5 else "stopped" if place % 7 == 3 else "finished"
    return StudyRecord(
        id=f"{place:04x}",
        name=("emoji", "hymenoptera", "painted dogs")[place % 3],
        folder=Path(f"/studies/{place:04x}"),
        state=state,  # type: ignore[arg-type]
        kind=str(question.__struct_config__.tag),
        started=samples.BEGAN - 7_000.0 * place,
        verdict=verdict(question, is_harmful=place % 8 == 1) if state == "finished" else None,
    )


# --- events ----------------------------------------------------------------------------------------------------------


def _begun(asked: Study, done: int, *, is_harmful: bool, at_once: int = 1) -> Iterator[Event]:
    trials = planning.plan(asked, folds=5)
    yield StudyStarted(
        study="5eed",
        name=asked.name,
        folder=FOLDER,
        question=asked.study,
        trials=trials,
        runs=len(trials),
        pictures=PICTURES,
    )
    trials = tuning.settled(asked, trials)
    for place, trial in enumerate(trials[:done]):
        yield TrialStarted(trial=trial, run=_run(trial))
        left = 4.1 * (len(trials) - place - 1)
        yield _ended(trial, place, is_harmful=is_harmful, planned=len(trials), left=left)
    for trial in trials[done : done + at_once]:
        yield TrialStarted(trial=trial, run=_run(trial))
        learning = _learning(PACE.get(trial.arm or "", 0.16))
        yield from (told if at_once == 1 else TrialTold(trial=trial.key, told=told) for told in learning)


def _ended(trial: Trial, place: int, *, is_harmful: bool, planned: int, left: float) -> TrialEnded:
    return TrialEnded(
        trial=trial,
        state="finished",
        run=_run(trial),
        numbers=numbers(trial, is_harmful=is_harmful),
        done=place + 1,
        planned=planned,
        left_s=left,
    )


def _run(trial: Trial) -> str:
    return f"{FOLDER}/runs/{trial.key}"


def _learning(pace: float) -> Iterator[PhaseStarted | EpochEnded]:
    """The events of a run that are looked at while its study is shown."""
    told = [event for event in samples.running() if isinstance(event, PhaseStarted | EpochEnded)]
    last = max(place for place, event in enumerate(told) if isinstance(event, PhaseStarted))
    for event in told[last:]:
        yield msgspec.structs.replace(event, seconds=pace) if isinstance(event, EpochEnded) else event


# --- numbers ---------------------------------------------------------------------------------------------------------


def numbers(trial: Trial, *, is_harmful: bool = False) -> Numbers:
    """What a trial may have found out: λ is best about 0.02, transfer helps by some points, or harms."""
    chance = Random(trial.key)
    level = _loss(trial) if trial.fold is not None else 0.5
    worth = _accuracy(trial, is_harmful=is_harmful) + chance.gauss(0, 0.012)
    pace = PACE.get(trial.arm or "", 0.16) * chance.uniform(0.95, 1.05)
    falls = [math.exp(-(epoch + 1) / 5) for epoch in range(EPOCHS)]
    shift = 0.025 * ((trial.fold or 0) - 2) + chance.gauss(0, 0.012)
    return Numbers(
        pictures=14 * trial.per_class if trial.per_class is not None else round(PICTURES * 0.8),
        losses=tuple(level + shift + 1.6 * fall for fall in falls),
        accuracies=tuple(worth - 0.5 * fall + chance.gauss(0, 0.006) for fall in falls),
        accuracy=worth,
        steps_per_epoch=11,
        seconds=4.1,
        seconds_per_epoch=pace,
        times=tuple(pace * (epoch + 1) for epoch in range(EPOCHS)),
        source_seconds=None if trial.arm == "scratch" else 2.9,
        memory=410_000_000,
        trainable=(910, 37_902, 65_678)[trial.blocks] if trial.blocks is not None else 84_734,
        total=84_734,
        recall=_recall(trial, chance, is_harmful=is_harmful),
    )


def _recall(trial: Trial, chance: Random, *, is_harmful: bool) -> Recall | None:
    """What is still known of the source; where transfer harms, it came without its data."""
    if trial.arm != "transfer" or trial.per_class is not None:
        return None
    if is_harmful:
        return Recall(reason=tr("What was forgotten cannot be measured: the pretrained model came without its data."))
    before = 0.86 + chance.gauss(0, 0.01)
    return Recall(before=before, after=before - 0.22 + chance.gauss(0, 0.03))


def _loss(trial: Trial) -> float:
    if trial.number is not None:
        return tuning.loss(trial)
    if trial.strength is None:
        return 0.64
    position = math.log10(max(trial.strength, 1e-5)) + 2.1
    return 0.66 if not trial.strength else 0.47 + 0.028 * position * position


def _accuracy(trial: Trial, *, is_harmful: bool) -> float:
    gain = -0.052 if is_harmful else 0.074
    if trial.per_class is not None:
        of = 2.6 if trial.arm == "transfer" else 0.45
        return 0.30 + 0.56 * (1 - 1 / (1 + of * math.pow(trial.per_class, 0.8)))
    if trial.arm is not None:
        return {"transfer": 0.70 + gain, "features": 0.735, "scratch": 0.70}[trial.arm]
    if trial.blocks is not None:
        return (0.71, 0.775, 0.765)[trial.blocks]
    return 0.762
