"""What a study asks, how its tiles are called, and its answer in a few words, as the window has room for them."""

from collections.abc import Sequence
from typing import assert_never

from kt_gui.schema import tuning_words
from kt_gui.schema.gain_words import ARMS, points
from kt_gui.schema.quantities import number, percent
from kt_gui.schema.studies import FreezingLadder, LabelSavings, LambdaSearch, Study, TransferGain, Trial
from kt_gui.schema.study_answers import (
    Gain,
    GainVerdict,
    LadderVerdict,
    LambdaField,
    LambdaVerdict,
    Point,
    SavingsVerdict,
    Verdict,
)
from kt_gui.schema.study_words import STATES as ENDED
from kt_gui.schema.study_words import rung_name
from kt_gui.schema.texts import mark, tr, trn
from kt_gui.schema.tuning import Tuning, TuningVerdict
from kt_gui.studies import lambda_search

ROLES = {"source": mark("source"), "refit": mark("refit")}
STATES = {**ENDED, "waiting": mark("waiting"), "running": mark("running")}
OUTCOMES = {
    "helps": mark("Transfer helps"),
    "harms": mark("Transfer harms"),
    "undecided": mark("Nothing can be told yet"),
}
_SYMBOLS: dict[LambdaField, str] = {"transfer.lambda": "λ", "transfer.beta": "β"}


# --- what is asked ---------------------------------------------------------------------------------------------------


def asks(study: Study) -> str:
    """Say what a study does, in a sentence or two."""
    question = study.study
    match question:
        case LambdaSearch():
            said = tr(
                "The pictures to learn from are dealt into {count} parts that take turns at judging. Of all values "
                "within one standard error of the best, the strongest pull is chosen. Test pictures are not looked at.",
                count=question.folds,
            )
            if lambda_search.field_of(study.experiment) == "transfer.lambda":
                return said
            return said + " " + tr("With features only and a new head, λ holds nothing: the values are β/2 instead.")
        case TransferGain():
            return tr(
                "The experiment and the same network from scratch are run {count} times each, seed by seed on the same "
                "pictures, in the same order, for as many epochs. What counts are the paired differences.",
                count=question.seeds,
            )
        case FreezingLadder():
            return tr(
                "From the head alone to everything, {count} times each: what it brings to let more blocks learn, and "
                "what it costs.",
                count=question.seeds,
            )
        case LabelSavings():
            return tr(
                "With more and more pictures per class, {count} times each: how many labels learning from scratch "
                "needs for what transfer reaches with fewer.",
                count=question.seeds,
            )
        case Tuning():
            return tr(
                "The pictures to learn from are dealt into {count} parts that take turns at judging. The first try is "
                "the experiment's own settings, where they are searched; what is tried later follows from what was "
                "found. The lowest validation loss wins, and simpler settings within one standard error are named. "
                "Test pictures are not looked at.",
                count=question.folds,
            )
        case _:
            assert_never(question)


def row_name(trial: Trial, field: LambdaField = "transfer.lambda") -> str:
    """Call what a trial is compared by; where λ was not what was searched, by what was."""
    if trial.role != "cell":
        return tr(ROLES[trial.role])
    if trial.number is not None:
        return tuning_words.values(trial.settings) if trial.settings else tr("try {number}", number=trial.number)
    if trial.fold is not None:
        return tr("frozen") if trial.strength is None else number(_set_to(field, trial.strength))
    parts = [] if trial.per_class is None else [trn("{count} a class", "{count} a class", trial.per_class)]
    if trial.arm is not None:
        parts.append(tr(ARMS[trial.arm]))
    if not parts:
        return rung_name(trial.blocks)
    return " · ".join(parts)


def column_name(trial: Trial) -> str:
    """Call a repetition."""
    if trial.role != "cell":
        return tr(ROLES[trial.role])
    if trial.fold is not None:
        return tr("fold {fold}", fold=trial.fold + 1)
    return tr("seed {seed}", seed=trial.seed)


def names(trial: Trial, field: LambdaField = "transfer.lambda") -> tuple[str, ...]:
    """Call a trial: by its row and, where it has some, by its repetition."""
    if trial.settings:
        return tuning_words.settings(trial.settings), column_name(trial)
    row = row_name(trial, field)
    return (row, column_name(trial)) if trial.role == "cell" else (row,)


# --- what is said ----------------------------------------------------------------------------------------------------


