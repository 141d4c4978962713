"""What a study says of itself in words: its line, what it is at, what its button does. Pure: from its model to text."""

from kt_gui.bridge import study_words as words
from kt_gui.bridge.study_model import StudyModel
from kt_gui.schema import tuning_words
from kt_gui.schema.quantities import duration
from kt_gui.schema.study_answers import GainVerdict, LambdaVerdict, Verdict
from kt_gui.schema.texts import listed, mark, tr, trn
from kt_gui.schema.tuning import TuningVerdict
from kt_gui.widgets import progress

SEPARATOR = " · "
STATES = {
    "prepared": mark("not started yet"),
    "running": mark("running"),
    "paused": mark("paused"),
    "stopping": mark("stopping"),
    "finished": mark("finished"),
    "stopped": mark("stopped"),
    "cancelled": mark("cancelled"),
    "failed": mark("failed"),
    "interrupted": mark("interrupted"),
}


def line(study: StudyModel) -> str:
    """Say its name, how it stands, how long it took and how many of its trials failed."""
    state = tr(STATES[study.state]) if study.state in STATES else ""
    time = duration(study.seconds) if study.seconds else ""
    failed = trn("{count} trial failed", "{count} trials failed", study.failed) if study.failed else ""
    return SEPARATOR.join(each for each in (study.name, state, time, failed) if each)


def doing(study: StudyModel) -> str:
    """Say what a study is at, and how long it will take."""
    parts, single = [], study.single
    if single is not None:
        parts.append(listed(words.names(single.trial, study.field)))
    elif study.at_work:
        parts.append(tr("{count} at work", count=len(study.at_work)))
    if study.activity is not None:
        parts.append(progress.describe(study.activity))
    elif single is not None and single.phase is not None:
        parts.append(tr("epoch {epoch} of {count}", epoch=single.epoch, count=single.phase.epochs))
    if study.trials:
        parts.append(tr("{done} of {count} trials", done=study.done, count=len(study.trials)))
    if study.left_s is not None and study.left_s > 0:
        parts.append(tr("about {time} left", time=duration(study.left_s)))
    return SEPARATOR.join(parts) or tr("Starting")


def why(verdict: Verdict) -> str:
    """Say what stands below an answer: by which rule it was found; empty where it says all."""
    match verdict:
        case LambdaVerdict():
            return words.why_chosen(verdict)
        case GainVerdict():
            return tr(words.OUTCOMES[verdict.outcome])
        case TuningVerdict():
            return tuning_words.why(verdict)
        case _:
            return ""


def use_of_try(verdict: TuningVerdict, place: int) -> str:
    """Say what using the settings of a try does."""
    if place == verdict.chosen:
        return tr("Use these settings")
    return tr("Use {settings}", settings=tuning_words.values(verdict.tries[place].settings))


def use_of(verdict: LambdaVerdict, place: int) -> str:
    """Say what using a value does."""
    use = tr("Use {value}", value=words.value_name(verdict, verdict.points[place]))
    if place != verdict.chosen:
        return use
    if verdict.points[place].strength is not None:
        use = tr("Use this {symbol}", symbol=words.symbol(verdict))
    if verdict.epochs is None:
        return use
    return trn("{use} and {count} epoch", "{use} and {count} epochs", verdict.epochs, use=use)


def use_means(verdict: LambdaVerdict, place: int) -> str:
    """Say what else using a value changes; empty where nothing."""
    if place != verdict.chosen or verdict.epochs is None:
        return ""
    return tr("As many epochs as it was chosen at, by the steps of all pictures; early stopping is turned off.")
