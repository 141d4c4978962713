"""Asks a run's network about pictures it has never seen: a few from anywhere, or folders of many thousands."""

from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kt_gui.schema.columns import pack, unpack
from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.events import Event, Progressed, Skipped
from kt_gui.schema.predictions import (
    Enlarged,
    Given,
    Guess,
    Predicted,
    PredictionsBegan,
    PredictionsEnded,
    PredictionsSaved,
    Unread,
)
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.schema.texts import tr
from kt_gui.session.explaining import explain
from kt_gui.session.opening import Opened, open_run
from kt_gui.session.yardstick import Yardstick, measure
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    from torch import Tensor

    from kt_gui.engine.predicting import Found, Ready

TOP = 5
"""Classes that are told of each picture."""
HEADER = ("name", "path", "predicted", "probability", "unlike", "distance")
"""Of the table; a column a class comes after it."""


@dataclass(frozen=True)
class _Question:
    """A network that is asked, how its answers are read, and what is wanted of each."""

    opened: Opened
    yardstick: Yardstick
    top: int
    thumbnail: int
    every_class: bool


@dataclass
class Tally:
    """Counts what was answered so far."""

    counts: Counter[str] = field(default_factory=Counter)
    """Pictures by the class that the network takes them for."""
    unlike: int | None = None
    skipped: list[Skipped] = field(default_factory=list)

    def note(self, event: Event) -> None:
        """Count one event in."""
        match event:
            case Predicted(top=top, is_unlike=is_unlike):
                self.counts[top[0].label] += 1
                if is_unlike is not None:
                    self.unlike = (self.unlike or 0) + is_unlike
            case Unread(skipped=skipped):
                self.skipped += skipped
            case _:
                pass

    def ended(self, *, stopped: bool) -> PredictionsEnded:
        """Sum up."""
        return PredictionsEnded(
            counts=tuple(self.counts.items()),
            predicted=self.counts.total(),
            unread=len(self.skipped),
            unlike=self.unlike,
            stopped=stopped,
        )


def predict(
    folder: Path,
    asked: Sequence[Given],
    checkpoint: Checkpoint,
    stop: StopToken,
    home: Home,
    *,
    top: int = TOP,
    thumbnail: int = 0,
    every_class: bool = False,
) -> Generator[Event, None, None]:
    """Say of pictures which class they are: files, folders with all that lies in them, zips, what was pasted.

    Begins with `PredictionsBegan`, then comes `Predicted` for each picture in order, `Unread` for files that are none,
    and last `PredictionsEnded`, also after a stop that keeps. With `thumbnail` a prediction brings a PNG of this side,
    with `every_class` all probabilities. Raises UserError where nothing can be read, or there is no such checkpoint.
    """
    from kt_gui.engine import predicting

    opened = open_run(folder, checkpoint)
    tally = Tally(Counter(dict.fromkeys(opened.network.classes, 0)))
    try:
        found = yield from predicting.find(asked, stop)
        yardstick = yield from measure(opened, home, stop)
        yield _begun(opened, yardstick, len(found.candidates))
        for event in _answer(_Question(opened, yardstick, top, thumbnail, every_class), found, stop):
            tally.note(event)
            yield event
    except Stopped:
        if stop.verb == "discard":
            raise
        yield tally.ended(stopped=True)
        return
    if not tally.counts.total():
        raise predicting.nothing_readable(tally.skipped)
    yield tally.ended(stopped=False)


def _begun(opened: Opened, yardstick: Yardstick, total: int) -> PredictionsBegan:
    return PredictionsBegan(
        run=str(opened.folder),
        name=opened.name,
        checkpoint=opened.checkpoint,
        epoch=opened.about.epoch,
        classes=opened.network.classes,
        total=total,
        temperature=yardstick.temperature,
        novelty=yardstick.novelty,
    )


def _answer(question: _Question, found: "Found", stop: StopToken) -> Generator[Event, None, None]:
    """Look at a few pictures at a time. Raises Stopped between them."""
    from kt_gui.engine import predicting

    if found.skipped:
        yield Unread(skipped=found.skipped)
    done, total = 0, len(found.candidates)
    batches = predicting.batches(found.candidates, question.opened.network.view, question.thumbnail)
    with closing(batches):
        for batch in batches:
            if stop.requested():
                raise Stopped
            if batch.skipped:
                yield Unread(skipped=batch.skipped)
            if batch.pictures:
                yield from _look(question, batch.pictures)
            done += len(batch.pictures) + len(batch.skipped)
            yield Progressed(activity="predicting", done=done, total=total)


