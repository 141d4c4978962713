"""What a study would say if it ended now: worked out as trials end, in the worker's thread."""

import time
from collections.abc import Iterable, Iterator

from kt_gui.schema.events import Event
from kt_gui.schema.studies import Numbers, Study, Trial
from kt_gui.schema.study_answers import Verdict
from kt_gui.schema.study_events import StudyEnded, StudyStarted, TrialEnded, TrialStarted
from kt_gui.studies.tuning import settled

PAUSE_S = 0.3
"""The least time between two verdicts: of a history, which is read quickly, only the last one counts."""


class SoFar(Event, frozen=True, kw_only=True, tag="study_so_far"):
    """The verdict by the trials so far."""

    verdict: Verdict | None


def with_verdicts(study: Study, events: Iterable[Event], pause_s: float = PAUSE_S) -> Iterator[Event]:
    """Let a study's events through and say, soon after trials have ended, what follows from all of them."""
    known = _Known(study)
    for event in events:
        if known.is_stale and not isinstance(event, StudyEnded) and time.monotonic() - known.told >= pause_s:
            yield known.tell()
        yield event
        known.take(event)
    if known.is_stale:
        yield known.tell()


class _Known:
    """What is known of a study, and whether a verdict was told of all of it."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._trials: tuple[Trial, ...] = ()
        self._pictures = 0
        self._results: dict[str, Numbers] = {}
        self.is_stale, self.told = False, time.monotonic()

    def take(self, event: Event) -> None:
        match event:
            case StudyStarted():
                self._trials, self._pictures = event.trials, event.pictures
            case TrialStarted(trial=trial):
                self._trials = settled(self._trials, trial)
            case TrialEnded(trial=trial, state="finished", numbers=Numbers() as numbers):
                self._results[trial.key] = numbers
                self.is_stale = True
            case StudyEnded():
                self.is_stale = False
            case _:
                pass

    def tell(self) -> SoFar:
        from kt_gui.studies.planning import verdict  # here: it may load scipy, which takes a while

        found = verdict(self._study, self._trials, self._results, self._pictures)
        self.is_stale, self.told = False, time.monotonic()
        return SoFar(verdict=found)
