"""The page of all runs: a table to sort, filter, group, rename, tag, compare and delete, and to go on from."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QModelIndex, QPoint, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QShowEvent
from PySide6.QtWidgets import QCheckBox, QInputDialog, QLineEdit, QMenu, QPushButton, QStackedLayout, QWidget

from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models
from kt_gui.bridge.run_cells import COLUMNS
from kt_gui.bridge.runs_view import RunsView
from kt_gui.schema.comparisons import MOST
from kt_gui.schema.experiment import EarlierRun
from kt_gui.schema.texts import tr, trn
from kt_gui.store.runs import RunRecord
from kt_gui.widgets.empty import Empty
from kt_gui.widgets.messages import ask, show_failure
from kt_gui.widgets.notices import Reason
from kt_gui.widgets.parts import Card, Heading, danger, page_layout, primary, quiet, row, secondary
from kt_gui.widgets.runs_list import MARKS, RunsList

if TYPE_CHECKING:
    from kt_gui.widgets.comparison.view import ComparisonView


class RunsPage(QWidget):
    """The table, a filter over it, and what can be done with the chosen runs.

    Signals:
        wanted(str): go to another page.
    """

    wanted = Signal(str)
    NEEDS: ClassVar[dict[str, frozenset[str]]] = {
        "open": frozenset(MARKS) - {"running"},
        "use": frozenset({"finished", "stopped"}),
        "resume": frozenset({"interrupted", "stopped", "failed"}),
    }

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self.comparison: ComparisonView | None = None
        self._build()
        self._lay_out()
        self._connect()

    def _build(self) -> None:
        self.heading = Heading(tr("Runs"))
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(tr("Filter by name, data, network, #tag"))
        self.filter.setAccessibleName(tr("Filter"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setMaximumWidth(280)
        self.tags = quiet(tr("Tags"))
        self.tags.setMenu(QMenu(self))
        self.group = QCheckBox(tr("Group seeds"))
        self.group.setToolTip(tr("One row for runs that are the same in everything but the seed: mean ± deviation"))
        self.reason = Reason()
        self.rows = RunsView(self._models.runs, self)
        self.table = RunsList(self.rows)
        self._build_deeds()
        self.empty = Empty(
            "runs",
            tr("No runs yet"),
            tr("Every run you start is kept here with its curves, its settings and its best weights."),
            tr("Start one"),
            partial(self.wanted.emit, "start"),
        )

    def _build_deeds(self) -> None:
        self.compare = secondary(tr("Compare"), self._compare)
        self.open = primary(tr("Open"), self._open)
        self.use = secondary(tr("Use as source"), self._use)
        self.resume = secondary(tr("Resume"), self._resume)
        self.more = secondary(tr("More"))
        self.more.setMenu(self._menu())
        self.remove = danger(tr("Delete"), self._delete)

    def _lay_out(self) -> None:
        listed = QWidget()
        layout = page_layout(listed)
        self.heading.buttons.addWidget(self.reason)
        layout.addWidget(self.heading)
        inside = Card()
        deeds = (self.open, self.use, self.resume, self.more, self.remove)
        tools = row(self.filter, self.tags, self.group, None, self.compare, *deeds)
        tools.setStretch(0, 5)
        inside.body.addLayout(tools)
        inside.body.addSpacing(4)
        inside.body.addWidget(self.table, 1)
        full = QWidget()
        self.stack = QStackedLayout(full)
        self.stack.setContentsMargins(0, 0, 0, 0)
        self.stack.addWidget(inside)
        self.stack.addWidget(self.empty)
        layout.addWidget(full, 1)
        self.views = QStackedLayout(self)
        self.views.setContentsMargins(0, 0, 0, 0)
        self.views.addWidget(listed)

    def _connect(self) -> None:
        self.filter.textChanged.connect(self.rows.search)
        self.group.toggled.connect(self.rows.group)
        self.tags.menu().aboutToShow.connect(self._list_tags)
        self.table.selectionModel().selectionChanged.connect(self._show_chosen)
        self.table.doubleClicked.connect(self._open_cell)
        self.table.customContextMenuRequested.connect(self._show_menu)
        self.rows.modelReset.connect(self._show_chosen)
        self._models.runs.listed.connect(self._show)
        self._models.runs.failed.connect(self._show_failure)
        for signal in (self._models.run.changed, self._models.study.changed):
            signal.connect(self._show_chosen)
        self._models.comparison.changed.connect(self._show_view)
        self._show_view()
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        """Look again: another window or the terminal may have run something."""
        super().showEvent(event)
        self._models.runs.refresh()

    @property
    def chosen(self) -> RunRecord | None:
        """The run that is selected, where it is one."""
        chosen = self.table.chosen()
        return chosen[0] if len(chosen) == 1 else None

    # --- showing -----------------------------------------------------------------------------------------------

    @Slot()
    def _show(self) -> None:
        count = len(self._models.runs.records)
        self.heading.write(tr("Runs"), trn("{count} run", "{count} runs", count) if count else "")
        self.stack.setCurrentIndex(0 if count else 1)
        self.tags.setEnabled(any(record.tags for record in self._models.runs.records))
        self._show_chosen()

    @Slot()
    def _show_chosen(self) -> None:
        chosen = self.table.chosen()
        for name, made in (("open", self.open), ("use", self.use), ("resume", self.resume)):
            self._explain(made, chosen, name)
        self.more.setEnabled(len(chosen) == 1)
        is_at_work = any(each.state == "running" for each in chosen)
        self.remove.setEnabled(bool(chosen) and not is_at_work)
        hindrance = self._why_not_compare(chosen)
        self.compare.setEnabled(not hindrance)
        self.compare.setToolTip(hindrance)
        is_blocked = not chosen or is_at_work or (bool(self._models.at_work()) and len(chosen) == 1)
        self.reason.explain([self._reason(chosen)] if is_blocked and self._models.runs.records else [])

    def _explain(self, made: QPushButton, chosen: tuple[RunRecord, ...], name: str) -> None:
        is_right = len(chosen) == 1 and chosen[0].state in self.NEEDS[name] and not self._models.at_work()
        made.setEnabled(is_right)
        made.setToolTip("" if is_right else self._reason(chosen))

    def _reason(self, chosen: tuple[RunRecord, ...]) -> str:
        if not chosen:
            return tr("Choose a run first.")
        if any(each.state == "running" for each in chosen):
            return tr("This run is at work in another window or terminal.")
        if len(chosen) > 1:
            return tr("Choose one run only.")
        return self._models.at_work() or tr("Not for a run in this state.")

    def _why_not_compare(self, chosen: tuple[RunRecord, ...]) -> str:
        """Say why these runs cannot be compared; nothing where they can."""
        if len(chosen) < 2:
            return tr("Choose two runs or more, with Ctrl or Shift held.")
        if len(chosen) > MOST and len({self._models.runs.recipe(each) for each in chosen}) > MOST:
            return tr("Choose eight at most: more lines cannot be told apart. Runs of several seeds count as one.")
        return ""

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

    @Slot()
    def _list_tags(self) -> None:
        """List the tags there are, with how many runs have each; one that is chosen is written into the filter."""
        self.tags.menu().clear()
        counts: dict[str, int] = {}
        for record in self._models.runs.records:
            for tag in record.tags:
                counts[tag] = counts.get(tag, 0) + 1
        words = self.filter.text().split()
        for tag, count in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
            action = self.tags.menu().addAction(f"#{tag}   {count}")
            action.setCheckable(True)
            action.setChecked(f"#{tag}" in words)
            action.triggered.connect(partial(self._toggle_tag, f"#{tag}"))

    def _toggle_tag(self, word: str) -> None:
        words = self.filter.text().split()
        self.filter.setText(" ".join([each for each in words if each != word] + ([] if word in words else [word])))

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

    def _compare(self) -> None:
        folders = [each.folder for each in self.table.chosen()]
        self._models.comparison.open(folders, is_together=self.group.isChecked())

    @Slot()
    def _show_view(self) -> None:
        """Show the comparison while there is one. It is imported when it is first wanted: charts are slow to load."""
        is_open = self._models.comparison.is_open
        if is_open and self.comparison is None:
            from kt_gui.widgets.comparison.view import ComparisonView

            self.comparison = ComparisonView(self._models)
            self.views.addWidget(self.comparison)
        self.views.setCurrentIndex(1 if is_open else 0)

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
        chosen = self.table.chosen()
        if not chosen:
            return
        count, name = len(chosen), chosen[0].name
        ask(
            tr("Delete the run “{name}”?", name=name) if count == 1 else tr("Delete these {count} runs?", count=count),
            trn(
                "Its folder with weights, settings and curves is deleted. This cannot be undone.",
                "Their folders with weights, settings and curves are deleted. This cannot be undone.",
                count,
            ),
            (tr("Delete"), partial(self._models.runs.delete, *chosen)),
            tr("Keep it") if count == 1 else tr("Keep them"),
            self.window(),
            is_danger=True,
        )
