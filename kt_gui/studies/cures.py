"""What to try after a run that did not go well: the same experiment with one setting changed. Pure."""

import msgspec

from kt_gui.schema.choices import Features
from kt_gui.schema.diagnoses import Diagnosis, Finding
from kt_gui.schema.experiment import Experiment, Pretrain, Scratch, Training
from kt_gui.schema.quantities import number
from kt_gui.schema.texts import Message, mark
from kt_gui.studies.course import Course
from kt_gui.studies.freezing_ladder import freezing_of
from kt_gui.studies.trials import with_freezing

LOWER, HIGHER = 0.1, 10.0
"""What a learning rate is multiplied by: rates are told apart by their order of magnitude."""
LEAST_EPOCHS = 10
FIRST_PULL = 0.01
"""λ where there was none: that of Li et al. 2018, in our convention between their two."""
STRONGEST = 1.0
"""λ beyond which the source's features are all but frozen (the grid of a λ search ends there)."""
STRONGER = 10.0
Changed = tuple[Experiment, Message]


def rate(course: Course, factor: float) -> Changed:
    """Another learning rate, in the phase that is looked at; a lower one is at most what is usual."""
    optimiser = course.training.optimiser
    value = float(f"{optimiser.learning_rate * factor:.3g}")
    if factor < 1:
        value = min(value, type(optimiser)().learning_rate)
    changed = msgspec.structs.replace(optimiser, learning_rate=value)
    training = msgspec.structs.replace(course.training, optimiser=changed)
    return _with(course, training), Message(mark("Try a learning rate of {rate}"), {"rate": number(value)})


def more_epochs(course: Course) -> Changed:
    """Twice as many epochs."""
    epochs = max(LEAST_EPOCHS, 2 * course.training.epochs)
    training = msgspec.structs.replace(course.training, epochs=epochs)
    return _with(course, training), Message(mark("Train for {epochs} epochs"), {"epochs": epochs})


def hold_more(course: Course) -> Changed:
    """A stronger pull to the source where something moves away from it, of the head where only that learns; an early
    stop where there is neither.
    """
    experiment = course.experiment
    transfer = experiment.transfer
    if course.phase == "finetuning" and not isinstance(experiment.source, Scratch):
        if not isinstance(transfer.freezing, Features) and transfer.strength < STRONGEST:
            return _pulled(course, min(STRONGEST, max(FIRST_PULL, STRONGER * transfer.strength)))
        if isinstance(transfer.freezing, Features) and transfer.beta < STRONGEST:
            beta = min(STRONGEST, max(FIRST_PULL, STRONGER * transfer.beta))
            changed = msgspec.structs.replace(transfer, beta=float(f"{beta:.3g}"))
            return msgspec.structs.replace(experiment, transfer=changed), Message(
                mark("Try β = {beta}"), {"beta": number(changed.beta)}
            )
    return _stopped_early(course)


def _stopped_early(course: Course) -> Changed:
    patience = max(2, min(course.training.patience or course.training.epochs, course.training.epochs) // 5)
    training = msgspec.structs.replace(course.training, patience=patience)
    return _with(course, training), Message(
        mark("Stop after {epochs} epochs without a better one"), {"epochs": patience}
    )


def pulls_too_hard(course: Course) -> bool:
    """Whether λ is larger than any that is worth trying: then it is λ that drives it around the source in swings."""
    is_held = course.phase == "finetuning" and not isinstance(course.experiment.source, Scratch)
    return is_held and course.experiment.transfer.strength > STRONGEST


def weaker_pull(course: Course) -> Changed:
    """λ a tenth of what it was, and no more than is worth trying."""
    return _pulled(course, min(course.experiment.transfer.strength / STRONGER, STRONGEST))


def _pulled(course: Course, strength: float) -> Changed:
    value = float(f"{strength:.3g}")
    transfer = msgspec.structs.replace(course.experiment.transfer, strength=value)
    changed = msgspec.structs.replace(course.experiment, transfer=transfer)
    return changed, Message(mark("Try λ = {strength}"), {"strength": number(value)})


def unfreeze(course: Course, why: Message) -> Diagnosis:
    """Let as many blocks learn as a freezing ladder has found to be enough; where there is none, ask one."""
    ladder = course.ladder
    if ladder is not None and ladder.chosen is not None:
        freezing = freezing_of(ladder.rungs[ladder.chosen].blocks)
        if freezing != course.experiment.transfer.freezing:
            return Diagnosis(
                finding="frozen",
                why=why,
                cure="experiment",
                says=Message(mark("Let as much learn as the ladder found")),
                experiment=with_freezing(course.experiment, freezing),
            )
    return Diagnosis(
        finding="frozen",
        why=why,
        cure="ladder",
        says=Message(mark("Ask the freezing ladder")),
        experiment=course.experiment,
    )


def look_at_labels(finding: Finding, why: Message) -> Diagnosis:
    """Let a person look at the labels."""
    return Diagnosis(finding=finding, why=why, cure="labels", says=Message(mark("Check the labels")))


def _with(course: Course, training: Training) -> Experiment:
    """The experiment with other settings of the phase that is looked at."""
    experiment = course.experiment
    if course.phase == "pretraining" and isinstance(experiment.source, Pretrain):
        source = msgspec.structs.replace(experiment.source, training=training)
        return msgspec.structs.replace(experiment, source=source)
    return msgspec.structs.replace(experiment, training=training)
