"""The page of all runs: a table to sort, filter, rename, tag and delete, and to go on from."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    Qt,
    QUrl,
    Signal,
    Slot,
)
from PySide6.QtGui import QDesktopServices, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QInputDialog,
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedLayout,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models
from kt_gui.bridge.runs_table import COLUMNS, RECORD_ROLE
from kt_gui.bridge.runs_view import RunsView
from kt_gui.schema.experiment import EarlierRun
from kt_gui.schema.texts import tr, trn
from kt_gui.store.runs import RunRecord
from kt_gui.widgets.empty import Empty
from kt_gui.widgets.icons import paint_icon
from kt_gui.widgets.messages import ask, show_failure
from kt_gui.widgets.notices import Reason
from kt_gui.widgets.parts import Card, Heading, danger, page_layout, primary, row, secondary
from kt_gui.widgets.theme import current

Index = QModelIndex | QPersistentModelIndex
_WIDTHS = {"source": 116, "target": 108, "network": 124, "state": 120, "accuracy": 158, "started": 136, "seconds": 76}
_MARKS = {
    "running": ("play", "accent"),
    "finished": ("check", "good"),
    "stopped": ("stop", "muted"),
    "cancelled": ("close", "muted"),
    "interrupted": ("warning", "warning"),
    "failed": ("error", "bad"),
}


class StateDelegate(QStyledItemDelegate):
    """Draws a run's state as a mark and a word: the marks differ in shape, not in colour alone."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a cell."""
        record = index.data(RECORD_ROLE)
        mark, token = _MARKS[record.state]
        words = QStyleOptionViewItem(option)
        words.rect = option.rect.adjusted(22, 0, 0, 0)
        super().paint(painter, words, index)
        place = QRectF(option.rect.left() + 8, option.rect.center().y() - 6, 14, 14)
        painter.save()
        if words.state & words.state.State_Selected:
            painter.fillRect(option.rect.adjusted(0, 0, -option.rect.width() + 22, 0), current().colour("accent_soft"))
        paint_icon(painter, mark, getattr(current(), token), place)
        painter.restore()


