"""The form of a training, for pretraining and fine-tuning alike: its length on top, the rest folded by subject."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from kt_gui.schema.choices import Record
from kt_gui.schema.experiment import Training
from kt_gui.schema.quantities import number
from kt_gui.schema.texts import mark, tr, trn
from kt_gui.widgets.form import Form, Group
from kt_gui.widgets.words import summarise, word

_SEPARATOR = " · "


def training_form(prefix: str, parent: QWidget | None = None, *, without: Sequence[str] = ()) -> Form:
    """Make the form for the training at this path of the experiment, such as `source.training`."""
    return Form(Training, prefix, groups=_GROUPS, without=without, parent=parent)


def _optimiser(training: Record) -> str:
    assert isinstance(training, Training)
    said = [summarise(training.optimiser)]
    if training.head_factor != 1:
        said.append(tr("head ×{factor}", factor=number(training.head_factor)))
    if training.layer_decay != 1:
        said.append(tr("each block ×{share}", share=number(training.layer_decay)))
    return _SEPARATOR.join(said)


def _augmentation(training: Record) -> str:
    assert isinstance(training, Training)
    if not training.label_smoothing:
        return summarise(training.augmentation)
    smoothing = tr("label smoothing {share}", share=number(training.label_smoothing))
    return _SEPARATOR.join((summarise(training.augmentation), smoothing))


def _stopping(training: Record) -> str:
    assert isinstance(training, Training)
    if training.patience is None:
        return tr("off")
    return trn(
        "after {count} epoch without a better one", "after {count} epochs without a better one", training.patience
    )


def _snapshots(training: Record) -> str:
    assert isinstance(training, Training)
    if not training.snapshots:
        return tr("the best and the last")
    return trn("up to {count}, the best and the last", "up to {count}, the best and the last", training.snapshots)


def _machine(training: Record) -> str:
    assert isinstance(training, Training)
    said = [tr("as the machine gains by it") if training.precision == "auto" else training.precision]
    if training.memory_format != "auto":
        said.append(word(training.memory_format))
    if training.accumulation > 1:
        said.append(trn("in {count} part", "in {count} parts", training.accumulation))
    return _SEPARATOR.join(said)


def _schedule(training: Record) -> str:
    assert isinstance(training, Training)
    return summarise(training.schedule)


_GROUPS = (
    Group(mark("Optimiser"), ("optimiser", "head_factor", "layer_decay", "clip"), _optimiser),
    Group(mark("Schedule"), ("schedule",), _schedule),
    Group(mark("Augmentation"), ("augmentation", "label_smoothing"), _augmentation),
    Group(mark("Early stopping"), ("patience",), _stopping),
    Group(mark("Epochs kept"), ("snapshots",), _snapshots),
    Group(mark("Numeric precision"), ("precision", "memory_format", "accumulation", "device", "image_size"), _machine),
)
