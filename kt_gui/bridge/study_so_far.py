"""What a study would say if it ended now: worked out after each trial, in the worker's thread."""

from collections.abc import Iterable, Iterator

from kt_gui.schema.events import Event
from kt_gui.schema.studies import Numbers, Study, StudyStarted, Trial, TrialEnded, Verdict


class SoFar(Event, frozen=True, kw_only=True, tag="study_so_far"):
    """The verdict by the trials so far."""

    verdict: Verdict | None


def with_verdicts(study: Study, events: Iterable[Event]) -> Iterator[Event]:
    """Let a study's events through and say, after each trial that found something out, what follows from all so far."""
    from kt_gui.studies.planning import verdict  # here: it may load scipy, which takes a while

    trials: tuple[Trial, ...] = ()
    pictures = 0
    results: dict[str, Numbers] = {}
    for event in events:
        yield event
        match event:
            case StudyStarted():
                trials, pictures = event.trials, event.pictures
            case TrialEnded(trial=trial, state="finished", numbers=Numbers() as numbers):
                results[trial.key] = numbers
                yield SoFar(verdict=verdict(study, trials, results, pictures))
            case _:
                pass
