"""What a study tells, in sentences for people without statistics: the same in the terminal and the window."""

from collections.abc import Iterator
from typing import assert_never

from kt_gui.schema import gain_words, tuning_words
from kt_gui.schema.gain_words import ARMS, points
from kt_gui.schema.quantities import duration, number, percent
from kt_gui.schema.studies import Numbers, Question, Trial
from kt_gui.schema.study_answers import (
    Curve,
    Gain,
    GainVerdict,
    LadderVerdict,
    LambdaVerdict,
    Point,
    Rung,
    SavingsVerdict,
    Verdict,
)
from kt_gui.schema.study_events import StudyEnded, StudyEvent, StudyForeseen, StudyStarted, TrialEnded, TrialStarted
from kt_gui.schema.texts import listed, mark, thousands, tr, trn
from kt_gui.schema.tuning import TuningVerdict

TITLES = {
    "lambda": mark("λ by cross-validation"),
    "gain": mark("Does transfer help?"),
    "ladder": mark("Freezing ladder"),
    "savings": mark("Label savings"),
    "tune": mark("Settings by cross-validation"),
}
STATES = {
    "finished": mark("finished"),
    "failed": mark("failed"),
    "stopped": mark("stopped"),
    "pruned": mark("let go of"),
}


def title(question: Question) -> str:
    """Name a kind of study."""
    return tr(TITLES[str(question.__struct_config__.tag)])


def trial_name(trial: Trial) -> str:
    """Name a trial in a few words."""
    return listed([_what(trial), _which(trial)])


def _what(trial: Trial) -> str:
    if trial.role != "cell":
        return tr("source") if trial.role == "source" else tr("all pictures")
    if trial.number is not None:
        return tr("try {number}", number=trial.number) + _settings(trial)
    if trial.fold is not None:
        return tr("features only") if trial.strength is None else f"λ {number(trial.strength)}"
    if trial.arm is not None:
        arm = tr(ARMS[trial.arm])
        return arm if trial.per_class is None else tr("{arm} with {count} a class", arm=arm, count=trial.per_class)
    return rung_name(trial.blocks)


def _settings(trial: Trial) -> str:
    return f" ({tuning_words.settings(trial.settings)})" if trial.settings else ""


def _which(trial: Trial) -> str:
    if trial.role != "cell":
        return ""
    return tr("fold {fold}", fold=trial.fold + 1) if trial.fold is not None else tr("seed {seed}", seed=trial.seed)


def rung_name(blocks: int | None) -> str:
    """Name a rung of the ladder."""
    if blocks is None:
        return tr("everything")
    return trn("last block", "last {count} blocks", blocks) if blocks else tr("features only")


# --- while it goes on ------------------------------------------------------------------------------------------------


def line(event: StudyEvent) -> str | None:
    """Put an event into a line, or a few; None where it is not worth one."""
    match event:
        case StudyStarted():
            return _started(event)
        case TrialStarted():
            return None
        case TrialEnded():
            return _trial(event)
        case StudyEnded():
            return "\n".join(ended(event))
        case StudyForeseen():
            return foreseen(event)
        case _:
            assert_never(event)


def foreseen(event: StudyForeseen) -> str:
    """Say what a study will take."""
    low, high = duration(event.seconds_low), duration(event.seconds_high)
    return trn("{count} run", "{count} runs", event.runs) + tr(", {low} to {high}.", low=low, high=high)


def _started(event: StudyStarted) -> str:
    runs = trn("{count} run", "{count} runs", event.runs)
    text = tr("The study goes on: {title}") if event.resumed else tr("The study begins: {title}")
    return tr(
        "{begins}; {runs} at most. {folder}",
        begins=text.format(title=title(event.question)),
        runs=runs,
        folder=event.folder,
    )


def _trial(event: TrialEnded) -> str:
    found = _found(event.numbers) if event.numbers else _why(event)
    text = tr(
        "  {done}/{planned}  {name}: {found}",
        done=event.done,
        planned=event.planned,
        name=trial_name(event.trial),
        found=found,
    )
    if event.left_s is None or event.left_s < 1:
        return text
    return text + tr(" ({time} left)", time=duration(event.left_s))


