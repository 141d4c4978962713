"""Holds runs against each other: settings and curves at once, test pictures where somebody asks for them."""

from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from kt_gui.schema.columns import unpack
from kt_gui.schema.comparisons import Contender, Contrasted, Lines, Matched, Turned, Unmatched
from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Judged, Picture
from kt_gui.schema.events import Event, Progressed
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.schema.texts import tr
from kt_gui.session.evaluating import evaluate
from kt_gui.store import history, runs
from kt_gui.store.folders import Home
from kt_gui.store.runs import RunRecord
from kt_gui.studies import pairs, repetitions
from kt_gui.studies.differences import differences

Key = tuple[str, int]
"""A picture's digest, and its place among those of the same content."""


def compare(folders: Sequence[Path], stop: StopToken, home: Home) -> Iterator[Event]:
    """Hold runs against each other, and each of them against the first, picture by picture.

    Two runs that cannot be matched say why; the others are matched all the same. Raises UserError where a run cannot be
    read, Stopped.
    """
    yield from contrast(folders, stop, home)
    first, *others = dict.fromkeys(folders)
    for second in others:
        try:
            yield from match(first, second, stop, home)
        except UserError as error:
            yield Unmatched(first=str(first), second=str(second), reason=error.message, remedy=error.remedy)


# --- side by side ----------------------------------------------------------------------------------------------------


def contrast(folders: Sequence[Path], stop: StopToken, home: Home) -> Iterator[Event]:  # noqa: ARG001 - as its siblings
    """Say in which settings runs differ, and how far each came, from what lies in their folders.

    Raises UserError where there are not two runs, or one cannot be read; Stopped.
    """
    each_once = tuple(dict.fromkeys(folders))
    if len(each_once) < 2:
        raise UserError(tr("There is nothing to compare."), tr("Choose two runs or more."))
    records = [runs.read_record(folder) for folder in each_once]
    experiments = [runs.read_experiment(folder) for folder in each_once]
    groups = repetitions.group([runs.recipe_of(record) for record in records])
    accuracies = [record.outcome.target_accuracy if record.outcome else None for record in records]
    contenders = []
    for place, (record, experiment) in enumerate(zip(records, experiments, strict=True)):
        if stop.requested():
            raise Stopped
        group = next(number for number, members in enumerate(groups) if place in members)
        contenders.append(_contender(record, experiment.seed, group))
    yield Contrasted(
        runs=tuple(contenders),
        settings=differences(experiments),
        groups=tuple(repetitions.repeated(members, accuracies) for members in groups),
    )


def _contender(record: RunRecord, seed: int, group: int) -> Contender:
    result = record.outcome
    low, high = result.target_interval if result and result.target_interval else (None, None)
    return Contender(
        id=record.id,
        name=record.name,
        folder=str(record.folder),
        seed=seed,
        group=group,
        accuracy=result.target_accuracy if result else None,
        low=low,
        high=high,
        tested=result.target_tested if result else None,
        best_epoch=result.best_epoch if result else None,
        drift=result.drift if result else None,
        seconds=record.seconds,
        lines=_lines(record.folder),
    )


def _lines(folder: Path) -> Lines:
    epochs = history.read_epochs(folder, "finetuning")
    return Lines(
        train_loss=tuple(each.train_loss for each in epochs),
        validation_loss=tuple(each.validation_loss for each in epochs),
        train_accuracy=tuple(each.train_accuracy for each in epochs),
        validation_accuracy=tuple(each.validation_accuracy for each in epochs),
    )


# --- picture by picture ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Verdict:
    """What a run's best epoch said of one of its test pictures."""

    picture: Picture
    is_right: bool


def match(first: Path, second: Path, stop: StopToken, home: Home) -> Iterator[Event]:
    """Hold two runs against each other on the pictures that both were tested on, with the best epoch of each.

    Pictures are the same where their content is. Raises UserError where there are none of them, or a run cannot be
    evaluated; Stopped.
    """
    ours = _verdicts((yield from _judged(evaluate(first, None, "best", stop, home))))
    judged = yield from _judged(evaluate(second, None, "best", stop, home))
    theirs = _verdicts(judged)
    shared = [key for key, ours_of in ours.items() if _is_same(ours_of, theirs.get(key))]
    if not shared:
        raise UserError(
            tr("The two runs share no test picture."),
            tr("Picture by picture only runs on the same target data, dealt alike, can be compared."),
        )
    turned = [(ours[key], theirs[key]) for key in shared if ours[key].is_right != theirs[key].is_right]
    both = sum(ours[key].is_right and theirs[key].is_right for key in shared)
    gained, lost = _sides(turned, is_gained=True), _sides(turned, is_gained=False)
    neither = len(shared) - both - len(turned)
    yield Matched(
        first=str(first),
        second=str(second),
        data=judged.data,
        pictures=len(shared),
        left_out=(len(ours) - len(shared), len(theirs) - len(shared)),
        test=pairs.mcnemar(both, len(lost), len(gained), neither),
        gained=gained,
        lost=lost,
    )


def _judged(work: Iterator[Event]) -> Generator[Event, None, Judged]:
    """Let an evaluation come to its end; give what it said. What it tells on the way is passed on."""
    judged = None
    for event in work:
        if isinstance(event, Judged):
            judged = event
        elif isinstance(event, Progressed):
            yield event
    assert judged is not None, "an evaluation ends with what it judged, or raises"
    return judged


def _verdicts(judged: Judged) -> dict[Key, _Verdict]:
    return dict(zip(_keys(judged.digests), _verdicts_in(judged), strict=True))


def _keys(digests: Sequence[str]) -> Iterator[Key]:
    """Tell pictures of the same content apart by their order."""
    places: dict[str, Iterator[int]] = defaultdict(count)
    return ((digest, next(places[digest])) for digest in digests)


def _verdicts_in(judged: Judged) -> Iterator[_Verdict]:
    from kt_gui.session.probabilities import confidences

    logits = unpack(judged.logits)
    sure = confidences(logits, judged.temperature)
    taken, labels, indexes = logits.argmax(1), unpack(judged.labels), unpack(judged.indexes)
    for row, (name, digest) in enumerate(zip(judged.names, judged.digests, strict=True)):
        picture = Picture(
            index=int(indexes[row]),
            name=name,
            digest=digest,
            label=judged.classes[labels[row]],
            predicted=judged.classes[taken[row]],
            confidence=float(sure[row]),
            split="test",
        )
        yield _Verdict(picture, bool(taken[row] == labels[row]))


def _is_same(ours: _Verdict, theirs: _Verdict | None) -> bool:
    return theirs is not None and ours.picture.label == theirs.picture.label


def _sides(turned: Sequence[tuple[_Verdict, _Verdict]], *, is_gained: bool) -> tuple[Turned, ...]:
    """The pictures that went to one side, those first of which the second run is surest."""
    found = [
        Turned(first=ours.picture.predicted, picture=theirs.picture)
        for ours, theirs in turned
        if theirs.is_right == is_gained
    ]
    return tuple(sorted(found, key=lambda each: -(each.picture.confidence or 0.0)))
