"""From what was measured of a target to one advice: which source, how much of it learns, how strongly it is held. Pure.

What was measured for this very source and target comes first, then a rule of thumb, which says that it is one. The
accuracy that is expected was always measured for what is advised; where it was not, there is none.
"""

import math
from collections.abc import Iterator, Sequence

import msgspec

from kt_gui.schema import freezing, tuning_words
from kt_gui.schema.advice import Advice, Aspect, Expected, Found, Known, Measure, Next, Part
from kt_gui.schema.choices import Features, Freezing, HeadFirst
from kt_gui.schema.events import Rehearsed
from kt_gui.schema.experiment import Experiment, Scratch, Training, Zoo
from kt_gui.schema.quantities import number, percent
from kt_gui.schema.rankings import Ranked, Standing
from kt_gui.schema.study_answers import GainVerdict, LadderVerdict, LambdaVerdict, Rung, Score
from kt_gui.schema.summaries import describe_source, network_of
from kt_gui.schema.texts import Message, mark
from kt_gui.schema.tuning import Setting, SettingName, TuningVerdict
from kt_gui.studies import lambda_search
from kt_gui.studies.freezing_ladder import freezing_of
from kt_gui.studies.pairs import wilson
from kt_gui.studies.settings import with_settings
from kt_gui.studies.trials import with_freezing
from kt_gui.studies.tuning import at_try

FEW = 20
"""Pictures of the smallest class, below which a rule of thumb lets the head alone learn: what is learnt with so few
pulls good features out of shape (Kumar et al. 2022, arXiv:2202.10054). With more, the head learns first, then all."""
ENOUGH = 0.9
"""What a linear probe has right, from which on a rule of thumb lets the head alone learn, too: little is left to gain,
and nothing has to be measured anew."""
HELD: tuple[SettingName, ...] = ("lambda", "beta", "weight_decay", "penalised")
"""Settings of a tuning that say how strongly weights are held: they were found together and are taken together."""

_UNMEASURED = Message(mark("It stays as it is set; nothing was measured for it."))


def advise(experiment: Experiment, known: Known, rehearsed: Rehearsed | None = None) -> Advice:
    """Put together what to do; `rehearsed` is the dry run of the experiment as it is."""
    best = best_of(known.ranked) if known.ranked is not None else None
    advised, source = _with_source(experiment, best, known.ranked)
    about = [found for found in known.studies if found.experiment.source == advised.source]
    parts = [source]
    if not isinstance(advised.source, Scratch):
        advised, part = _with_freezing(advised, about, known, best, rehearsed)
        parts.append(part)
        advised, part = _with_strength(advised, about)
        parts.append(part)
        advised, rates = _with_rate(advised, about)
        parts += rates
    return Advice(
        experiment=advised,
        parts=tuple(parts),
        expected=next(_expected(advised, about, best), None),
        next=_next(known, parts, about),
        rehearsed=rehearsed,
    )


# --- the source ------------------------------------------------------------------------------------------------------


def best_of(ranked: Ranked) -> Standing | None:
    """Give the candidate to use: of those within one standard error of the best probe, the cheapest.

    Who has learnt these pictures before does not count. Random weights come after any source that is as good; what
    comes with the program before what does not; then small pictures, then few features.
    """
    near = _near(ranked)
    return min(near, key=_cost) if near else None


def _near(ranked: Ranked) -> list[Standing]:
    fair = [(each.scores.probe, each) for each in ranked.standings if each.scores is not None and not each.own]
    if not fair:
        return []
    top = max(probe for probe, _ in fair)
    error = math.sqrt(top * (1 - top) / max(len(ranked.names), 1))
    return [each for probe, each in fair if probe >= top - error]


def _cost(standing: Standing) -> tuple[bool, bool, int, int]:
    source = standing.source
    is_bundled = isinstance(source, Zoo) and source.model.startswith("bundled/")
    return isinstance(source, Scratch), not is_bundled, standing.image_size, standing.features


def _with_source(experiment: Experiment, best: Standing | None, ranked: Ranked | None) -> tuple[Experiment, Part]:
    if best is None or ranked is None:
        return experiment, Part(aspect="source", value=_named(experiment), basis="own", why=_UNMEASURED)
    part = Part(aspect="source", value=best.name, basis="ranking", why=_why_source(len(_near(ranked)) - 1))
    if best.source == experiment.source:
        return experiment, part
    transfer = msgspec.structs.replace(experiment.transfer, keep_head=False)  # another source has other classes
    return msgspec.structs.replace(experiment, source=best.source, transfer=transfer), part


def _why_source(tied: int) -> Message:
    if not tied:
        return Message(mark("Its linear probe is the best of the ranking by more than a standard error."))
    said = mark(
        "Of those whose linear probes are within one standard error of the best (others: {count}), the cheapest."
    )
    return Message(said, {"count": tied})


