"""How far the target lies from a candidate's pictures: asks the session in the background, holds and remembers maps."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject

from kt_gui import session
from kt_gui.bridge.asking import WORK, Asking
from kt_gui.schema.datasets import Dataset
from kt_gui.schema.domains import Mapped
from kt_gui.schema.events import Event
from kt_gui.schema.experiment import EarlierRun, Target
from kt_gui.schema.insights import Projection
from kt_gui.schema.rankings import Candidate
from kt_gui.schema.stop import StopToken
from kt_gui.store.folders import Home

KEPT = 24
"""Maps that are remembered: who walks back and forth waits once for each."""


@dataclass(frozen=True)
class DomainsAsked:
    """Whose features, and of which two sets."""

    candidate: Candidate
    source: Dataset | EarlierRun
    target: Target
    seed: int = 0
    method: Projection = "pca"


class DomainModel(Asking):
    """One map at a time.

    Signals:
        changed(): work began, went on, answered or failed.
    """

    def __init__(self, home: Home, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(home, parent, is_enabled=is_enabled)
        self._known: OrderedDict[DomainsAsked, Mapped] = OrderedDict()
        self.asked: DomainsAsked | None = None

    @property
    def mapped(self) -> Mapped | None:
        """The map that was asked for last, once it is there."""
        return self._known.get(self.asked) if self.asked is not None else None

    def ask(self, asked: DomainsAsked) -> None:
        """Draw a map, unless it is known or under way."""
        if asked == self.asked and (self.is_busy or self.mapped is not None or self.failure is not None):
            return
        self.asked = asked
        self._tasks.cancel(WORK)
        self._tasks.forgive(WORK)
        if self.mapped is None:
            self._tasks.start(WORK, partial(_work, asked, home=self._home), partial(self._take, asked))
        self.changed.emit()

    def retry(self) -> None:
        """Ask again for what failed."""
        asked, self.asked = self.asked, None
        if asked is not None:
            self.ask(asked)

    def cancel(self) -> None:
        """End the work; what was asked may be asked again."""
        self._tasks.cancel(WORK)
        self._tasks.forgive(WORK)
        self.asked = None
        self.changed.emit()

    def apply(self, events: list[Event]) -> None:
        """Take in the answer to what was asked last."""
        if self.asked is not None:
            self._take(self.asked, events)

    def _take(self, asked: DomainsAsked, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Mapped):
                self._known[asked] = event
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        self.changed.emit()


def _work(asked: DomainsAsked, stop: StopToken, *, home: Home) -> Iterator[Event]:
    return session.domains(
        asked.candidate, asked.source, asked.target, stop, home, method=asked.method, seed=asked.seed
    )
