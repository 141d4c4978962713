"""What is known of networks: which there are, of which blocks one is made, what a run with it would take."""

from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import Literal

from PySide6.QtCore import QObject, Signal

from kt_gui import session
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.tasks import Tasks
from kt_gui.schema.events import (
    BatchShown,
    DatasetCard,
    DatasetsListed,
    Event,
    ModelCard,
    ModelsListed,
    NetworkDescribed,
    Progressed,
    Rehearsed,
)
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.stop import StopToken
from kt_gui.store.folders import Home

Part = Literal["source", "target"]
Job = Literal["models", "datasets", "describe", "rehearse", "source", "target", "fetch"]


class NetworkModel(QObject):
    """Asks the session in the background and holds its answers.

    Signals:
        changed(): work began, went on, answered or failed.
    """

    changed = Signal()

    def __init__(self, home: Home, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(parent)
        self._home = home
        self._asked: dict[str, Experiment] = {}
        self._tasks = Tasks(self, is_enabled=is_enabled)
        self._tasks.changed.connect(self.changed)
        self.models: tuple[ModelCard, ...] = ()
        self.datasets: tuple[DatasetCard, ...] = ()
        self.described: NetworkDescribed | None = None
        self.rehearsed: Rehearsed | None = None
        self.shown: dict[Part, BatchShown] = {}

    def busy(self, job: Job | None = None) -> bool:
        """Whether this job, or any, goes on."""
        return self._tasks.busy(job)

    def progress(self, job: Job) -> Progressed | None:
        """How far a job has come."""
        return self._tasks.progress(job)

    def failure(self, job: Job) -> Failure | None:
        """Why a job failed."""
        return self._tasks.failure(job)

    def list_models(self) -> None:
        """List all networks there are."""
        if not self._tasks.busy("models"):
            self._tasks.start("models", lambda stop: session.list_models(stop, self._home), self.apply)

    def list_datasets(self) -> None:
        """List all catalogued data sets."""
        if not self._tasks.busy("datasets"):
            self._tasks.start("datasets", lambda stop: session.list_datasets(stop, self._home), self.apply)

    def describe(self, experiment: Experiment) -> None:
        """Describe the experiment's network, unless that is known or under way."""
        if self._asked.get("describe") != experiment:
            self._asked["describe"] = experiment
            self._tasks.start("describe", lambda stop: session.describe(experiment, stop, self._home), self.apply)

    def rehearse(self, experiment: Experiment) -> None:
        """Try three real batches."""
        self.rehearsed = None
        self._tasks.start("rehearse", lambda stop: session.rehearse(experiment, stop, self._home), self.apply)

    def preview(self, experiment: Experiment, part: Part) -> None:
        """Show the first training batch of source or target as the network will see it, unless that is known."""
        if self._asked.get(part) != experiment:
            self._asked[part] = experiment
            work = partial(session.preview, experiment, part, home=self._home)
            self._tasks.start(part, work, partial(self._show, part))

    def fetch_model(self, name: str) -> None:
        """Download a network's weights; the list is read again after it."""
        self._tasks.start("fetch", lambda stop: self._fetch_model(name, stop), self.apply)

    def fetch_data(self, name: str) -> None:
        """Download a catalogued data set; the list is read again after it."""
        self._tasks.start("fetch", lambda stop: self._fetch_data(name, stop), self.apply)

    def cancel(self, job: Job | None = None) -> None:
        """End this job, or all."""
        self._tasks.cancel(job)
        for each in [job] if job else [*self._asked]:
            self._asked.pop(each, None)

    def forget(self) -> None:
        """The experiment is another one: what was found out about the last is stale."""
        self.cancel()
        self.described, self.rehearsed, self.shown = None, None, {}
        self.changed.emit()

    def apply(self, events: list[Event]) -> None:
        """Take in answers."""
        for event in events:
            match event:
                case ModelsListed():
                    self.models = event.models
                case DatasetsListed():
                    self.datasets = event.datasets
                case NetworkDescribed():
                    self.described = event
                case Rehearsed():
                    self.rehearsed = event
                case _:
                    pass
        self.changed.emit()

    def _show(self, part: Part, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, BatchShown):
                self.shown[part] = event
        self.changed.emit()

    def _fetch_model(self, name: str, stop: StopToken) -> Iterator[Event]:
        return chain(session.fetch_model(name, stop, self._home), session.list_models(stop, self._home))

    def _fetch_data(self, name: str, stop: StopToken) -> Iterator[Event]:
        return chain(session.fetch_data(name, stop, self._home), session.list_datasets(stop, self._home))