class RunsPage(QWidget):
    """The table, a filter over it, and what can be done with the chosen run.

    Signals:
        wanted(str): go to another page.
    """

    wanted = Signal(str)
    NEEDS: ClassVar[dict[str, frozenset[str]]] = {
        "open": frozenset(_MARKS) - {"running"},
        "use": frozenset({"finished", "stopped"}),
        "resume": frozenset({"interrupted", "stopped", "failed"}),
    }

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._kept: RunRecord | None = None
        self._build()
        self._lay_out()
        self._connect()

    def _build(self) -> None:
        self.heading = Heading(tr("Runs"))
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(tr("Filter by name, data, network, tag"))
        self.filter.setAccessibleName(tr("Filter"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setFixedWidth(280)
        self.reason = Reason()
        self.open = primary(tr("Open"), self._open)
        self.use = secondary(tr("Use as source"), self._use)
        self.resume = secondary(tr("Resume"), self._resume)
        self.more = secondary(tr("More"))
        self.remove = danger(tr("Delete"), self._delete)
        self.rows = RunsView(self._models.runs, self)
        self.table = _table(self.rows)
        self.empty = Empty(
            "runs",
            tr("No runs yet"),
            tr("Every run you start is kept here with its curves, its settings and its best weights."),
            tr("Start one"),
            partial(self.wanted.emit, "start"),
        )
        self.more.setMenu(self._menu())

    def _lay_out(self) -> None:
        layout = page_layout(self)
        self.heading.buttons.addWidget(self.reason)
        layout.addWidget(self.heading)
        full = QWidget()
        tools = row(self.filter, None, self.open, self.use, self.resume, self.more, self.remove)
        inside = Card()
        inside.body.addLayout(tools)
        inside.body.addSpacing(4)
        inside.body.addWidget(self.table, 1)
        self.stack = QStackedLayout()
        self.stack.addWidget(inside)
        self.stack.addWidget(self.empty)
        full.setLayout(self.stack)
        self.stack.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(full, 1)

    def _connect(self) -> None:
        self.filter.textChanged.connect(self.rows.search)
        self.table.selectionModel().selectionChanged.connect(self._show_chosen)
        self.table.doubleClicked.connect(self._open_cell)
        self.table.customContextMenuRequested.connect(self._show_menu)
        self.rows.modelAboutToBeReset.connect(self._keep_choice)
        self.rows.modelReset.connect(self._choose_again)
        self._models.runs.listed.connect(self._show)
        self._models.runs.failed.connect(self._show_failure)
        self._models.run.changed.connect(self._show_chosen)
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        """Look again: another window or the terminal may have run something."""
        super().showEvent(event)
        self._models.runs.refresh()

    @property
    def chosen(self) -> RunRecord | None:
        """The run that is selected."""
        rows = self.table.selectionModel().selectedRows()
        record = rows[0].data(RECORD_ROLE) if rows else None
        return record if isinstance(record, RunRecord) else None

    # --- showing -----------------------------------------------------------------------------------------------

    @Slot()
    def _show(self) -> None:
        count = len(self._models.runs.records)
        self.heading.write(tr("Runs"), trn("{count} run", "{count} runs", count) if count else "")
        self.stack.setCurrentIndex(0 if count else 1)
        self._show_chosen()

    @Slot()
    def _keep_choice(self) -> None:
        self._kept = self.chosen or self._kept

    @Slot()
    def _choose_again(self) -> None:
        """Choose the run that was chosen before other rows came."""
        place = self.rows.place_of(self._kept.id) if self._kept is not None else None
        if place is not None:
            self.table.selectRow(place)

    @Slot()
    def _show_chosen(self) -> None:
        record = self.chosen
        for name, made in (("open", self.open), ("use", self.use), ("resume", self.resume)):
            self._explain(made, record, name)
        self.more.setEnabled(record is not None)
        is_at_work = record is not None and record.state == "running"
        self.remove.setEnabled(record is not None and not is_at_work)
        is_blocked = self._models.run.is_live or record is None or is_at_work
        self.reason.explain([self._reason(record)] if is_blocked and self._models.runs.records else [])

    def _explain(self, made: QPushButton, record: RunRecord | None, name: str) -> None:
        is_right = record is not None and record.state in self.NEEDS[name] and not self._models.run.is_live
        made.setEnabled(is_right)
        made.setToolTip("" if is_right else self._reason(record))

    def _reason(self, record: RunRecord | None) -> str:
        if record is None:
            return tr("Choose a run first.")
        if self._models.run.is_live:
            return tr("A run is going on. Stop it first.")
        if record.state == "running":
            return tr("This run is at work in another window or terminal.")
        return tr("Not for a run in this state.")

    @Slot(object)
    def _show_failure(self, failure: Failure) -> None:
        show_failure(failure, parent=self.window())

    @Slot(QPoint)
    def _show_menu(self, place: QPoint) -> None:
        if self.chosen is not None:
            self.more.menu().popup(self.table.viewport().mapToGlobal(place))

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        deeds: list[tuple[str, Callable[[], None]]] = [
            (tr("Rename"), self._rename),
            (tr("Tags…"), self._tag),
            (tr("Open its folder"), self._open_folder),
        ]
        for text, deed in deeds:
            menu.addAction(text).triggered.connect(deed)
        return menu

    # --- doing -------------------------------------------------------------------------------------------------

    @Slot(QModelIndex)
    def _open_cell(self, index: QModelIndex) -> None:
        if COLUMNS[index.column()] != "name" and self.open.isEnabled():
            self._open()

    @Slot()
    def _open(self) -> None:
        if (record := self.chosen) is not None:
            self._models.run.replay(record.folder)
            self.wanted.emit("train")

    def _use(self) -> None:
        if (record := self.chosen) is not None:
            self._models.experiment.edit("source", EarlierRun(run=str(record.folder)))
            self.wanted.emit("source")

    def _resume(self) -> None:
        if (record := self.chosen) is not None:
            self._models.run.resume(record.folder)
            self.wanted.emit("train")

    @Slot()
    def _rename(self) -> None:
        rows = self.table.selectionModel().selectedRows(COLUMNS.index("name"))
        if rows:
            self.table.edit(rows[0])

    @Slot()
    def _tag(self) -> None:
        record = self.chosen
        if record is None:
            return
        dialog = QInputDialog(self.window())
        dialog.setWindowTitle(tr("Tags"))
        dialog.setLabelText(tr("Tags of “{name}”, with commas between", name=record.name))
        dialog.setTextValue(", ".join(record.tags))
        dialog.textValueSelected.connect(partial(self._set_tags, record))
        dialog.open()

    def _set_tags(self, record: RunRecord, text: str) -> None:
        tags = tuple(dict.fromkeys(tag.strip() for tag in text.split(",") if tag.strip()))
        self._models.runs.tag(record, tags)

    @Slot()
    def _open_folder(self) -> None:
        if (record := self.chosen) is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(record.folder)))

    def _delete(self) -> None:
        record = self.chosen
        if record is None:
            return
        ask(
            tr("Delete the run “{name}”?", name=record.name),
            tr("Its folder with weights, settings and curves is deleted. This cannot be undone."),
            (tr("Delete"), partial(self._models.runs.delete, record)),
            tr("Keep it"),
            self.window(),
            is_danger=True,
        )


def _table(model: RunsView) -> QTableView:
    """A table of whole rows that stays quick with thousands of them: every row is of one height."""
    table = QTableView()
    table.setModel(model)
    table.setAccessibleName(tr("Runs"))
    table.setSortingEnabled(True)
    table.sortByColumn(COLUMNS.index("started"), Qt.SortOrder.DescendingOrder)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
    table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    table.verticalHeader().setDefaultSectionSize(40)
    table.setItemDelegateForColumn(COLUMNS.index("state"), StateDelegate(table))
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setMinimumSectionSize(64)
    for name, width in _WIDTHS.items():
        table.setColumnWidth(COLUMNS.index(name), width)
    header.setSectionResizeMode(COLUMNS.index("name"), QHeaderView.ResizeMode.Stretch)
    return table
