"""The curves of a run: loss and accuracy on one time line, how they are seen, saved, and read as a table.

pyqtgraph and numpy are imported when the curves are first shown, never before the window's first paint.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHeaderView,
    QMenu,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from kt_gui.bridge.phase_curves import PhaseCurves
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import EpochEnded
from kt_gui.schema.quantities import number, percent
from kt_gui.schema.texts import mark, tr
from kt_gui.widgets import chart_files
from kt_gui.widgets.curve_table import CurveTable
from kt_gui.widgets.legend import Legend
from kt_gui.widgets.parts import Card, label, quiet
from kt_gui.widgets.theme import GRID

if TYPE_CHECKING:
    from kt_gui.widgets.charts import Chart
    from kt_gui.widgets.curve_data import Points

SMOOTHINGS = (0.0, 0.3, 0.6, 0.9)
LAST_EPOCHS = 10
ROWS_MEASURED = 50
"""Of a table, to find how wide its columns must be."""
_FILES = ((mark("Picture (PNG)…"), "png"), (mark("Drawing (SVG)…"), "svg"), (mark("Numbers (CSV)…"), "csv"))


class Curves(Card):
    """The card of the two charts.

    Signals:
        failed(UserError): a chart could not be saved.
    """

    failed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Loss"), parent)
        self._phases: Sequence[PhaseCurves] = ()
        self._points: list[tuple[PhaseCurves, Points]] = []
        self._is_live = False
        self._is_zoomed = False
        self.charts: tuple[Chart, ...] = ()
        self._first: Chart | None = None
        self.smoothing = 0.0
        self.span = "all"
        self._build()
        self._lay_out()

    def _build(self) -> None:
        self.log = QCheckBox(tr("log"))
        self.log.setChecked(True)
        self.log.setToolTip(tr("Draw losses on a log scale"))
        self.log.toggled.connect(self._redraw)
        self.view_menu = QMenu(self)
        self.outliers = self.view_menu.addAction(tr("Ignore outliers"))
        self.outliers.setCheckable(True)
        self.outliers.toggled.connect(self._redraw)
        self._add_choices(
            tr("Smoothing"), [(tr("none") if not each else f"{each:g}", each) for each in SMOOTHINGS], self._smooth
        )
        windows = [(tr("The whole run"), "all"), (tr("This phase"), "phase"), (tr("The last 10 epochs"), "last")]
        self._add_choices(tr("Show"), windows, self._choose_span)
        self.view_menu.addSeparator()
        self.as_table = self.view_menu.addAction(tr("Show as table"))
        self.as_table.setCheckable(True)
        self.as_table.toggled.connect(self._turn_page)
        self.save_menu = QMenu(self)
        for title, suffix in _FILES:
            self.save_menu.addAction(tr(title), partial(self._ask_and_save, suffix))
        self.table = CurveTable()

    def _add_choices(
        self, title: str, choices: Sequence[tuple[str, object]], chosen: Callable[[QAction], None]
    ) -> None:
        menu = self.view_menu.addMenu(title)
        group = QActionGroup(menu)
        for place, (text, value) in enumerate(choices):
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(place == 0)
            action.setData(value)
            group.addAction(action)
        group.triggered.connect(chosen)

    def _lay_out(self) -> None:
        view, save = quiet(tr("View")), quiet(tr("Save"))
        view.setMenu(self.view_menu)
        save.setMenu(self.save_menu)
        self.legend = Legend()
        self.header.insertWidget(1, self.legend)
        for part in (self.log, view, save):
            self.header.addWidget(part)
        self.plots = QWidget()
        self.plots_layout = QVBoxLayout(self.plots)
        self.plots_layout.setContentsMargins(0, 0, 0, 0)
        self.plots_layout.setSpacing(0)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.plots)
        self.pages.addWidget(self._table_view())
        self.body.addWidget(self.pages, 1)

    def _table_view(self) -> QTableView:
        view = QTableView()
        view.setModel(self.table)
        view.setAccessibleName(tr("The numbers of each epoch"))
        view.setShowGrid(False)
        view.verticalHeader().hide()
        view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        view.horizontalHeader().setResizeContentsPrecision(ROWS_MEASURED)
        view.horizontalHeader().setStretchLastSection(True)
        view.setTabKeyNavigation(False)
        return view

    # --- what is shown -------------------------------------------------------------------------------------------

    def show_run(self, phases: Sequence[PhaseCurves], *, is_live: bool) -> None:
        """Show these phases; called again as they grow. `is_live` leaves room for what is planned."""
        self._phases, self._is_live = phases, is_live
        self._redraw()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw the charts right after the first paint."""
        super().showEvent(event)
        if not self.charts:
            QTimer.singleShot(0, self, self._begin_charts)

    @Slot()
    def _begin_charts(self) -> None:
        """Make one chart now and the other a little later: each takes as long as an eye notices."""
        from kt_gui.widgets.charts import Chart

        if not self.charts and self._first is None:
            self._first = Chart("loss")
            QTimer.singleShot(1, self, self.draw_charts)

    @Slot()
    def draw_charts(self) -> None:
        """Make the charts, once."""
        if self.charts:
            return
        from kt_gui.widgets.charts import Chart

        loss, accuracy = self.charts = (self._first or Chart("loss"), Chart("accuracy"))
        accuracy.box.setXLink(loss.box)
        self.plots_layout.addWidget(loss, 1)
        self.plots_layout.addSpacing(GRID)
        self.plots_layout.addWidget(label(tr("Accuracy"), "strong"))
        self.plots_layout.addWidget(accuracy, 1)
        for chart in self.charts:
            chart.pointed.connect(self._point)
            chart.zoomed.connect(self._keep_zoom)
            chart.reset.connect(self._reset)
        self._redraw()

    @Slot()
    def _redraw(self) -> None:
        if not self.isVisible():
            return
        if self.as_table.isChecked():
            self.table.show_run(self._phases)
        if not self.charts:
            return
        from kt_gui.widgets.charts import Look

        look = Look(self.log.isChecked(), self.outliers.isChecked(), self.smoothing)
        points = self._take_points()
        for chart in self.charts:
            chart.show_run(self._phases, points, look)
        self._show_window()

    def _take_points(self) -> list[Points]:
        from kt_gui.widgets.curve_data import Points

        known = self._points
        self._points = []
        for phase in self._phases:
            points = next((points for seen, points in known if seen is phase), None) or Points()
            points.take(phase)
            self._points.append((phase, points))
        return [points for _, points in self._points]

    def _show_window(self) -> None:
        from kt_gui.widgets.axes import limit_zoom
        from kt_gui.widgets.curve_data import last_position

        end = last_position(self._phases, is_live=self._is_live)
        for chart in self.charts:
            limit_zoom(chart.box, end)
        if self._is_zoomed:
            return
        start = self._phases[-1].offset if self.span == "phase" and self._phases else 0.0
        if self.span == "last" and self._phases:
            end = last_position(self._phases, is_live=False)
            start = max(0.0, end - LAST_EPOCHS)
        self.charts[0].box.setXRange(start, end, padding=0.012)

    # --- what a person does --------------------------------------------------------------------------------------

    @Slot(QAction)
    def _smooth(self, action: QAction) -> None:
        self.smoothing = action.data()
        self._redraw()

    @Slot(QAction)
    def _choose_span(self, action: QAction) -> None:
        self.span = action.data()
        self._reset()

    @Slot()
    def _keep_zoom(self) -> None:
        self._is_zoomed = True

    @Slot()
    def _reset(self) -> None:
        self._is_zoomed = False
        self._redraw()

    @Slot(bool)
    def _turn_page(self, is_table: bool) -> None:
        self.pages.setCurrentIndex(1 if is_table else 0)
        self.rename(tr("Epochs") if is_table else tr("Loss"))
        self.legend.setHidden(is_table)
        self.log.setHidden(is_table)
        self._redraw()

    @Slot(float)
    def _point(self, position: float) -> None:
        found = self._find_epoch(position)
        for chart in self.charts:
            if found is None:
                chart.show_pointer(math.nan, "")
            else:
                phase, epoch = found
                chart.show_pointer(phase.offset + epoch.epoch + 1, read_out(epoch, chart.measure))

    def _find_epoch(self, position: float) -> tuple[PhaseCurves, EpochEnded] | None:
        every = [(phase, epoch) for phase in self._phases for epoch in phase.epochs]
        if not every or not math.isfinite(position):
            return None
        return min(every, key=lambda pair: abs(pair[0].offset + pair[1].epoch + 1 - position))

    def _ask_and_save(self, suffix: str) -> None:
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Save the curves"), f"curves.{suffix}", f"*.{suffix}")
        if chosen:
            self.save(Path(chosen).with_suffix(f".{suffix}"))

    def save(self, path: Path) -> None:
        """Save as what the name ends in; a failure is told by `failed`."""
        self._thicken(is_fine=path.suffix == ".png")
        try:
            chart_files.save(self, (self.title, self.legend, self.plots), self._phases, path)
        except UserError as error:
            self.failed.emit(error)
        finally:
            self._thicken(is_fine=False)

    def _thicken(self, *, is_fine: bool) -> None:
        """Draw thicker lines for a finer picture."""
        for chart in self.charts:
            chart.dress(chart_files.SHARPNESS if is_fine else self.devicePixelRatioF())


def read_out(epoch: EpochEnded, measure: str) -> str:
    """Say the values of an epoch in one line."""
    values = {"epoch": epoch.epoch + 1}
    if measure == "accuracy":
        return tr(
            "epoch {epoch} · learning {train} · validation {validation}",
            train=percent(epoch.train_accuracy),
            validation=percent(epoch.validation_accuracy),
            **values,
        )
    return tr(
        "epoch {epoch} · learning {train} · validation {validation}",
        train=number(epoch.train_loss),
        validation=number(epoch.validation_loss),
        **values,
    )
