"""Which source suits the target: asks the session in the background and holds its answers."""

from collections.abc import Generator, Iterator
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from kt_gui import session
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.tasks import Tasks
from kt_gui.schema.events import Event, ModelsListed, Progressed
from kt_gui.schema.experiment import EarlierRun, Experiment, Pretrain, Scratch, WeightsFile, Zoo
from kt_gui.schema.rankings import Candidate, Ranked, Standing, Weighed
from kt_gui.schema.stop import StopToken
from kt_gui.store.folders import Home
from kt_gui.store.runs import Runs

RANK = "rank"
MOST_RUNS = 8
"""Earlier runs that are candidates, the newest first."""


class RankingModel(QObject):
    """Ranks all that is on this machine.

    Signals:
        changed(): work began, went on, answered or failed.
    """

    changed = Signal()

    def __init__(self, home: Home, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(parent)
        self._home = home
        self._tasks = Tasks(self, is_enabled=is_enabled)
        self._tasks.changed.connect(self.changed)
        self.experiment: Experiment | None = None
        self.standings: tuple[Standing, ...] = ()
        self.ranked: Ranked | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody has asked."""
        return self.experiment is not None

    @property
    def is_busy(self) -> bool:
        """Whether candidates are being looked at."""
        return self._tasks.busy(RANK)

    @property
    def progress(self) -> Progressed | None:
        """How far that has come."""
        return self._tasks.progress(RANK)

    @property
    def failure(self) -> Failure | None:
        """Why there is no answer."""
        return self._tasks.failure(RANK)

    def ask(self, experiment: Experiment) -> None:
        """Rank the sources there are for an experiment's target."""
        self.experiment, self.standings, self.ranked = experiment, (), None
        self._tasks.start(RANK, partial(_work, experiment, self._home), self.apply)
        self.changed.emit()

    def show(self, experiment: Experiment, ranked: Ranked) -> None:
        """Show a ranking that was kept."""
        self._tasks.cancel()
        self._tasks.forgive(RANK)
        self.experiment = experiment
        self.apply([ranked])

    @Slot()
    def again(self) -> None:
        """Ask the same again."""
        if self.experiment is not None:
            self.ask(self.experiment)

    @Slot()
    def close(self) -> None:
        """End the work, and show no ranking."""
        self._tasks.cancel()
        self._tasks.forgive(RANK)
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

    def fail(self, failure: Failure) -> None:
        """Say why there is no answer."""
        self._tasks.fail(RANK, failure)


def _work(experiment: Experiment, home: Home, stop: StopToken) -> Iterator[Event]:
    found = yield from _candidates(experiment, stop, home)
    yield from session.rank(found, experiment.target, stop, home, seed=experiment.seed)


def _candidates(experiment: Experiment, stop: StopToken, home: Home) -> Generator[Event, None, list[Candidate]]:
    """All that a transfer could start from without a download: the experiment's own source, networks, earlier runs."""
    found: list[Candidate] = []
    match experiment.source:
        case Pretrain(network=network):
            found.append(Scratch(network=network))
        case Zoo() | EarlierRun() | WeightsFile() | Scratch() as source:
            found.append(source)
    for event in session.list_models(stop, home):
        if isinstance(event, ModelsListed):
            here = (card for card in event.models if card.status in ("offline", "cached"))
            found += [Zoo(model=card.name) for card in here]
    over = (record for record in Runs(home).list() if record.state in ("finished", "stopped"))
    found += [EarlierRun(run=str(record.folder)) for record, _ in zip(over, range(MOST_RUNS), strict=False)]
    yield from ()
    return found