def _why(event: TrialEnded) -> str:
    """Say why there are no figures."""
    if event.state == "pruned" and event.reason:
        return tr("let go of, {reason}", reason=event.reason)
    return event.reason or tr(STATES[event.state])


def _found(numbers: Numbers) -> str:
    losses = [loss for loss in numbers.losses if loss is not None]
    loss = tr("validation loss {loss}", loss=number(min(losses))) if losses else ""
    tested = (
        tr("{accuracy} of the test pictures are right", accuracy=percent(numbers.accuracy))
        if numbers.accuracy is not None
        else ""
    )
    return listed([loss, tested])


# --- its answer ------------------------------------------------------------------------------------------------------


def ended(event: StudyEnded) -> Iterator[str]:
    """Say how it ended and what came out, a sentence or a line of a table each."""
    if event.ended == "cancelled":
        yield tr("Cancelled; the study was thrown away.")
        return
    if event.ended == "stopped":
        yield tr("Stopped. kt study --resume goes on with it.")
    if event.failed:
        yield trn("{count} trial failed.", "{count} trials failed.", event.failed)
    if event.verdict is None:
        yield tr("There is no answer yet.")
    else:
        yield from told(event.verdict)
    yield tr("Folder: {folder}", folder=event.folder)


def told(verdict: Verdict) -> Iterator[str]:
    """Put a verdict into sentences; the first is the answer."""
    yield answer(verdict)
    match verdict:
        case LambdaVerdict(points=points):
            yield from (_point(point) for point in points)
        case GainVerdict():
            yield from (_gain(gain) for gain in verdict.gains[1:])
            yield from _curve(verdict.curve, is_timed=bool(verdict.reached))
            yield from gain_words.told(verdict)
            yield from (str(message) for message in verdict.advice)
        case LadderVerdict(rungs=rungs):
            yield from (_rung(rung) for rung in rungs)
        case SavingsVerdict():
            yield from _sizes(verdict)
        case TuningVerdict():
            yield from tuning_words.told(verdict)
        case _:
            assert_never(verdict)


def answer(verdict: Verdict) -> str:
    """Say what came out in one sentence."""
    match verdict:
        case LambdaVerdict():
            return _chosen(verdict)
        case GainVerdict():
            return _helps(verdict)
        case LadderVerdict():
            return _best_rung(verdict)
        case SavingsVerdict():
            return _saves(verdict)
        case TuningVerdict():
            return tuning_words.answer(verdict)
        case _:
            assert_never(verdict)


def _chosen(verdict: LambdaVerdict) -> str:
    if verdict.chosen is None or verdict.best is None:
        return tr("No value was judged on every fold, so that none can be recommended.")
    best = verdict.points[verdict.best]
    text = (
        tr("{what}: its loss ({best} ± {error}) is the best, and none that stays nearer to the source comes close.")
        if verdict.chosen == verdict.best
        else tr("{what}: of all within one standard error of the best loss ({best} ± {error}), nearest to the source.")
    )
    return text.format(what=_recommended(verdict), best=number(best.mean or 0.0), error=number(best.error or 0.0))


def _recommended(verdict: LambdaVerdict) -> str:
    if verdict.value is None:
        return tr("Keep the source's features and learn the head only")
    name = "β" if verdict.field == "transfer.beta" else "λ"
    return tr("Use {name} = {value}", name=name, value=number(verdict.value))


def _point(point: Point) -> str:
    name = tr("features only") if point.strength is None else f"λ {number(point.strength)}"
    if point.mean is None:
        return tr("  {name}: –", name=name)
    right = percent(point.accuracy) if point.accuracy is not None else "–"
    folds = sum(loss is not None for loss in point.losses)
    text = tr(
        "  {name}: {mean} ± {error}, {right} right",
        name=name,
        mean=number(point.mean),
        error="–" if point.error is None else number(point.error),
        right=right,
    )
    return text if point.is_complete else text + trn(" (after {count} fold)", " (after {count} folds)", folds)


