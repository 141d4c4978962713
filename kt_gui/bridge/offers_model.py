"""Who can take part in a ranking: asks the session in the background, and holds what was added by hand."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from kt_gui import session
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.tasks import Tasks
from kt_gui.schema.events import Event
from kt_gui.schema.experiment import Experiment, WeightsFile
from kt_gui.schema.rankings import Candidate, Offer, Offered
from kt_gui.schema.stop import StopToken
from kt_gui.store.folders import Home

LIST, ADD = "list", "add"


class OffersModel(QObject):
    """The list of one experiment; what was added stays until the program ends.

    Signals:
        changed(): work began, went on, answered or failed.
        added(object): these candidates came to the list by hand, a tuple.
    """

    changed = Signal()
    added = Signal(object)

    def __init__(self, home: Home, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(parent)
        self._home = home
        self._tasks = Tasks(self, is_enabled=is_enabled)
        self._tasks.changed.connect(self.changed)
        self._found: tuple[Offer, ...] = ()
        self._added: dict[Candidate, Offer] = {}
        self._experiment: Experiment | None = None

    @property
    def offers(self) -> tuple[Offer, ...]:
        """All there are, those added by hand last."""
        found = {each.source for each in self._found}
        return (*self._found, *(each for source, each in self._added.items() if source not in found))

    @property
    def is_busy(self) -> bool:
        """Whether the list is being made, or added to."""
        return self._tasks.busy()

    @property
    def failure(self) -> Failure | None:
        """Why nothing came of the last question."""
        return self._tasks.failure(ADD) or self._tasks.failure(LIST)

    def look(self, experiment: Experiment) -> None:
        """List what could be ranked for an experiment's target."""
        self._experiment = experiment
        self._tasks.forgive(ADD)
        self._tasks.start(LIST, partial(_listed, experiment, home=self._home), self.apply)

    def add(self, text: str) -> None:
        """Add what a text means: a network, a run, a set that runs have pretrained on."""
        if self._experiment is not None:
            self._tasks.start(ADD, partial(_named, text, self._experiment, home=self._home), self.take)

    def add_file(self, source: WeightsFile) -> None:
        """Add a file of weights."""
        offer = Offer(source=source, name=Path(source.path).name, origin=source.network)
        self.take([Offered(offers=(offer,))])

    def apply(self, events: list[Event]) -> None:
        """Take in the list."""
        for event in events:
            if isinstance(event, Offered):
                self._found = event.offers
        self.changed.emit()

    def take(self, events: list[Event]) -> None:
        """Take in what was added."""
        for event in events:
            if isinstance(event, Offered):
                self._added |= {each.source: each for each in event.offers}
                self.added.emit(tuple(each.source for each in event.offers))
        self.changed.emit()

    def cancel(self) -> None:
        """End the work."""
        self._tasks.cancel()


def _listed(experiment: Experiment, stop: StopToken, *, home: Home) -> Iterator[Event]:
    return session.offer(experiment, stop, home)


def _named(text: str, experiment: Experiment, stop: StopToken, *, home: Home) -> Iterator[Event]:
    return session.offer_named(text, experiment, stop, home)
