"""The freezing ladder: head only, the last blocks, everything; what each rung brings and costs. Pure."""

from collections.abc import Sequence

from kt_gui.schema.choices import Everything, Features, Freezing, LastBlocks
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.studies import FreezingLadder, Numbers, Trial
from kt_gui.schema.study_answers import LadderVerdict, Rung
from kt_gui.schema.texts import tr
from kt_gui.studies.choosing import one_standard_error, standard_error
from kt_gui.studies.trials import Results, comparable, require_source, rows, score, seed_of, with_freezing

EVERYTHING = "everything"


def plan(experiment: Experiment, question: FreezingLadder) -> tuple[Trial, ...]:
    """List the trials seed by seed, from the head up. Raises UserError."""
    require_source(experiment)
    if not question.blocks:
        raise UserError(
            tr("A ladder needs a rung beside the one where everything learns (study.blocks)."),
            tr("Write study.blocks = [0, 1, 2]."),
        )
    rungs: list[int | None] = [*sorted(set(question.blocks)), None]
    return tuple(_trial(experiment, column, blocks) for column in range(question.seeds) for blocks in rungs)


def _trial(experiment: Experiment, column: int, blocks: int | None) -> Trial:
    row, seed = EVERYTHING if blocks is None else str(blocks), seed_of(experiment, column)
    return Trial(key=f"{row} seed {seed}", row=row, column=column, seed=seed, blocks=blocks)


def experiment_of(experiment: Experiment, trial: Trial) -> Experiment:
    """Make the experiment of a rung."""
    return with_freezing(comparable(experiment, trial), freezing_of(trial.blocks))


def freezing_of(blocks: int | None) -> Freezing:
    """Say what learns on a rung."""
    if blocks is None:
        return Everything()
    return LastBlocks(blocks=blocks) if blocks else Features()


def verdict(trials: Sequence[Trial], results: Results) -> LadderVerdict:
    """Sum up the rungs that have come to their end. Validation pictures choose one, those of the test judge it."""
    made = [_rung(row, results) for row in rows(trials).values()]
    rungs = tuple(rung for rung in made if rung is not None)
    if not rungs:
        return LadderVerdict(rungs=(), best=None, chosen=None)
    losses = [1 - (rung.validation or 0.0) for rung in rungs]
    errors = [rung.error or 0.0 for rung in rungs]
    best = min(range(len(rungs)), key=lambda place: (losses[place], rungs[place].trainable))
    chosen = one_standard_error(losses, errors, [-float(rung.trainable) for rung in rungs])
    return LadderVerdict(rungs=rungs, best=best, chosen=chosen)


def _rung(row: Sequence[Trial], results: Results) -> Rung | None:
    known = [results[trial.key] for trial in row if trial.key in results]
    if not any(each.accuracy is not None for each in known):
        return None
    validated = [max(each.accuracies) for each in known if each.accuracies]
    return Rung(
        score=score(row, results),
        validation=sum(validated) / len(validated) if validated else None,
        error=standard_error(validated),
        blocks=row[0].blocks,
        trainable=known[0].trainable,
        total=known[0].total,
        seconds=sum(map(_learning, known)) / len(known),
        seconds_per_epoch=_per_epoch(known),
        memory=max(each.memory for each in known),
    )


def _learning(found: Numbers) -> float:
    """Seconds without those of the source, which only the first run of a seed learns; in older studies with them."""
    return found.times[-1] if found.times else found.seconds


def _per_epoch(known: Sequence[Numbers]) -> float | None:
    values = [each.seconds_per_epoch for each in known if each.seconds_per_epoch is not None]
    return sum(values) / len(values) if values else None
