"""Asks a run's network about pictures it has never seen: a few from anywhere, or folders of many thousands."""

from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kt_gui.schema.columns import pack
from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.events import Event, Progressed
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
from kt_gui.session.opening import Opened, open_run
from kt_gui.session.yardstick import Yardstick, measure
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    from torch import Tensor

    from kt_gui.engine.predicting import Found, Ready

TOP = 5
"""Classes that are told of each picture."""


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

    Begins with `PredictionsBegan`, then `Predicted` for each picture in order, `Unread` for files that are none, and
    `PredictionsEnded`; a stop that keeps ends with it, too. With `every_class` a prediction has all probabilities,
    with `thumbnail` a PNG of this side. Raises UserError where nothing can be read, or the run has no such checkpoint.
    """
    from kt_gui.engine import predicting

    opened = open_run(folder, checkpoint)
    answers = _Answers(opened.network.classes)
    try:
        found = yield from predicting.find(asked, stop)
        yardstick = yield from measure(opened, home, stop)
        yield _begun(opened, yardstick, len(found.candidates))
        asking = _Asking(opened, yardstick, top, every_class)
        for event in _ask(asking, found, thumbnail, stop):
            answers.note(event)
            yield event
    except Stopped:
        if stop.verb == "discard":
            raise
        yield answers.ended(stopped=True)
        return
    if not answers.predicted:
        raise predicting.nothing_readable(answers.skipped)
    yield answers.ended(stopped=False)


class _Answers:
    """Counts what was answered."""

    def __init__(self, classes: Sequence[str]) -> None:
        self._counts = Counter(dict.fromkeys(classes, 0))
        self._unlike: int | None = None
        self.predicted = 0
        self.skipped = list[Any]()

    def note(self, event: Event) -> None:
        match event:
            case Predicted():
                self.predicted += 1
                self._counts[event.top[0].label] += 1
                if event.is_unlike is not None:
                    self._unlike = (self._unlike or 0) + event.is_unlike
            case Unread():
                self.skipped += event.skipped
            case _:
                pass

    def ended(self, *, stopped: bool) -> PredictionsEnded:
        return PredictionsEnded(
            counts=tuple(self._counts.items()),
            predicted=self.predicted,
            unread=len(self.skipped),
            unlike=self._unlike,
            stopped=stopped,
        )
