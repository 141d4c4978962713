"""The window in which a person chooses which classes of a data set take part."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QListWidget, QListWidgetItem, QWidget

from kt_gui.schema.texts import tr
from kt_gui.widgets.data_reports import say_classes
from kt_gui.widgets.notices import Reason
from kt_gui.widgets.parts import Card, column, label, link, primary, row, secondary
from kt_gui.widgets.search_line import SearchLine
from kt_gui.widgets.theme import GAP, MARGIN

FEWEST, ROW = 2, 28
_NAME = Qt.ItemDataRole.UserRole


class ClassDialog(QDialog):
    """A list with a check box for each class, and a line to search by.

    Signals:
        chosen(object): a person wants these classes, in the data's order; none stands for all of them.
    """

    chosen = Signal(object)

    def __init__(self, classes: Sequence[str], used: Collection[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Classes"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._used = set(used)
        self.search_line = SearchLine(tr("Search by name"))
        self.search_line.setMaximumWidth(self.maximumWidth())
        self.list = _list(classes, self._used)
        self.count = label("", "muted")
        self.reason = Reason()
        self.use = primary(tr("Use these classes"), self._use)
        self._lay_out()
        self.search_line.textChanged.connect(self._search)
        self.list.itemChanged.connect(self._tell)
        self.list.itemActivated.connect(_turn)
        self._tell()

    def sizeHint(self) -> QSize:
        """Room for a dozen classes."""
        return QSize(480, 560)

    @property
    def checked(self) -> tuple[str, ...]:
        """The classes whose boxes are checked, in the data's order."""
        return tuple(item.data(_NAME) for item in self._items() if item.checkState() == Qt.CheckState.Checked)

    def check(self, names: Collection[str]) -> None:
        """Check the boxes of these classes alone."""
        with QSignalBlocker(self.list):
            for item in self._items():
                item.setCheckState(_state(item.data(_NAME) in names))
        self._tell()

    def _lay_out(self) -> None:
        card = Card()
        everything = link(tr("All"), self._check_all)
        nothing = link(tr("None"), self._check_none)
        card.body.addLayout(row(self.count, None, everything, nothing, spacing=12))
        card.body.addWidget(self.list)
        foot = row(self.reason, None, secondary(tr("Cancel"), self.reject), self.use)
        layout = column(label(tr("Classes"), "title"), self.search_line, card, foot, spacing=GAP)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, GAP)
        self.setLayout(layout)

    def _items(self) -> list[QListWidgetItem]:
        return [self.list.item(place) for place in range(self.list.count())]

    @Slot()
    def _check_all(self) -> None:
        self.check([item.data(_NAME) for item in self._items()])

    @Slot()
    def _check_none(self) -> None:
        self.check(())

    @Slot(str)
    def _search(self, text: str) -> None:
        for item in self._items():
            item.setHidden(text.strip().casefold() not in item.text().casefold())

    @Slot()
    def _tell(self) -> None:
        checked = len(self.checked)
        self.count.setText(say_classes(checked, self.list.count()))
        self.use.setEnabled(checked >= FEWEST)
        self.reason.explain([tr("Choose at least 2 classes.")] if checked < FEWEST else ())

    @Slot()
    def _use(self) -> None:
        checked = self.checked
        if set(checked) != self._used:
            self.chosen.emit(() if len(checked) == self.list.count() else checked)
        self.accept()


def _list(classes: Sequence[str], used: Collection[str]) -> QListWidget:
    made = QListWidget()
    made.setAccessibleName(tr("Classes"))
    made.setUniformItemSizes(True)
    for name in classes:
        item = QListWidgetItem(name)
        item.setData(_NAME, name)
        item.setSizeHint(QSize(0, ROW))
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(_state(name in used))
        made.addItem(item)
    return made


def _state(is_checked: bool) -> Qt.CheckState:
    return Qt.CheckState.Checked if is_checked else Qt.CheckState.Unchecked


def _turn(item: QListWidgetItem) -> None:
    item.setCheckState(_state(item.checkState() != Qt.CheckState.Checked))