def _look(question: _Question, pictures: "Sequence[Ready]") -> Generator[Event, None, None]:
    import torch

    from kt_gui.engine import predicting
    from kt_gui.engine.evaluation import not_finite
    from kt_gui.engine.features import observe

    opened, yardstick = question.opened, question.yardstick
    portion = predicting.portion_of(pictures, opened.network.view, torch.device(opened.resolved.device))
    logits, features = observe(opened.network, portion, torch.arange(len(pictures)), opened.resolved)
    if not logits.isfinite().all():
        raise not_finite()
    probabilities = (logits.double() / (yardstick.temperature or 1.0)).softmax(1).float()
    distances = [None] * len(pictures) if yardstick.bank is None else yardstick.bank.distances(features).tolist()
    for picture, row, distance in zip(pictures, probabilities, distances, strict=True):
        yield _predicted(question, picture, row, distance)


def _predicted(question: _Question, picture: "Ready", row: "Tensor", distance: float | None) -> Predicted:
    classes, threshold = question.opened.network.classes, question.yardstick.novelty.threshold
    best = row.topk(min(question.top, len(classes)))
    guesses = zip(best.indices.tolist(), best.values.tolist(), strict=True)
    return Predicted(
        name=picture.name,
        given=picture.given,
        top=tuple(Guess(classes[index], probability) for index, probability in guesses),
        distance=distance,
        is_unlike=None if distance is None or threshold is None else distance > threshold,
        probabilities=pack(row.numpy()) if question.every_class else None,
        thumbnail=picture.thumbnail,
    )


def enlarge(given: Given, side: int | None, stop: StopToken) -> Generator[Event, None, None]:
    """Read one picture to fit a square of this side, or whole; ends with `Enlarged`. Raises UserError, Stopped."""
    from kt_gui.engine.collection import digest_of
    from kt_gui.engine.decoding import Unusable, decode, encode_png, thumbnail
    from kt_gui.engine.predicting import open_given

    try:
        image = decode(open_given(given), side)
    except Unusable as error:
        raise UserError(
            tr("{name} cannot be read any more: {reason}", name=given.where or given.name, reason=str(error.reason)),
            tr("Put it back, or choose it again."),
        ) from error
    if stop.requested():
        raise Stopped
    if side is not None:
        png = thumbnail(image, side)
        yield Enlarged(given=given, png=png, digest=digest_of(png))
        return
    png = encode_png(image)
    with open_given(given)() as file:
        yield Enlarged(given=given, png=png, digest=digest_of(png), original=digest_of(file.read()))


def explain_given(
    folder: Path, given: Given, label: str, checkpoint: Checkpoint, stop: StopToken, home: Home
) -> Generator[Event, None, None]:
    """Find what in a picture speaks for a class, as `explain` does, wherever the picture lies. Raises UserError."""
    from kt_gui.engine.predicting import open_given

    if given.path and not given.inside:
        return (yield from explain(folder, [Path(given.path)], checkpoint, stop, home, target=label))
    with open_given(given)() as file:
        yield from explain(folder, [file.read()], checkpoint, stop, home, target=label)


def tabulate_predictions(events: Iterable[Event], path: Path, *, overwrite: bool) -> Generator[Event, None, None]:
    """Write predictions with all their probabilities into a CSV as they pass, and hand the events on without them.

    The file has its name only when it is whole: what was answered up to a stop is whole, too. Ends with
    `PredictionsSaved`. Raises UserError, before anything else happens, where it cannot be written.
    """
    from kt_gui.store.tables import Table

    with Table(path, overwrite=overwrite) as table:
        for event in events:
            match event:
                case PredictionsBegan(classes=classes):
                    table.write(HEADER + classes)
                case Predicted():
                    table.write(_cells(event))
                    event = msgspec.structs.replace(event, probabilities=None)
                case _:
                    pass
            yield event
    yield PredictionsSaved(path=str(path), pictures=max(0, table.rows - 1))


def _cells(event: Predicted) -> tuple[str, ...]:
    assert event.probabilities is not None
    first, unlike, distance = event.top[0], event.is_unlike, event.distance
    return (
        event.name,
        event.given.where,
        first.label,
        f"{first.probability:.6g}",
        "" if unlike is None else "yes" if unlike else "no",
        "" if distance is None else f"{distance:.6g}",
        *(f"{probability:.6g}" for probability in unpack(event.probabilities).tolist()),
    )
