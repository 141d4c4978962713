"""Does transfer help: the plan of paired runs, and the verdict with its intervals. Pure."""

import math
from collections.abc import Sequence

import msgspec

from kt_gui.schema.choices import Features
from kt_gui.schema.experiment import Experiment, Scratch
from kt_gui.schema.remembering import Forgetting
from kt_gui.schema.studies import Arm, TransferGain, Trial
from kt_gui.schema.study_answers import Curve, Gain, GainVerdict, Outcome, Score
from kt_gui.schema.summaries import network_of
from kt_gui.schema.texts import Message, mark
from kt_gui.studies.gains import paired_gain, sign_flip, time_to, transfer_curve
from kt_gui.studies.race import lanes, reached
from kt_gui.studies.trials import Results, comparable, paired, require_source, rows, score, seed_of, with_freezing

HARMS = (
    mark("Choose a source that is nearer to the target: Which source? (kt rank) compares them without training."),
    mark("Lower the learning rate or raise λ where the network forgets the source; lower λ where it is held too fast."),
    mark("Look whether the source's labels are right, and its pictures prepared as the target's are."),
    mark("With this many pictures the target may be learnt better from scratch."),
)
UNDECIDED = (mark("The interval holds 0: more seeds narrow it, about as the root of their number."),)


def plan(experiment: Experiment, question: TransferGain) -> tuple[Trial, ...]:
    """List the trials seed by seed, so that a study that is stopped has whole pairs. Raises UserError."""
    require_source(experiment)
    arms: tuple[Arm, ...] = ("transfer", "scratch")
    if question.features and not isinstance(experiment.transfer.freezing, Features):
        arms = ("transfer", "features", "scratch")
    return tuple(_trial(experiment, seed, arm) for seed in range(question.seeds) for arm in arms)


def _trial(experiment: Experiment, column: int, arm: Arm) -> Trial:
    seed = seed_of(experiment, column)
    return Trial(key=f"{arm} seed {seed}", row=arm, column=column, seed=seed, arm=arm)


def experiment_of(experiment: Experiment, trial: Trial) -> Experiment:
    """Make the experiment of an arm. The network of an earlier run is not known here: its name is left empty."""
    made = comparable(experiment, trial)
    match trial.arm:
        case "features":
            return with_freezing(made, Features())
        case "scratch":
            return msgspec.structs.replace(made, source=Scratch(network=network_of(experiment.source)))
        case _:
            return made


def verdict(trials: Sequence[Trial], results: Results) -> GainVerdict:
    """Say whether transfer helps, by the seeds of which both runs have come to their end."""
    scores = {name: score(row, results) for name, row in rows(trials).items()}
    transfer, scratch = scores["transfer"], scores["scratch"]
    others: list[tuple[Arm, Score]] = [("scratch", scratch)]
    if "features" in scores:
        others.append(("features", scores["features"]))
    gains = tuple(gain for arm, other in others if (gain := gain_over(arm, transfer, other)) is not None)
    over_scratch = next((gain for gain in gains if gain.over == "scratch"), None)
    outcome = outcome_of(over_scratch)
    advice = {"harms": HARMS, "undecided": UNDECIDED}.get(outcome, ()) if over_scratch else ()
    return GainVerdict(
        scores=tuple(scores.values()),
        gains=gains,
        curve=curve_of(transfer, scratch),
        outcome=outcome,
        advice=tuple(Message(text) for text in advice),
        reached=reached(lanes(trials, results)),
        forgetting=forgetting_of(results),
        unrecalled=next((each.recall.reason for each in results.values() if each.recall and each.recall.reason), ""),
    )


def gain_over(arm: Arm, transfer: Score, other: Score) -> Gain | None:
    """Hold transfer against another arm; None without a pair."""
    ours, theirs = paired(transfer, other)
    if not ours:
        return None
    found = paired_gain(ours, theirs)
    low, high, p = (None if math.isnan(value) else value for value in found[1:])
    flip = sign_flip(ours, theirs)
    return Gain(over=arm, mean=found.mean, low=low, high=high, p=p, sign_flip=flip, pairs=len(ours))


def outcome_of(gain: Gain | None) -> Outcome:
    """Read the interval."""
    if gain is None or gain.low is None or gain.high is None:
        return "undecided"
    return "helps" if gain.low > 0 else "harms" if gain.high < 0 else "undecided"


def curve_of(transfer: Score, scratch: Score) -> Curve | None:
    """Hold the mean validation curves against each other, epoch by epoch; None where one is missing."""
    length = min(len(transfer.curve), len(scratch.curve))
    if not length:
        return None
    ours, theirs, times = transfer.curve[:length], scratch.curve[:length], [epoch + 1.0 for epoch in range(length)]
    threshold = theirs[-1]
    found = transfer_curve(times, ours, theirs, threshold)
    return Curve(
        jumpstart=found.jumpstart,
        asymptotic_gain=found.asymptotic_gain,
        area_ratio=None if math.isnan(found.area_ratio) else found.area_ratio,
        threshold=threshold,
        time_to_threshold=found.time_to_threshold,
        scratch_time=time_to(threshold, times, theirs),
    )


def forgetting_of(results: Results) -> Forgetting | None:
    """Sum up what the seeds still know of the source; None where that was measured of none."""
    recalls = [each.recall for each in results.values() if each.recall is not None]
    known = [(each.before, each.after) for each in recalls if each.before is not None and each.after is not None]
    if not known:
        return None
    before, after = zip(*known, strict=True)
    found = paired_gain(after, before)
    low, high = (None if math.isnan(value) else value for value in (found.low, found.high))
    count = len(known)
    return Forgetting(
        before=sum(before) / count, after=sum(after) / count, mean=found.mean, low=low, high=high, seeds=count
    )