def _helps(verdict: GainVerdict) -> str:
    gain = next((each for each in verdict.gains if each.over == "scratch"), None)
    if gain is None:
        return tr("There is no pair of runs to be held against each other yet.")
    said = _gain(gain)
    match verdict.outcome:
        case "helps":
            return tr("Transfer helps: {gain}", gain=said)
        case "harms":
            return tr("Transfer harms (negative transfer): {gain}", gain=said)
        case "undecided":
            return tr("Whether transfer helps cannot be told: {gain}", gain=said)
        case _:
            assert_never(verdict.outcome)


def _gain(gain: Gain) -> str:
    over = tr("the same network from scratch") if gain.over == "scratch" else tr("features only")
    head = tr("{mean} points against {over}", mean=points(gain.mean), over=over)
    if gain.low is None or gain.high is None or gain.p is None:
        return head + trn(" ({count} pair of seeds).", " ({count} pairs of seeds).", gain.pairs)
    inside = [
        tr("95 % interval {low} to {high}", low=points(gain.low), high=points(gain.high)),
        trn("{count} pair of seeds", "{count} pairs of seeds", gain.pairs),
        f"p {number(gain.p)}",
        "" if gain.sign_flip is None else tr("sign-flip p {p}", p=number(gain.sign_flip)),
    ]
    return tr("{head} ({inside}). The interval covers seeds, not the test pictures.", head=head, inside=listed(inside))


def _curve(curve: Curve | None, *, is_timed: bool) -> Iterator[str]:
    """Along the epochs; where arms are timed, that says who never comes as far as scratch."""
    if curve is None:
        return
    yield tr(
        "Along the epochs: {start} points at the first, {end} at the last; area {area}.",
        start=points(curve.jumpstart),
        end=points(curve.asymptotic_gain),
        area="–" if curve.area_ratio is None else f"{100 * curve.area_ratio:+.0f} %".replace("-", "−"),
    )
    if curve.time_to_threshold is None or curve.scratch_time is None:
        if not is_timed:
            yield tr("What scratch ends with, transfer does not reach.")
    else:
        yield tr(
            "What scratch has after {scratch} epochs, transfer has after {transfer}.",
            scratch=number(curve.scratch_time),
            transfer=number(curve.time_to_threshold),
        )


def _best_rung(verdict: LadderVerdict) -> str:
    if verdict.best is None or verdict.chosen is None:
        return tr("No rung has come to its end.")
    best, chosen = verdict.rungs[verdict.best], verdict.rungs[verdict.chosen]
    if best is chosen:
        return tr("Best is {name}: {right} right.", name=rung_name(best.blocks), right=percent(best.score.mean or 0.0))
    return tr(
        "Use {name}: {right} right; in validation {best} is no more than a standard error better.",
        name=rung_name(chosen.blocks),
        right=percent(chosen.score.mean or 0.0),
        best=rung_name(best.blocks),
    )


def _rung(rung: Rung) -> str:
    return tr(
        "  {name}: {right} right, {time} a run, {share} of the parameters learn",
        name=rung_name(rung.blocks),
        right=percent(rung.score.mean or 0.0),
        time=duration(rung.seconds),
        share=percent(rung.trainable / rung.total if rung.total else 0.0),
    )


def _saves(verdict: SavingsVerdict) -> str:
    if verdict.times is None:
        return tr("No saving of labels can be told from these sizes.")
    times = number(round(verdict.times, 1))
    if verdict.is_bound:
        return tr(
            "Transfer saves labels: from scratch, more than {times} times as many do not get as far.", times=times
        )
    if verdict.times < 1:
        return tr("Transfer saves no labels: from scratch, {times} times as many get as far.", times=times)
    return tr("Transfer needs about {times} times fewer labels.", times=times)


def _sizes(verdict: SavingsVerdict) -> Iterator[str]:
    for pictures, ours, theirs in zip(verdict.pictures, verdict.transfer, verdict.scratch, strict=True):
        yield tr(
            "  {pictures} pictures: {ours} right by transfer, {theirs} from scratch",
            pictures=thousands(round(pictures)),
            ours=percent(ours.mean or 0.0),
            theirs=percent(theirs.mean or 0.0),
        )
