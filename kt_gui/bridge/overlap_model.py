"""Pictures of the target's test that a source has, too: searched for in the background; what was left out is marked."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, Slot

from kt_gui import session
from kt_gui.bridge.asking import WORK, Asking
from kt_gui.bridge.corrections_model import CorrectionsModel
from kt_gui.bridge.left_out import LeftOut
from kt_gui.schema.datasets import Dataset
from kt_gui.schema.evaluations import Picture
from kt_gui.schema.events import Event
from kt_gui.schema.experiment import EarlierRun, Experiment, Pretrain, Target
from kt_gui.schema.overlap_words import refusal
from kt_gui.schema.overlaps import SIDES, By, Learner, Overlap, Pair, Side
from kt_gui.store.folders import Home

Row = tuple[Overlap, Pair]


class OverlapModel(Asking):
    """Searches when asked to, and holds the pairs.

    Signals:
        changed(): work began, went on, answered or failed; or pictures were left out, or taken back.
    """

    def __init__(
        self,
        home: Home,
        corrections: CorrectionsModel,
        left_out: LeftOut,
        parent: QObject,
        *,
        is_enabled: bool = True,
    ) -> None:
        super().__init__(home, parent, is_enabled=is_enabled)
        self._corrections = corrections
        self._asked: tuple[Learner, Target, int] | None = None
        self._left_out = left_out
        self._gone: dict[tuple[int, Side], frozenset[str]] = {}
        left_out.changed.connect(self._follow)
        self.by: By = "hash"
        self.overlaps: tuple[Overlap, ...] = ()

    @property
    def rows(self) -> list[Row]:
        """Every pair, with the search that found it."""
        return [(overlap, pair) for overlap in self.overlaps for pair in overlap.pairs]

    def ask(self, source: Learner, target: Target, seed: int, by: By = "hash") -> None:
        """Search for the test of a target in what a source learns from, or has learnt from."""
        self._asked = (source, target, seed)
        self.search(by)

    def search(self, by: By) -> None:
        """Search the same again: what was left out since is there no more."""
        if self._asked is None:
            return
        source, target, seed = self._asked
        self.by, self.overlaps = by, ()
        work = partial(session.overlap, source, target, by, home=self._home, seed=seed)
        self._tasks.start(WORK, lambda stop: work(stop=stop), self.apply)
        self.changed.emit()

    @Slot()
    def cancel(self) -> None:
        """Search no more."""
        self._tasks.cancel()

    def apply(self, events: list[Event]) -> None:
        """Take in what was found."""
        found = tuple(event for event in events if isinstance(event, Overlap))
        if found:
            self.overlaps = (*self.overlaps, *found)
            self._follow()

    # --- leaving out ---------------------------------------------------------------------------------------------

    def hindrance(self, rows: Sequence[Row], side: Side) -> str:
        """Say why pictures of these pairs cannot be left out of a side; empty where they can."""
        searches = {id(overlap): overlap for overlap, _ in rows}
        refusals = (refusal(overlap, side) for overlap in searches.values())
        return next((f"{each.message} {each.remedy}" for each in refusals if each is not None), "")

    def leave_out(self, rows: Sequence[Row], side: Side) -> None:
        """Leave pictures out of the source or of the test from now on."""
        for overlap in self.overlaps:
            pictures = [_of(pair, side) for each, pair in rows if each is overlap]
            if pictures:
                self._corrections.exclude(_data(overlap, side), pictures)

    def take_back(self, rows: Sequence[Row]) -> None:
        """Take back what was said of the pictures of these pairs that are left out."""
        for overlap in self.overlaps:
            for side in SIDES:
                mine = [row for row in rows if row[0] is overlap and self.is_left_out(row, side)]
                if mine:
                    digests = [_of(pair, side).digest for _, pair in mine]
                    self._corrections.take_back(_data(overlap, side), digests)

    def is_left_out(self, row: Row, side: Side) -> bool:
        """Whether the picture on that side is left out by now."""
        overlap, pair = row
        return _of(pair, side).digest in self._gone.get((id(overlap), side), ())

    @Slot()
    def _follow(self) -> None:
        """Know what is left out of either side by now."""
        self._gone = {
            (id(each), side): self._left_out.of(_data(each, side)) for each in self.overlaps for side in SIDES
        }
        self.changed.emit()


def _of(pair: Pair, side: Side) -> Picture:
    return pair.first if side == "source" else pair.second


def _data(overlap: Overlap, side: Side) -> Dataset:
    return overlap.source if side == "source" else overlap.target


def learner_of(experiment: Experiment) -> Learner | None:
    """Give what an experiment's source learns from, or the run it comes from; None where nobody knows it."""
    match experiment.source:
        case Pretrain(data=data):
            return data
        case EarlierRun() as run:
            return run
        case _:
            return None
