"""How a data set is dealt out: the slider, pictures per class, by class or group, the seed, the data's own split."""

import msgspec
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kt_gui.schema.events import Surveyed
from kt_gui.schema.experiment import Split, Target
from kt_gui.schema.texts import tr
from kt_gui.widgets.form import Form
from kt_gui.widgets.parts import fill, label
from kt_gui.widgets.split_slider import SplitSlider


class SplitPanel(QWidget):
    """The slider and the rows under it. What the data cannot do is not shown.

    Signals:
        edited(str, object): a person changed the value at this path, which begins with the panel's prefix.
    """

    edited = Signal(str, object)

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        """`prefix` is the path of the record that holds `split` and `per_class`: "target" or "source"."""
        super().__init__(parent)
        self._prefix = prefix
        self._split = Split()
        self.slider = SplitSlider()
        self.given = label(tr("Pictures that the data gives to a split stay there."), "small", wrap=True)
        self.count = Form(Target, prefix, only=("per_class",))
        self.rows = Form(Split, f"{prefix}.split", only=("by", "given", "drop_duplicates", "seed"))
        fill(QVBoxLayout(self), (self.slider, self.given, self.count, self.rows, None))
        self.slider.edited.connect(self._deal)
        self.count.edited.connect(self.edited)
        self.rows.edited.connect(self.edited)

    def show_split(self, holder: msgspec.Struct, answer: Surveyed | None) -> None:
        """Show `split` and `per_class` of a target or a pretraining, and what the survey counted."""
        split: Split = holder.split  # type: ignore[attr-defined]
        self._split = split
        self.slider.show_shares(split.validation, split.test)
        self.count.show_record(holder)  # type: ignore[arg-type]
        self.rows.show_record(split)
        self.rows.show_row("by", is_shown=split.by == "group" or (answer is not None and answer.groups > 0))
        self.rows.show_row("given", is_shown=answer is not None and answer.given_split)
        has_duplicates = answer is not None and bool(answer.duplicates)
        self.rows.show_row("drop_duplicates", is_shown=split.drop_duplicates or has_duplicates)
        self.given.setVisible(answer is not None and answer.given_split and split.given)
        self.slider.hold(answer.given_parts if answer is not None and split.given else ())
        self.slider.show_counts(_counts(answer) if answer is not None else (0, 0, 0))

    @Slot(float, float)
    def _deal(self, validation: float, test: float) -> None:
        split = msgspec.structs.replace(self._split, validation=validation, test=test)
        self.edited.emit(f"{self._prefix}.split", split)


def _counts(answer: Surveyed) -> tuple[int, int, int]:
    classes = answer.classes
    return (
        sum(each.train for each in classes),
        sum(each.validation for each in classes),
        sum(each.test for each in classes),
    )
