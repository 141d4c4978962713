"""What of the source is still known: its test pictures, shown to each kept epoch's backbone under the source's head."""

from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from kt_gui.schema.changes import Forgotten, Recalled
from kt_gui.schema.checkpoints import Saved
from kt_gui.schema.errors import Lasting, UserError
from kt_gui.schema.events import Event, Noticed, Progressed
from kt_gui.schema.experiment import EarlierRun, Pretrain, Scratch
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import Message, tr
from kt_gui.session.opening import Opened, beside, open_run, portion_of, read_dealt
from kt_gui.session.pictures import Dealt
from kt_gui.store import environment, reports, runs
from kt_gui.store.contents import look_up, saved, sum_of
from kt_gui.store.environment import Role
from kt_gui.store.folders import Home

KIND = "forgetting"
FORM = 1
"""Counts up when what is kept, or how it is computed, changes."""
URGENT = ("source", "best", "last")


def forgetting(folder: Path, stop: StopToken, home: Home) -> Generator[Event, None, None]:
    """Tell what each kept epoch still gets right of the source's test: `Recalled` one by one, `Forgotten` last.

    Weights and batch-norm statistics are the checkpoint's, the head is the source's, also where the transfer went on
    with that head and moved it. Computed once, then kept with the run.

    Raises UserError where there is no source, or its pictures are not known or have gone; Stopped.
    """
    origin, role = source_data(folder, home)
    every = sorted(saved(folder), key=_urgency)
    key = reports.key_of(
        FORM, [sum_of(folder, each.checkpoint) for each in every], environment.read(origin).data.get(role)
    )
    known = reports.recall(folder, KIND, key, Forgotten)
    if known is not None:
        yield from (*known.points, msgspec.structs.replace(known, run=str(folder)))
        return
    dealt = yield from read_dealt(origin, role, home, stop)
    points = yield from _recall_all(folder, every, dealt, stop, home)
    found = Forgotten(run=str(folder), data=dealt.collection.title, points=tuple(sorted(points, key=_order)))
    if len(points) == len(every):
        reports.keep(folder, KIND, key, found)
    yield found


def _recall_all(
    folder: Path, every: Sequence[Saved], dealt: Dealt, stop: StopToken, home: Home
) -> Generator[Event, None, list[Recalled]]:
    """Test one checkpoint after the other; one that is damaged is told of, and left out."""
    from kt_gui.engine.recalling import Recaller
    from kt_gui.store.checkpoints import load_weights

    opened = _source(folder)
    portion = yield from portion_of(opened, dealt.collection, dealt.splits.test, home, stop)
    recaller = Recaller(opened.network, portion, opened.resolved)
    points: list[Recalled] = []
    for place, each in enumerate(every):
        done, total = place * len(portion), len(every) * len(portion)
        yield Progressed(activity="testing", done=done, total=total, subject=dealt.collection.title)
        try:
            weights = load_weights(folder, each.checkpoint)[1]
        except UserError as error:
            yield Noticed(level="warning", message=Message("{problem}", {"problem": error.message}))
            continue
        points.append(_point(each, recaller.correct(weights, stop), len(portion)))
        yield points[-1]
    return points


def _point(each: Saved, correct: int, total: int) -> Recalled:
    from kt_gui.engine.evaluation import wilson

    low, high = wilson(correct, total)
    return Recalled(
        checkpoint=each.checkpoint,
        epoch=each.epoch,
        correct=correct,
        total=total,
        accuracy=correct / total,
        low=low,
        high=high,
    )


def _order(point: Recalled) -> int:
    return -1 if point.epoch is None else point.epoch


def _urgency(each: Saved) -> tuple[int, int]:
    """What the first sentence needs comes first."""
    place = URGENT.index(each.checkpoint) if each.checkpoint in URGENT else len(URGENT)
    return place, each.epoch or 0


def source_data(folder: Path, home: Home) -> tuple[Path, Role]:
    """Say which run has learnt the source's pictures, and in which role they stand there.

    Raises UserError where nobody here knows them.
    """
    match runs.read_experiment(folder).source:
        case Pretrain():
            return folder, "source"
        case EarlierRun() as source:
            earlier = runs.Runs(home).find(source.run).folder
            is_source = look_up(earlier, source.checkpoint).phase == "pretraining"
            return source_data(earlier, home) if is_source else (earlier, "target")
        case Scratch():
            raise Lasting(
                tr("The run learnt from random weights: there is nothing it could have forgotten."),
                tr("Open a run that carried a source over."),
            )
        case _:
            raise Lasting(
                tr("What was forgotten cannot be measured: the pretrained model came without its data."),
                tr("It is measured where the source is pretrained in the run itself, or is an earlier run."),
            )


def _source(folder: Path) -> Opened:
    """Open the source at its own picture size; at the target's where its weights had to be fitted to that."""
    from kt_gui.engine.recalling import fits
    from kt_gui.store.checkpoints import load_weights

    opened = open_run(folder, "source")
    about, weights = load_weights(folder, "last")
    if fits(opened.network, weights):
        return opened
    return replace(opened, network=beside(opened, opened.network, about.image_size))
