"""A window that shows a long list behind a short sentence: skipped files, duplicates."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractItemView, QDialog, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from kt_gui.schema.texts import tr
from kt_gui.widgets.parts import Card, Muted, column, label, row, secondary
from kt_gui.widgets.theme import GAP, MARGIN


class ListDialog(QDialog):
    """Rows under column titles, with a sentence above."""

    def __init__(
        self,
        title: str,
        sentence: str,
        columns: Sequence[str],
        rows: Sequence[Sequence[str]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.table = make_table(columns)
        write_table(self.table, rows)
        self.table.setAccessibleName(title)
        close = secondary(tr("Close"), self.accept)
        card = Card()
        card.body.addWidget(self.table)
        layout = column(label(title, "title"), Muted(sentence), card, row(None, close), spacing=GAP)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        self.setLayout(layout)

    def sizeHint(self) -> QSize:
        """Room for a few columns of file names."""
        return QSize(720, 480)


def make_table(columns: Sequence[str]) -> QTableWidget:
    """A plain table of texts under these titles, for `write_table` to fill."""
    table = QTableWidget(0, len(columns))
    table.setHorizontalHeaderLabels(list(columns))
    table.verticalHeader().hide()
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    table.horizontalHeader().setHighlightSections(False)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    return table


def write_table(table: QTableWidget, rows: Sequence[Sequence[str]]) -> None:
    """Show these rows instead of what was there."""
    table.setRowCount(0)
    table.setRowCount(len(rows))
    for line, cells in enumerate(rows):
        for place, cell in enumerate(cells):
            item = QTableWidgetItem(cell)
            item.setToolTip(cell)
            table.setItem(line, place, item)
