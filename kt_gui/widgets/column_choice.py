"""Which column of a table means what: picture, label, group, split."""

from pathlib import Path
from typing import Literal, TypeVar

import msgspec
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from kt_gui.schema.datasets import Dataset, ImageTable
from kt_gui.schema.experiment import Pretrain, Target
from kt_gui.schema.texts import tr
from kt_gui.session.naming import read_header
from kt_gui.widgets.number_boxes import calm_wheel
from kt_gui.widgets.parts import label
from kt_gui.widgets.record_fields import fields
from kt_gui.widgets.theme import GRID

Holder = TypeVar("Holder", Target, Pretrain)
_OPTIONAL = {"group_column", "split_column"}


class ColumnChoice(QWidget):
    """Four lists of the table's columns, side by side.

    Signals:
        edited(object): a person gave a column another meaning; the table with it.
    """

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table: ImageTable | None = None
        self._header: tuple[str, tuple[str, ...]] = ("", ())
        self._boxes: dict[str, QComboBox] = {}

    def _build(self) -> None:
        """Make the lists, now that there is a table: most data sets are none, and their pages stand sooner."""
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 4, 0, 0)
        grid.setSpacing(GRID)
        described = [field for field in fields(ImageTable) if field.name.endswith("_column")]
        for place, field in enumerate(described):
            box = QComboBox()
            box.setAccessibleName(tr(field.title))
            box.setToolTip(tr(field.description))
            box.setMinimumContentsLength(6)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            calm_wheel(box)
            box.activated.connect(self._tell)
            caption = label(tr(field.title), "small")
            caption.setBuddy(box)
            grid.addWidget(caption, 0, place)
            grid.addWidget(box, 1, place)
            self._boxes[field.name] = box

    def show_table(self, table: ImageTable) -> None:
        """Show what the columns of a table mean, without saying so."""
        if self._header[0] != table.path:
            self._header = (table.path, read_header(Path(table.path)))
        self._table = table
        if not self._boxes:
            self._build()
        for name, box in self._boxes.items():
            self._fill(box, getattr(table, name), is_optional=name in _OPTIONAL)

    def _fill(self, box: QComboBox, value: str | None, *, is_optional: bool) -> None:
        names = [*self._header[1]]
        if value and value not in names:
            names.append(value)
        box.clear()
        if is_optional:
            box.addItem(tr("none"), None)
        for name in names:
            box.addItem(name, name)
        box.setCurrentIndex(box.findData(value))

    @Slot()
    def _tell(self) -> None:
        if self._table is not None:
            values = {name: box.currentData() for name, box in self._boxes.items()}
            self.edited.emit(msgspec.structs.replace(self._table, **values))


def usual_deal(data: Dataset) -> Literal["class", "group"]:
    """Deal by group where a table says which pictures belong together, for a group must never fall apart."""
    return "group" if isinstance(data, ImageTable) and data.group_column is not None else "class"


def map_columns(holder: Holder, table: ImageTable) -> Holder:
    """Give a target or a pretraining its table with other columns; another group column changes the deal as well."""
    former = holder.data
    split = holder.split
    if not isinstance(former, ImageTable) or former.group_column != table.group_column:
        split = msgspec.structs.replace(split, by=usual_deal(table))
    return msgspec.structs.replace(holder, data=table, split=split)
