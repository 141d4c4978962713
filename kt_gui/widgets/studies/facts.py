"""The numbers of a verdict in words: a name, a figure, and what it means."""

from dataclasses import dataclass

from kt_gui.schema.gain_words import ARMS, change, points
from kt_gui.schema.quantities import duration, gigabytes, number, percent
from kt_gui.schema.study_answers import Curve, Gain, GainVerdict, LadderVerdict, Saving, SavingsVerdict
from kt_gui.schema.study_words import rung_name
from kt_gui.schema.texts import listed, tr

NOTHING = "–"


@dataclass(frozen=True)
class Fact:
    """One line."""

    name: str
    value: str
    about: str = ""


def of_gain(verdict: GainVerdict) -> list[Fact]:
    """Accuracies of the arms, doubts, and how the curves lie."""
    scores = [Fact(tr(ARMS[score.name]), _accuracy(score.mean)) for score in verdict.scores]
    doubts = [_doubt(gain) for gain in verdict.gains if gain.over == "scratch"]
    curve = _of_curve(verdict.curve) if verdict.curve is not None else ()
    return [*scores, *doubts, *curve, *_of_source(verdict)]


def _of_source(verdict: GainVerdict) -> list[Fact]:
    """What transfer leaves of the source, or why that is not known."""
    found, name = verdict.forgetting, tr("Still known of the source")
    if found is None:
        return [Fact(name, NOTHING, verdict.unrecalled)] if verdict.unrecalled else []
    about = tr("of {before} before the transfer: {change}", before=percent(found.before), change=change(verdict))
    return [Fact(name, percent(found.after), about)]


def _doubt(gain: Gain) -> Fact:
    exact = tr("by flipping signs {p}", p=_chance(gain.sign_flip)) if gain.sign_flip is not None else ""
    value = _chance(gain.p)
    about = tr("by the paired t test")
    return Fact(tr("p, were there no difference"), value, listed((about, exact)))


def _of_curve(curve: Curve) -> list[Fact]:
    threshold = percent(curve.threshold)
    reached = NOTHING if curve.time_to_threshold is None else tr("epoch {epoch}", epoch=number(curve.time_to_threshold))
    area = NOTHING if curve.area_ratio is None else tr("{share}\N{NO-BREAK SPACE}%", share=points(curve.area_ratio))
    return [
        Fact(tr("Jumpstart"), points(curve.jumpstart), tr("points ahead after the first epoch")),
        Fact(tr("At the end"), points(curve.asymptotic_gain), tr("points ahead after the last epoch")),
        Fact(tr("Area ratio"), area, tr("between the curves, of the area under learning from scratch")),
        Fact(tr("Time to {threshold}", threshold=threshold), reached, tr("which learning from scratch ends with")),
    ]


def of_ladder(verdict: LadderVerdict) -> list[Fact]:
    """Of each rung: accuracy, and what it costs."""
    return [
        Fact(
            rung_name(rung.blocks),
            _accuracy(rung.score.mean),
            listed(
                (
                    tr("{share} of the parameters", share=percent(rung.trainable / max(rung.total, 1))),
                    duration(rung.seconds),
                    gigabytes(rung.memory) if rung.memory else "",
                )
            ),
        )
        for rung in verdict.rungs
    ]


def of_savings(verdict: SavingsVerdict) -> list[Fact]:
    """Of each size: how many labels learning from scratch needs for as much."""
    made = []
    for saving in verdict.savings:
        name = tr("With {count} labels", count=round(saving.pictures))
        if saving.told is None:
            made.append(Fact(name, NOTHING, _untold(saving)))
            continue
        times = tr("{times} times", times=number(saving.told))
        about = tr("fewer labels for {accuracy} right", accuracy=percent(saving.accuracy))
        made.append(Fact(name, f"> {times}" if saving.is_bound else times, about))
    return made


def _untold(saving: Saving) -> str:
    """Say why no saving can be told."""
    if saving.is_bound:
        return tr(
            "from scratch never {accuracy} right, and no more labels were tried", accuracy=percent(saving.accuracy)
        )
    return tr("from scratch more than {accuracy} right with the fewest", accuracy=percent(saving.accuracy))


def _accuracy(mean: float | None) -> str:
    return percent(mean) if mean is not None else NOTHING


def _chance(p: float | None) -> str:
    if p is None:
        return NOTHING
    return number(p) if p >= 0.001 else "< 0.001"
