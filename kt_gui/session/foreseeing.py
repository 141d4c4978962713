"""What a study will take, before it starts."""

from collections.abc import Generator, Sequence

from kt_gui.schema.events import Event, Rehearsed
from kt_gui.schema.experiment import EarlierRun, Pretrain
from kt_gui.schema.stop import StopToken
from kt_gui.schema.studies import Folded, LambdaSearch, Study, TransferGain, Trial
from kt_gui.schema.study_events import StudyForeseen
from kt_gui.schema.tuning import Tuning
from kt_gui.session.folds import fold
from kt_gui.session.rehearsal import rehearse
from kt_gui.store.folders import Home
from kt_gui.studies import lambda_search, planning, tuning

PRUNED_SHARE = 0.5
"""Of a λ search's runs, about so many are left where hopeless values are let go of."""

RECALL_SHARE = 0.3
"""To test the source, the best and the last epoch on the source's test pictures takes about so much of an epoch."""


def foresee_study(asked: Study, stop: StopToken, home: Home) -> Generator[Event, None, None]:
    """Tell how many runs a study takes, and about how long; ends with `StudyForeseen`. Raises UserError, Stopped."""
    found = (yield from fold(asked, asked.study, stop, home)) if isinstance(asked.study, Folded) else None
    trials = planning.plan(asked, len(found.parts) if found else 0)
    rehearsed: Rehearsed | None = None
    for event in rehearse(asked.experiment, stop, home):
        if isinstance(event, Rehearsed):
            rehearsed = event
        else:
            yield event
    assert rehearsed is not None
    low, high = _foreseen(asked, trials, rehearsed)
    yield StudyForeseen(trials=trials, runs=count_runs(asked, trials), seconds_low=low, seconds_high=high)


def _foreseen(asked: Study, trials: Sequence[Trial], one: Rehearsed) -> tuple[float, float]:
    """What comes before the epochs, a pretraining for one, is done once a seed."""
    epochs = asked.experiment.training.epochs * one.seconds_per_epoch
    before, taken = max(0.0, one.seconds_low - epochs), count_runs(asked, trials)
    seeds = len({trial.seed for trial in trials}) if isinstance(asked.experiment.source, Pretrain) else 1
    recalls = _recalls(asked, trials) * RECALL_SHARE * _source_epoch(asked, before, one)
    low = seeds * before + _least(asked) * taken * epochs + recalls
    slack = one.seconds_high / one.seconds_low if one.seconds_low else 1.0
    return low, slack * (seeds * before + taken * (epochs + 1.0) + recalls)


def _recalls(asked: Study, trials: Sequence[Trial]) -> int:
    """Count the runs that are asked what they still know of the source; a pretrained model came without its data."""
    is_asked = isinstance(asked.study, TransferGain) and asked.study.forgetting
    can_be = isinstance(asked.experiment.source, Pretrain | EarlierRun)
    return sum(trial.arm == "transfer" for trial in trials) if is_asked and can_be else 0


def _source_epoch(asked: Study, before: float, one: Rehearsed) -> float:
    """How long the source learns in an epoch; what is not known of an earlier run is taken to be like the target."""
    source = asked.experiment.source
    return before / source.training.epochs if isinstance(source, Pretrain) else one.seconds_per_epoch


def _least(asked: Study) -> float:
    """Which share of the runs is left at least, as hopeless ones are let go of."""
    match asked.study:
        case LambdaSearch(prune=True):
            return PRUNED_SHARE
        case Tuning() as question if tuning.lets_go(question):
            return min(1.0, tuning.BEFORE / question.folds)
        case _:
            return 1.0


def count_runs(asked: Study, trials: Sequence[Trial]) -> int:
    """Count the runs of a study; heads that are solved take none."""
    is_solved = isinstance(asked.study, LambdaSearch) and lambda_search.may_be_solved(asked.experiment)
    return sum(trial.role != "cell" for trial in trials) if is_solved else len(trials)
