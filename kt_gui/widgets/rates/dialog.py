"""The window in which a learning rate is looked for: the curve as it grows, what it says, and a way to take it."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from kt_gui.bridge.rate_model import RateModel
from kt_gui.schema import rate_words
from kt_gui.schema.quantities import number
from kt_gui.schema.texts import mark, prose, tr
from kt_gui.widgets.card_table import CardTable, Column
from kt_gui.widgets.notices import Notice
from kt_gui.widgets.parts import Card, Muted, Segmented, column, label, primary, row, secondary
from kt_gui.widgets.progress import ProgressLine
from kt_gui.widgets.rates.chart import RateChart
from kt_gui.widgets.theme import GAP, MARGIN


def search_button(wanted: Callable[[], object]) -> QPushButton:
    """Make the button that looks for a learning rate."""
    return secondary(tr("Find learning rate"), wanted)


def allow_search(button: QPushButton, hindrance: str) -> None:
    """Let a rate be looked for, or say why it cannot be."""
    button.setEnabled(not hindrance)
    button.setToolTip(hindrance or tr("By some hundred steps on a copy of the network"))


def open_search(model: RateModel, now: float, use: Callable[[float], object], parent: QWidget) -> "RateDialog":
    """Open the window on a search; `use` takes the rate that a person wants."""
    made = RateDialog(model, now, parent.window())
    made.chosen.connect(use)
    made.open()
    return made


class RateDialog(QDialog):
    """Chart or table, the answer in words, and what to do with it. What goes on ends when it is closed.

    Signals:
        chosen(float): a person wants to use this rate.
    """

    chosen = Signal(float)

    def __init__(self, model: RateModel, now: float, parent: QWidget | None = None) -> None:
        """`now` is the rate that the experiment has."""
        super().__init__(parent)
        self._model, self._now = model, now
        self._is_new = True
        self.setWindowTitle(tr("Find learning rate"))
        self.setMinimumSize(720, 580)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._build()
        self._lay_out()
        self._connect()
        self.setFocus()
        self.write()

    def _build(self) -> None:
        self.title, self.reason = label("", "title"), Muted()
        self.measured = Muted()
        self.measured.setProperty("kind", "small")
        self.stand_in = Notice("warning", "")
        self.failed = Notice("error", "")
        self.chart, self.table = RateChart(), CardTable(tr("Rates that were tried"), _COLUMNS)
        self.side = Segmented([("curve", tr("Curve")), ("numbers", tr("Numbers"))])
        self.side.setAccessibleName(tr("What to show"))
        self.side.choose("curve")
        self.progress = ProgressLine()
        self.use = primary("", self._use)
        self.again = secondary(tr("Try again"), self._model.again)
        self.close_button = secondary(tr("Close"), self.reject)

    def _lay_out(self) -> None:
        self.drawn = QStackedWidget()
        for each in (self.chart, self.table):
            self.drawn.addWidget(each)
        card = Card(tr("Training loss"))
        card.header.addWidget(self.side)
        card.body.addWidget(self.drawn, 1)
        head = column(self.title, self.reason, spacing=4)
        foot = row(self.progress, None, self.again, self.close_button, self.use, spacing=12)
        foot.setStretch(0, 1)
        layout: QVBoxLayout = column(head, self.stand_in, self.failed, card, self.measured, foot, spacing=GAP)
        layout.setStretch(3, 1)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, GAP)
        self.setLayout(layout)

    def _connect(self) -> None:
        self._model.changed.connect(self.write)
        self.side.chosen.connect(self._turn)
        self.chart.chosen.connect(self._choose)
        self.progress.cancelled.connect(self._model.cancel)
        self.finished.connect(self._leave)

    def sizeHint(self) -> QSize:
        """Room for seven decades."""
        return QSize(800, 600)

    # --- showing -------------------------------------------------------------------------------------------------

    @Slot()
    def write(self) -> None:
        """Show how things stand."""
        model = self._model
        self.chart.show_curve(model.rates, model.losses, model.smooth, self._now)
        self.table.show_cards(_steps(model))
        self.progress.setVisible(model.is_busy)
        self.progress.show_progress(model.progress)
        self.again.setVisible(not model.is_busy)
        self._write_failure()
        self._write_answer()

    def _write_failure(self) -> None:
        failure = self._model.failure
        self.failed.setVisible(failure is not None)
        if failure is not None:
            self.failed.write(failure.message, failure.remedy)

    def _write_answer(self) -> None:
        found = self._model.found
        if found is None:
            self._is_new = True
            self.title.setText(tr("Trying learning rates") if self._model.is_busy else tr("No answer"))
            self.reason.setText(
                tr("Each step on a copy of the network is taken with a larger rate, until the loss runs away.")
            )
            self.chart.show_choice(None, None)
        else:
            self.title.setText(rate_words.headline(found))
            self.reason.setText(prose((rate_words.reason(found), rate_words.now(found))))
            self.measured.setText(rate_words.measured(found))
        if found is not None and self._is_new:
            self._is_new = False
            is_clear = found.low is not None and found.high is not None
            self.chart.show_choice(found.suggestion, (found.low or 0.0, found.high or 0.0) if is_clear else None)
        self.measured.setVisible(found is not None)
        self.stand_in.setVisible(found is not None and bool(rate_words.reservation(found)))
        if found is not None:
            self.stand_in.write(rate_words.reservation(found), rate_words.remedy(found))
        self._write_use()

    def _write_use(self) -> None:
        rate = self.chart.rate if self._model.found is not None else None
        self.use.setVisible(rate is not None)
        self.use.setText(tr("Use {rate}", rate=number(rate)))

    # --- doing ---------------------------------------------------------------------------------------------------

    @Slot(str)
    def _turn(self, name: str) -> None:
        self.drawn.setCurrentWidget(self.chart if name == "curve" else self.table)

    @Slot(float)
    def _choose(self, _rate: float) -> None:
        self._write_use()

    def _use(self) -> None:
        if self.chart.rate is not None:
            self.chosen.emit(self.chart.rate)
        self.accept()

    @Slot()
    def _leave(self) -> None:
        self._model.cancel()
        self.deleteLater()


@dataclass(frozen=True)
class _Step:
    place: int
    rate: float
    loss: float
    smooth: float

    @property
    def name(self) -> str:
        return str(self.place)


def _steps(model: RateModel) -> list[_Step]:
    every = zip(model.rates, model.losses, model.smooth, strict=True)
    return [_Step(place, *values) for place, values in enumerate(every)]


_COLUMNS = (
    Column(mark("Learning rate"), lambda each: f"{each.rate:.2g}", lambda each: each.rate),
    Column(mark("Loss"), lambda each: number(each.loss), lambda each: each.loss, 120, None, True),
    Column(mark("Smoothed"), lambda each: number(each.smooth), lambda each: each.smooth, 120, None, True),
)
