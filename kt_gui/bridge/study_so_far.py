"""What a study would say if it ended now: worked out after each trial, in the worker's thread."""

from collections.abc import Iterable, Iterator, Mapping

from kt_gui.schema.events import Event
from kt_gui.schema.studies import Numbers, Study, StudyStarted, Trial, TrialEnded, Verdict


class SoFar(Event, frozen=True, kw_only=True, tag="study_so_far"):
    """The verdict by the trials so far."""

    verdict: Verdict | None


def with_verdicts(study: Study, events: Iterable[Event]) -> Iterator[Event]:
    """Let a study's events through and say, after each trial that found something out, what follows from all so far."""
    from kt_gui.studies.planning import verdict  # here: it may load scipy, which takes a while

    trials: tuple[Trial, ...] = ()
    results: dict[str, Numbers] = {}
    for event in events:
        yield event
        match event:
            case StudyStarted():
                trials = event.trials
            case TrialEnded(numbers=Numbers() as numbers) if not event.trial.is_refit:
                results[event.trial.key] = numbers
                yield SoFar(verdict=verdict(study, trials, results, _pictures(trials, results)))
            case _:
                pass


def _pictures(trials: Iterable[Trial], results: Mapping[str, Numbers]) -> int:
    """How many pictures the folds are made of, by what most of them learnt from."""
    folds = 1 + max((trial.fold or 0 for trial in trials), default=0)
    most = max(each.pictures for each in results.values())
    return round(most * folds / max(folds - 1, 1))
