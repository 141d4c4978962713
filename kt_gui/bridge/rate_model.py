"""A search for the learning rate: asks the session in the background and holds the curve as it grows."""

from functools import partial

from PySide6.QtCore import QObject, Slot

from kt_gui import session
from kt_gui.bridge.asking import WORK, Asking
from kt_gui.schema.events import Event
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.rates import RateFound, RateTried
from kt_gui.store.folders import Home
from kt_gui.studies import rate_reading


class RateModel(Asking):
    """Looks for the rate of one experiment's fine-tuning, or of the pretraining of its source.

    Signals:
        changed(): work began, went on, answered or failed.
    """

    def __init__(self, home: Home, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(home, parent, is_enabled=is_enabled)
        self._asked: tuple[Experiment, bool] | None = None
        self._forget()

    def _forget(self) -> None:
        self.rates: tuple[float, ...] = ()
        self.losses: tuple[float, ...] = ()
        self.smooth: tuple[float, ...] = ()
        self.found: RateFound | None = None

    def ask(self, experiment: Experiment, *, is_source: bool = False) -> None:
        """Try rising rates for an experiment's fine-tuning, or for the pretraining of its source."""
        self._forget()
        self._asked = (experiment, is_source)
        work = partial(session.find_rate, experiment, home=self._home, is_source=is_source)
        self._tasks.start(WORK, work, self.apply)
        self.changed.emit()

    @Slot()
    def again(self) -> None:
        """Ask the same again."""
        if self._asked is not None:
            experiment, is_source = self._asked
            self.ask(experiment, is_source=is_source)

    @Slot()
    def cancel(self) -> None:
        """End the work."""
        self._tasks.cancel(WORK)

    def apply(self, events: list[Event]) -> None:
        """Take in what was tried, and the answer."""
        tried = [event for event in events if isinstance(event, RateTried) and event.loss is not None]
        if tried:
            self.rates += tuple(event.rate for event in tried)
            self.losses += tuple(event.loss for event in tried if event.loss is not None)
            self.smooth = rate_reading.smooth(self.rates, self.losses)
        for event in events:
            if isinstance(event, RateFound):
                self.found = event
                self.rates, self.losses, self.smooth = event.rates, event.losses, event.smooth
        self.changed.emit()