def _named(experiment: Experiment) -> str:
    return describe_source(experiment.source) or network_of(experiment.source)


# --- how much of it learns -------------------------------------------------------------------------------------------


def _with_freezing(
    experiment: Experiment,
    about: Sequence[Found],
    known: Known,
    best: Standing | None,
    rehearsed: Rehearsed | None,
) -> tuple[Experiment, Part]:
    for found in about:
        choice = _measured_freezing(found)
        if choice is not None:
            changed, value = with_freezing(experiment, choice), freezing.name(choice)
            if changed == experiment and not _compares_freezing(found):
                return experiment, Part(aspect="freezing", value=value, basis="own", why=_UNMEASURED)
            return changed, _of_study(found, "freezing", value)
    choice, why = _by_rule(known, best, rehearsed)
    part = Part(aspect="freezing", value=freezing.name(choice), basis="rule", why=why)
    return with_freezing(experiment, choice), part


def _by_rule(known: Known, best: Standing | None, rehearsed: Rehearsed | None) -> tuple[Freezing, Message]:
    probe = best.scores.probe if best is not None and best.scores is not None else 0.0
    if known.smallest < FEW:
        said = mark("A rule of thumb for few pictures: the smallest class has {count} to learn from.")
        return Features(), Message(said, {"count": known.smallest})
    if probe >= ENOUGH:
        said = mark("A rule of thumb: the head alone has {probe} right, so little is left to gain.")
        return Features(), Message(said, {"probe": percent(probe)})
    if rehearsed is not None and not rehearsed.fits:
        return Features(), Message(mark("A rule of thumb: the dry run did not fit, and the head alone takes least."))
    if best is None:
        said = mark("A rule of thumb for many pictures: the smallest class has {count} to learn from.")
        return HeadFirst(), Message(said, {"count": known.smallest})
    said = mark("A rule of thumb for many pictures: the head alone has {probe} right, and the rest may add to that.")
    return HeadFirst(), Message(said, {"probe": percent(probe)})


def _measured_freezing(found: Found) -> Freezing | None:
    """What a study says should learn: a ladder's choice, a tuning's, or a λ search's, whose frozen end is one."""
    match found.verdict:
        case LadderVerdict(rungs=rungs, chosen=int(chosen)):
            return freezing_of(rungs[chosen].blocks)
        case LambdaVerdict(points=points, chosen=int(chosen)):
            return Features() if points[chosen].strength is None else found.experiment.transfer.freezing
        case TuningVerdict(names=names, chosen=int(chosen)) as verdict if "freezing" in names:
            return at_try(found.experiment, verdict, chosen).transfer.freezing
        case _:
            return None


def _compares_freezing(found: Found) -> bool:
    """Whether a study has tried more than one: a λ search has only where it went to the frozen end."""
    verdict = found.verdict
    return not isinstance(verdict, LambdaVerdict) or any(point.strength is None for point in verdict.points)


def _of_study(found: Found, aspect: Aspect, value: str) -> Part:
    why = Message(mark("The study “{name}” of this source and target has found it."), {"name": found.name})
    return Part(aspect=aspect, value=value, basis="study", why=why, study=found.folder, name=found.name)


# --- how strongly it is held -----------------------------------------------------------------------------------------


def _with_strength(experiment: Experiment, about: Sequence[Found]) -> tuple[Experiment, Part]:
    for found, verdict in _searches(experiment, about):
        if isinstance(verdict, TuningVerdict):
            held = _chosen(verdict, HELD)
            changed, value = with_settings(experiment, held), tuning_words.settings(held)
            is_told = any(setting.name in ("lambda", "beta") for setting in held)
        else:
            strength = verdict.points[verdict.chosen or 0].strength
            changed = lambda_search.with_strength(experiment, strength) if strength is not None else experiment
            value, is_told = _strength(changed), strength is not None
        if is_told:
            return _as_long(changed, verdict), _of_study(found, "strength", value)
    return experiment, Part(aspect="strength", value=_strength(experiment), basis="own", why=_UNMEASURED)


def _searches(experiment: Experiment, about: Sequence[Found]) -> Iterator[tuple[Found, LambdaVerdict | TuningVerdict]]:
    """The searches that hold for this very freezing: those with it, or that have chosen it."""
    for found in about:
        verdict, own = found.verdict, found.experiment.transfer.freezing
        if isinstance(verdict, LambdaVerdict | TuningVerdict) and verdict.chosen is not None:
            chosen = _measured_freezing(found)
            fits = [own, chosen] if isinstance(verdict, LambdaVerdict) else [chosen or own]
            if experiment.transfer.freezing in fits:
                yield found, verdict


def _chosen(verdict: TuningVerdict, names: Sequence[SettingName]) -> tuple[Setting, ...]:
    """What a tuning has chosen of these settings."""
    settings = verdict.tries[verdict.chosen].settings if verdict.chosen is not None else ()
    return tuple(setting for setting in settings if setting.name in names)


