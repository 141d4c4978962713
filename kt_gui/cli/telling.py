"""Tells a person in words what a run tells: one line an event, where it is worth one."""

from kt_gui.cli import answers
from kt_gui.schema import proof_words, study_words
from kt_gui.schema.activities import ACTIVITIES, PHASES
from kt_gui.schema.datasets import called
from kt_gui.schema.events import (
    CheckpointSaved,
    EpochEnded,
    Event,
    FeaturesKept,
    Noticed,
    Phase,
    PhaseStarted,
    Progressed,
    Result,
    RunEnded,
    RunStarted,
    Tested,
)
from kt_gui.schema.predictions import Predicted, PredictionsBegan, PredictionsEnded, PredictionsSaved, Unread
from kt_gui.schema.proofs import Reproduced
from kt_gui.schema.quantities import duration, gigabytes, number, percent, short
from kt_gui.schema.study_events import StudyEnded, StudyForeseen, StudyStarted, TrialEnded, TrialStarted
from kt_gui.schema.texts import thousands, tr, trn
from kt_gui.schema.verdicts import verdict


def phase_name(phase: Phase) -> str:
    """Name a phase."""
    return tr(PHASES[phase])


def activity_name(event: Progressed) -> str:
    """Name what goes on beside training, and on what."""
    activity = tr(ACTIVITIES[event.activity])
    return tr("{activity}: {subject}", activity=activity, subject=called(event.subject)) if event.subject else activity


def line(event: Event) -> str | None:
    """Put an event into a line; None where it is not worth one."""
    match event:
        case RunStarted(name=name, run=run, resumed=resumed):
            return (
                tr("Run “{name}” ({id}) goes on.", name=name, id=run)
                if resumed
                else tr("Run “{name}” ({id}) begins.", name=name, id=run)
            )
        case PhaseStarted():
            return _phase(event)
        case FeaturesKept():
            return _features(event)
        case EpochEnded():
            return _epoch(event)
        case Tested():
            return _tested(event)
        case CheckpointSaved(which="source"):
            return tr("The source's weights are kept.")
        case Noticed():
            return _notice(event)
        case Reproduced():
            return "\n".join((proof_words.reproduced(event), *proof_words.circumstances(event)))
        case PredictionsBegan() | Predicted() | Unread() | PredictionsEnded() | PredictionsSaved():
            return answers.line(event)
        case StudyStarted() | TrialStarted() | TrialEnded() | StudyEnded() | StudyForeseen():
            return study_words.line(event)
        case _:
            return None


def _phase(event: PhaseStarted) -> str:
    train, validation, test = event.counts
    return tr(
        "{phase} on {data}: {train} pictures to learn from, {validation} to validate, {test} to test; "
        "{classes} classes; {moving} of {total} parameters learn; {device}, {precision}.",
        phase=phase_name(event.phase),
        data=called(event.data),
        train=thousands(train),
        validation=thousands(validation),
        test=thousands(test),
        classes=len(event.classes),
        moving=short(event.trainable_parameters),
        total=short(event.total_parameters),
        device=event.device,
        precision=event.precision,
    )


def _features(event: FeaturesKept) -> str | None:
    """Where nothing is reused any more, the epochs take longer, and need no line."""
    if not event.blocks:
        return None
    return trn(
        "  What {count} frozen block makes of the pictures is kept and used in every epoch: {computed} of {total} "
        "computed now, {size}.",
        "  What {count} frozen blocks make of the pictures is kept and used in every epoch: {computed} of {total} "
        "computed now, {size}.",
        len(event.blocks),
        computed=thousands(event.computed),
        total=thousands(event.pictures),
        size=gigabytes(event.bytes),
    )


def _epoch(event: EpochEnded) -> str:
    text = (
        tr("  epoch {epoch}: loss {loss}, validation loss {validation}, {accuracy} right; the best yet")
        if event.best
        else tr("  epoch {epoch}: loss {loss}, validation loss {validation}, {accuracy} right")
    )
    return text.format(
        epoch=event.epoch + 1,
        loss=number(event.train_loss),
        validation=number(event.validation_loss),
        accuracy=percent(event.validation_accuracy),
    )


def _tested(event: Tested) -> str | None:
    """The target's test is told in the summary."""
    if event.phase == "finetuning":
        return None
    return tr(
        "The source's test: {accuracy} of {total} pictures are right ({low}–{high}).",
        accuracy=percent(event.accuracy),
        total=thousands(event.total),
        low=f"{100 * event.low:.1f}",
        high=f"{100 * event.high:.1f}",
    )


def _notice(event: Noticed) -> str:
    parts = [str(event.message), str(event.remedy or ""), *(f"    {detail}" for detail in event.details)]
    text = "\n".join([" ".join(part for part in parts[:2] if part), *parts[2:]])
    return tr("Warning: {text}", text=text) if event.level == "warning" else tr("Note: {text}", text=text)


def summary(event: RunEnded) -> list[str]:
    """Sum up a run in a few lines: how it ended, what it is worth, where it lies."""
    result = event.result
    lines = [_ending(event), *_accuracies(result)]
    if result.drift is not None:
        lines.append(tr("The network moved {drift} from the source (‖θ'−θ‖²).", drift=number(result.drift)))
    if event.ended != "cancelled":
        lines.append(tr("Folder: {folder}", folder=event.folder))
    return lines


def _ending(event: RunEnded) -> str:
    time, epoch = duration(event.result.seconds), event.result.best_epoch
    if event.ended == "cancelled":
        return tr("Cancelled; the run was thrown away.")
    if event.ended == "finished":
        return tr("Finished in {time}; epoch {epoch} was the best.", time=time, epoch=(epoch or 0) + 1)
    if epoch is None:
        return tr("Stopped after {time}, before an epoch ended. kt resume goes on with it.", time=time)
    return tr("Stopped after {time}; epoch {epoch} is kept. kt resume goes on with it.", time=time, epoch=epoch + 1)


def _accuracies(result: Result) -> list[str]:
    lines = []
    if result.target_accuracy is not None:
        lines.append(tr("{sentence}.", sentence=verdict(result)))
    if result.source_accuracy is not None:
        lines.append(tr("On the source's own test it was {accuracy}.", accuracy=percent(result.source_accuracy)))
    return lines
