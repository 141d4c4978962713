"""What to do with the target in view: what was measured of it is collected in the background, and put together anew at
every edit.
"""

from PySide6.QtCore import QObject, Signal, Slot

from kt_gui import session
from kt_gui.bridge.ranking_model import RankingModel
from kt_gui.bridge.tasks import Tasks
from kt_gui.schema.advice import Advice, Known
from kt_gui.schema.events import Event, Rehearsed
from kt_gui.schema.experiment import Experiment, Target
from kt_gui.schema.rankings import Ranked
from kt_gui.store.folders import Home

JOB = "advise"


class AdviceModel(QObject):
    """Knows what was measured of one target.

    Signals:
        changed(): more is known, or nothing any more.
    """

    changed = Signal()

    def __init__(self, home: Home, ranking: RankingModel, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(parent)
        self._home, self._ranking = home, ranking
        self._tasks = Tasks(self, is_enabled=is_enabled)
        self._asked: tuple[Target, int] | None = None
        self._ranked: Ranked | None = None
        self.known: Known | None = None
        ranking.changed.connect(self._follow)

    def ask(self, experiment: Experiment) -> None:
        """Collect what is known of an experiment's target, unless that was done or is under way."""
        asked = (experiment.target, experiment.seed)
        if self._asked != asked:
            self._asked, self.known = asked, None
            self._tasks.start(JOB, lambda stop: session.advise(experiment, stop, self._home), self.apply)

    @Slot()
    def forget(self) -> None:
        """Collect anew when it is asked for the next time: a study has ended, or gone."""
        self._asked = None
        self.changed.emit()

    def advice(self, experiment: Experiment, rehearsed: Rehearsed | None = None) -> Advice | None:
        """Say what to do; None while nothing is known of this target. `rehearsed` is the experiment's dry run."""
        if self.known is None or self._asked != (experiment.target, experiment.seed):
            return None
        from kt_gui.studies.advice import advise  # here: the first page needs none of it

        return advise(experiment, self.known, rehearsed)

    def show(self, experiment: Experiment, known: Known) -> None:
        """Take this for what is known."""
        self._asked = (experiment.target, experiment.seed)
        self.apply([known])

    def apply(self, events: list[Event]) -> None:
        """Take in what is known."""
        for event in events:
            if isinstance(event, Known):
                self.known = event
                self.changed.emit()

    @property
    def ranked(self) -> Ranked | None:
        """The ranking that advice rests on."""
        return self.known.ranked if self.known is not None else None

    @Slot()
    def _follow(self) -> None:
        """A new ranking has been kept by now."""
        before, self._ranked = self._ranked, self._ranking.ranked
        if self._ranked is not None and self._ranked is not before and self._ranked is not self.ranked:
            self.forget()
