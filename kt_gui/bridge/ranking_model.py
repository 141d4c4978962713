"""Which source suits the target: asks the session in the background and holds its answers."""

from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import QObject, Slot

from kt_gui import session
from kt_gui.bridge.asking import WORK, Asking
from kt_gui.schema.events import Event
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.rankings import Candidate, Ranked, Standing, Weighed
from kt_gui.schema.stop import StopToken
from kt_gui.store.folders import Home


class RankingModel(Asking):
    """Ranks all that is on this machine, or what a person has chosen of it.

    Signals:
        changed(): work began, went on, answered or failed.
    """

    def __init__(self, home: Home, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(home, parent, is_enabled=is_enabled)
        self.experiment: Experiment | None = None
        self.chosen: tuple[Candidate, ...] | None = None
        """Who takes part, where a person has chosen; else all that is on this machine."""
        self.standings: tuple[Standing, ...] = ()
        self.ranked: Ranked | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody has asked."""
        return self.experiment is not None

    def ask(self, experiment: Experiment) -> None:
        """Rank the sources there are for an experiment's target."""
        self.experiment, self.standings, self.ranked = experiment, (), None
        self._tasks.start(WORK, partial(_work, experiment, self.chosen, home=self._home), self.apply)
        self.changed.emit()

    def show(self, experiment: Experiment, ranked: Ranked) -> None:
        """Show a ranking that was kept."""
        self._tasks.cancel()
        self._tasks.forgive(WORK)
        self.experiment = experiment
        self.apply([ranked])

    @Slot()
    def again(self) -> None:
        """Ask the same again."""
        if self.experiment is not None:
            self.ask(self.experiment)

    @Slot()
    def look_again(self) -> None:
        """A run has ended, and may be an outcome: what is known of the candidates is not looked at again."""
        if self.ranked is not None and not self.is_busy:
            self.again()

    def choose(self, chosen: tuple[Candidate, ...] | None) -> None:
        """Rank these from now on, or again all that is on this machine."""
        if chosen != self.chosen:
            self.chosen = chosen
            self.again()

    @Slot()
    def close(self) -> None:
        """End the work, and show no ranking."""
        self._tasks.cancel()
        self._tasks.forgive(WORK)
        self.experiment, self.standings, self.ranked = None, (), None
        self.changed.emit()

    def apply(self, events: list[Event]) -> None:
        """Take in answers."""
        for event in events:
            match event:
                case Weighed(standing=standing):
                    self.standings = (*self.standings, standing)
                case Ranked():
                    self.ranked, self.standings = event, event.standings
                case _:
                    pass
        self.changed.emit()


def _work(
    experiment: Experiment, chosen: tuple[Candidate, ...] | None, stop: StopToken, *, home: Home
) -> Iterator[Event]:
    found = session.usual(experiment, stop, home) if chosen is None else chosen
    yield from session.rank(tuple(found), experiment.target, stop, home, seed=experiment.seed)