def _as_long(experiment: Experiment, verdict: LambdaVerdict | TuningVerdict) -> Experiment:
    """Train as long as the search found best."""
    if verdict.epochs is None:
        return experiment
    training = msgspec.structs.replace(experiment.training, epochs=verdict.epochs, patience=None)
    return msgspec.structs.replace(experiment, training=training)


def _strength(experiment: Experiment) -> str:
    if lambda_search.field_of(experiment) == "transfer.beta":
        return f"β\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{number(experiment.transfer.beta)}"
    return f"λ\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{number(experiment.transfer.strength)}"


# --- how fast it learns ----------------------------------------------------------------------------------------------


def _with_rate(experiment: Experiment, about: Sequence[Found]) -> tuple[Experiment, list[Part]]:
    """Take the learning rate, and the epochs it was judged with, where a tuning has found one; else say nothing."""
    for found, verdict in _searches(experiment, about):
        rate = _chosen(verdict, ("learning_rate",)) if isinstance(verdict, TuningVerdict) else ()
        if rate:
            changed = _as_long(with_settings(experiment, rate), verdict)
            return changed, [_of_study(found, "rate", tuning_words.settings(rate))]
    return experiment, []


# --- what to expect --------------------------------------------------------------------------------------------------


def _expected(experiment: Experiment, about: Sequence[Found], best: Standing | None) -> Iterator[Expected]:
    """What was measured for this very experiment, the surest first."""
    alike = [found for found in about if _learns_alike(found.experiment.training, experiment.training)]
    for found in alike:
        if isinstance(found.verdict, GainVerdict) and found.experiment.transfer == experiment.transfer:
            yield from _of_seeds(found, [score for score in found.verdict.scores if score.name == "transfer"])
    for found, verdict in _searches(experiment, about):
        yield from _of_folds(experiment, found, verdict)
    for found in alike:
        if isinstance(found.verdict, LadderVerdict):
            yield from _of_seeds(found, [rung.score for rung in _rungs(experiment, found, found.verdict)])
    if isinstance(experiment.transfer.freezing, Features) and best is not None and best.scores is not None:
        scores = best.scores
        yield Expected(accuracy=scores.probe, low=scores.low, high=scores.high, measure="probe")


def _learns_alike(one: Training, other: Training) -> bool:
    """Whether two trainings come to the same, once both have all their epochs: whatever they keep, and compute on."""
    usual = Training()

    def plain(training: Training) -> Training:
        return msgspec.structs.replace(
            training,
            patience=None,
            snapshots=usual.snapshots,
            precision=usual.precision,
            memory_format=usual.memory_format,
            device=usual.device,
        )

    return plain(one) == plain(other)


def _of_folds(experiment: Experiment, found: Found, verdict: LambdaVerdict | TuningVerdict) -> Iterator[Expected]:
    """What a search has found for what it chose, where that is this very experiment."""
    place = verdict.chosen or 0
    if isinstance(verdict, TuningVerdict):
        accuracy, tried = verdict.tries[place].accuracy, at_try(found.experiment, verdict, place)
    else:
        accuracy = verdict.points[place].accuracy
        tried = lambda_search.with_strength(found.experiment, verdict.points[place].strength)
    trainings = (_as_long(each, verdict).training for each in (tried, experiment))
    if (
        accuracy is not None
        and verdict.pictures
        and tried.transfer == experiment.transfer
        and _learns_alike(*trainings)
    ):
        low, high = wilson(accuracy, verdict.pictures)
        measure: Measure = "tries" if isinstance(verdict, TuningVerdict) else "folds"
        yield Expected(accuracy=accuracy, low=low, high=high, measure=measure, study=found.folder)


def _rungs(experiment: Experiment, found: Found, verdict: LadderVerdict) -> list[Rung]:
    return [
        rung
        for rung in verdict.rungs
        if with_freezing(found.experiment, freezing_of(rung.blocks)).transfer == experiment.transfer
    ]


def _of_seeds(found: Found, scores: Sequence[Score]) -> Iterator[Expected]:
    for score in scores:
        if score.mean is not None:
            yield Expected(accuracy=score.mean, low=score.low, high=score.high, measure="seeds", study=found.folder)


# --- what to ask next ------------------------------------------------------------------------------------------------


def _next(known: Known, parts: Sequence[Part], about: Sequence[Found]) -> Next:
    """Say what would tell most: of the first part that was not measured; in the end, whether it helps at all."""
    basis = {part.aspect: part.basis for part in parts}
    if known.ranked is None:
        return "ranking"
    if basis.get("strength") == "own" and not any(isinstance(found.verdict, LambdaVerdict) for found in about):
        return "lambda"
    if basis.get("freezing") == "rule":
        return "ladder"
    if "freezing" in basis and not any(isinstance(found.verdict, GainVerdict) for found in about):
        return "gain"
    return "none"
