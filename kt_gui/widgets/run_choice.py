"""An earlier run as a source: the runs that have something to give, and which of their checkpoints."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QSizePolicy,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from kt_gui.bridge.run_cells import COLUMNS
from kt_gui.bridge.runs_table import RECORD_ROLE, RunsTable
from kt_gui.bridge.runs_view import RunsView
from kt_gui.schema.experiment import EarlierRun
from kt_gui.schema.texts import tr
from kt_gui.widgets.empty import Empty
from kt_gui.widgets.parts import Card, Elided, Segmented, column, fill, label, row
from kt_gui.widgets.search_line import SearchLine
from kt_gui.widgets.theme import GAP
from kt_gui.widgets.words import word

if TYPE_CHECKING:
    from kt_gui.store.runs import RunRecord

_SHOWN = ("name", "source", "target", "network", "accuracy", "started")
_WIDTHS = {"source": 136, "target": 136, "network": 144, "accuracy": 152, "started": 136}


class RunChoice(QWidget):
    """The table over the checkpoints.

    Signals:
        edited(str, object): a person changed the value at this path of the experiment.
        run_wanted(): there is none yet; a person wants to start one.
    """

    edited = Signal(str, object)
    run_wanted = Signal()

    def __init__(self, runs: RunsTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs = runs
        self._source = EarlierRun(run="")
        self._is_quiet = False
        self._rows = RunsView(runs, self, is_over)
        self.search_line = SearchLine(tr("Search by name, data or network"))
        self.table = _table(self._rows)
        self.name = Elided("", "strong")
        self.checkpoint = Segmented([(value, word(value)) for value in ("best", "last", "source")])
        self.checkpoint.setAccessibleName(tr("Checkpoint"))
        self.about = Elided("", "muted")
        self._lay_out()
        self.search_line.textChanged.connect(self._rows.search)
        self.table.selectionModel().selectionChanged.connect(self._choose)
        self.checkpoint.chosen.connect(self._choose_checkpoint)
        runs.listed.connect(self._show)
        self._rows.modelReset.connect(self._show)

    def show_source(self, source: EarlierRun) -> None:
        """Show the experiment's source."""
        self._source = source
        self._show()

    def _lay_out(self) -> None:
        table, chosen = Card(), Card()
        table.body.addLayout(row(self.search_line, None))
        table.body.addWidget(self.table)
        line = row(column(self.name, self.about, spacing=2), label(tr("Checkpoint"), "muted"), self.checkpoint)
        line.setStretch(0, 1)
        chosen.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        chosen.body.addLayout(line)
        full = QWidget()
        fill(QVBoxLayout(full), (table, chosen), GAP)
        empty = Empty(
            "runs",
            tr("No run is finished yet"),
            tr("Once a run is over, what its network has learnt can be carried further from here."),
            tr("Start one"),
            self.run_wanted.emit,
        )
        self._stack = QStackedLayout(self)
        self._stack.addWidget(full)
        self._stack.addWidget(empty)

    @Slot()
    def _show(self) -> None:
        self._stack.setCurrentIndex(0 if any(map(is_over, self._runs.records)) else 1)
        self.checkpoint.choose(self._source.checkpoint)
        record = self._select()
        self.name.setText(record.name if record is not None else tr("No earlier run is chosen yet."))
        self.about.setText(_about(self._source.checkpoint) if record is not None else "")

    def _select(self) -> "RunRecord | None":
        wanted = self._source.run
        for line, record in enumerate(self._rows.rows):
            if wanted and wanted in (record.id, str(record.folder), record.name):
                self._is_quiet = True
                self.table.selectRow(line)
                self._is_quiet = False
                return record
        return None

    @Slot()
    def _choose(self) -> None:
        rows = self.table.selectionModel().selectedRows()
        if self._is_quiet or not rows:
            return
        record: RunRecord = rows[0].data(RECORD_ROLE)
        self.edited.emit("source", EarlierRun(run=str(record.folder), checkpoint=self._source.checkpoint))

    @Slot(str)
    def _choose_checkpoint(self, checkpoint: str) -> None:
        self.edited.emit("source.checkpoint", checkpoint)


def is_over(record: "RunRecord") -> bool:
    """Whether a run has a checkpoint to give."""
    return record.state in ("finished", "stopped")


def _about(checkpoint: str) -> str:
    match checkpoint:
        case "best":
            return tr("The weights of its best epoch by validation.")
        case "last":
            return tr("The weights of its last epoch.")
        case _:
            return tr("The weights it started from, before its own target.")


def _table(model: RunsView) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setAccessibleName(tr("Earlier runs"))
    table.setSortingEnabled(True)
    table.sortByColumn(COLUMNS.index("started"), Qt.SortOrder.DescendingOrder)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(36)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setSectionResizeMode(COLUMNS.index("name"), QHeaderView.ResizeMode.Stretch)
    for place, name in enumerate(COLUMNS):
        table.setColumnHidden(place, name not in _SHOWN)
        if name in _WIDTHS:
            table.setColumnWidth(place, _WIDTHS[name])
    return table