def sentence(verdict: Verdict) -> str:
    """Say what came out, in a sentence."""
    match verdict:
        case LambdaVerdict():
            return _of_lambda(verdict)
        case GainVerdict():
            return _of_gain(verdict)
        case LadderVerdict():
            return _of_ladder(verdict)
        case SavingsVerdict():
            return _of_savings(verdict)
        case TuningVerdict():
            return _of_tuning(verdict)
        case _:
            assert_never(verdict)


def symbol(verdict: LambdaVerdict) -> str:
    """The letter of the setting that was searched."""
    return _SYMBOLS[verdict.field]


def value_name(verdict: LambdaVerdict, point: Point) -> str:
    """Call a value of a search: `λ = 0.01`, or the frozen end."""
    if point.strength is None:
        return tr("features only")
    return f"{symbol(verdict)} = {number(setting(verdict, point.strength))}"


def setting(verdict: LambdaVerdict, strength: float) -> float:
    """Give what the setting is at a strength: β is twice what the search varies."""
    return _set_to(verdict.field, strength)


def _set_to(field: LambdaField, strength: float) -> float:
    return 2 * strength if field == "transfer.beta" else strength


def loss(point: Point) -> str:
    """Write a mean and its standard error."""
    if point.mean is None:
        return "–"
    return number(point.mean) if point.error is None else f"{point.mean:.3f} ± {point.error:.3f}"


def why_chosen(verdict: LambdaVerdict) -> str:
    """Say by which rule a value was chosen."""
    if verdict.best is None or verdict.chosen is None:
        return tr("A value can be chosen once all of its folds were run.")
    best = verdict.points[verdict.best]
    said = {"loss": loss(best), "best": value_name(verdict, best)}
    if verdict.best == verdict.chosen:
        return tr(
            "It has the lowest validation loss, {loss}, and nothing stronger is within one standard error.", **said
        )
    return tr("It is the strongest within one standard error of the lowest validation loss, {loss} at {best}.", **said)


def _of_lambda(verdict: LambdaVerdict) -> str:
    if verdict.chosen is None:
        return tr("Nothing can be chosen yet")
    point = verdict.points[verdict.chosen]
    if point.strength is None:
        return tr("Freeze everything but the head: no {symbol} is clearly better", symbol=symbol(verdict))
    return tr("Use {value}", value=value_name(verdict, point))


def _of_gain(verdict: GainVerdict) -> str:
    if not verdict.gains:
        return tr(OUTCOMES[verdict.outcome])
    return gain_sentence(verdict.gains[0])


def gain_sentence(gain: Gain) -> str:
    """Say a paired difference with its interval."""
    over = tr("the same network from scratch") if gain.over == "scratch" else tr(ARMS[gain.over])
    said = {"mean": points(gain.mean), "over": over}
    if gain.low is None or gain.high is None:
        return trn(
            "{mean} points against {over} ({count} pair of seeds: no interval yet)",
            "{mean} points against {over} ({count} pairs of seeds: no interval yet)",
            gain.pairs,
            **said,
        )
    return trn(
        "{mean} points against {over} (95 % interval {low} to {high}, {count} paired seed)",
        "{mean} points against {over} (95 % interval {low} to {high}, {count} paired seeds)",
        gain.pairs,
        low=points(gain.low),
        high=points(gain.high),
        **said,
    )


def _of_ladder(verdict: LadderVerdict) -> str:
    if verdict.chosen is None:
        return tr("Nothing can be chosen yet")
    rung = verdict.rungs[verdict.chosen]
    share = rung.trainable / max(rung.total, 1)
    return tr(
        "Enough learns with: {rung} ({share} of the parameters, {accuracy} right)",
        rung=rung_name(rung.blocks),
        share=percent(share),
        accuracy=percent(rung.score.mean) if rung.score.mean is not None else "–",
    )


def _of_savings(verdict: SavingsVerdict) -> str:
    if verdict.times is None:
        return tr("How many labels transfer saves cannot be told yet")
    if verdict.times < 1:
        return tr("Transfer saves no labels")
    times = number(round(verdict.times, 1))
    if verdict.is_bound:
        return tr("Transfer needs more than {times} times fewer labels", times=times)
    return tr("Transfer needs about {times} times fewer labels", times=times)


def _of_tuning(verdict: TuningVerdict) -> str:
    return tr("Nothing can be chosen yet") if verdict.chosen is None else tuning_words.answer(verdict)


def counts(trials: Sequence[Trial], runs: int) -> str:
    """Say how much work a study is."""
    taken = trn("{count} run", "{count} runs", runs)
    planned = trn("{count} trial", "{count} trials", len(trials))
    return taken if runs == len(trials) else f"{planned} · {taken}"
