"""The race with its controls: which axis, whether the source's time counts, run it or move through it, and a table."""

from collections.abc import Sequence

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QCheckBox, QSlider, QVBoxLayout, QWidget

from kt_gui.schema import gain_words
from kt_gui.schema.gain_words import ARMS
from kt_gui.schema.quantities import UNKNOWN, duration, percent
from kt_gui.schema.texts import listed, tr
from kt_gui.studies import race
from kt_gui.studies.race import Axis, Lane
from kt_gui.widgets import theme
from kt_gui.widgets.icons import icon
from kt_gui.widgets.list_dialog import ListDialog
from kt_gui.widgets.parts import Segmented, column, fill, label, link, row, secondary
from kt_gui.widgets.studies.race_chart import Live, RaceChart

RUN_MS, FRAME_MS = 6000, 33
"""How long a race lasts on the screen, and how often it is drawn."""
FINE = 1000
"""Steps of the slider."""


class RaceView(QWidget):
    """Chart, controls, and when each arm has what scratch ends with; `axis` is laid out by who shows it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes: tuple[Lane, ...] = ()
        self._live: Live | None = None
        self._axis: Axis = "seconds"
        self._clock, self._from = QElapsedTimer(), 0.0
        self._timer = QTimer(self, interval=FRAME_MS)
        self._build()
        self._lay_out()
        self._connect()

    def _build(self) -> None:
        self.chart = RaceChart()
        self.axis = Segmented([("seconds", tr("Time")), ("epochs", tr("Epochs"))])
        self.axis.setAccessibleName(tr("What the race is timed by"))
        self.axis.choose(self._axis)
        self.count = QCheckBox(tr("Count learning the source"))
        self.play = secondary(tr("Run the race"), self._toggle)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, FINE)
        self.slider.setValue(FINE)
        self.slider.setAccessibleName(tr("Moment of the race"))
        self.words = label("", "small", wrap=True)
        self.as_table = link(tr("as a table"), self.open_table)
        self._draw_icon()

    def _lay_out(self) -> None:
        head = label(tr("Validation accuracy, mean ± deviation over seeds"), "small")
        controls = row(self.play, self.slider, self.count, spacing=12)
        controls.setStretch(1, 1)
        told = row(self.words, column(self.as_table, None), spacing=12)
        told.setStretch(0, 1)
        whole = QVBoxLayout(self)
        fill(whole, (head, self.chart, controls, told), 6)
        whole.setStretch(1, 1)

    def _connect(self) -> None:
        self.axis.chosen.connect(self._choose)
        self.count.toggled.connect(self._draw)
        self.slider.valueChanged.connect(self._slide)
        self.chart.moved.connect(self._move)
        self._timer.timeout.connect(self._go)
        theme.themed.changed.connect(self._draw_icon)

    # --- showing -------------------------------------------------------------------------------------------------

    def show_lanes(self, lanes: Sequence[Lane], live: Live | None) -> None:
        """Show these lanes, and the run at work."""
        if (tuple(lanes), live) != (self._lanes, self._live):
            self._lanes, self._live = tuple(lanes), live
            self._draw()

    @Slot()
    def _draw(self) -> None:
        has_seconds = race.has_seconds(self._lanes)
        axis: Axis = self._axis if has_seconds else "epochs"
        has_source = any(lane.source_seconds is not None for lane in self._lanes)
        self.axis.setVisible(has_seconds)
        self.count.setVisible(axis == "seconds")
        self.count.setEnabled(has_source)
        self.count.setToolTip("" if has_source else tr("The source came from elsewhere: what it took is not known."))
        counts = has_source and self.count.isChecked()
        self.chart.show_lanes(self._lanes, axis, counts_source=counts, live=self._live)
        reached = race.reached(self._lanes)
        self.words.setText(gain_words.raced(reached, by_epochs=axis == "epochs", counts_source=counts))

    @Slot(str)
    def _choose(self, axis: str) -> None:
        self._axis = "epochs" if axis == "epochs" else "seconds"
        self._draw()

    # --- running -------------------------------------------------------------------------------------------------

    @property
    def is_running(self) -> bool:
        """Whether the race is being run."""
        return self._timer.isActive()

    def _toggle(self) -> None:
        """Run the race from where it stands, from its start where it is over; or hold it."""
        if self.is_running:
            self._hold()
            return
        self._from = 0.0 if self.chart.share >= 1.0 else self.chart.share
        self._clock.start()
        self._timer.start()
        self.play.setText(tr("Hold"))
        self._draw_icon()
        self._show(self._from)

    @Slot()
    def _go(self) -> None:
        share = self._from + self._clock.elapsed() / RUN_MS
        self._show(min(share, 1.0))
        if share >= 1.0:
            self._hold()

    def _hold(self) -> None:
        self._timer.stop()
        self.play.setText(tr("Run the race"))
        self._draw_icon()

    @Slot(int)
    def _slide(self, place: int) -> None:
        """A person moved the slider; the race has done it without telling."""
        self._hold()
        self.chart.show_share(place / FINE)

    @Slot(float)
    def _move(self, share: float) -> None:
        self._hold()
        self._show(share)

    def _show(self, share: float) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(round(share * FINE))
        self.slider.blockSignals(False)
        self.chart.show_share(share)

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest while unseen."""
        super().hideEvent(event)
        self._hold()

    @Slot()
    def _draw_icon(self) -> None:
        self.play.setIcon(icon("pause" if self.is_running else "play", "ink", 14))

    # --- the table -----------------------------------------------------------------------------------------------

    @Slot()
    def open_table(self) -> ListDialog:
        """Open the numbers behind the lines."""
        titles = [tr("Epoch"), *(tr(ARMS[lane.arm]) for lane in self._lanes)]
        sentence = tr("Mean validation accuracy over seeds ± deviation, and the seconds of learning until then.")
        dialog = ListDialog(tr("The race"), sentence, titles, table(self._lanes), self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        return dialog


def table(lanes: Sequence[Lane]) -> list[tuple[str, ...]]:
    """Write the lanes as rows, one an epoch."""
    epochs = max((len(lane.band.mean) for lane in lanes), default=0)
    return [(str(epoch + 1), *(_cell(lane, epoch) for lane in lanes)) for epoch in range(epochs)]


def _cell(lane: Lane, epoch: int) -> str:
    if epoch >= len(lane.band.mean):
        return UNKNOWN
    mean, reach = lane.band.mean[epoch], lane.band.high[epoch] - lane.band.mean[epoch]
    spread = percent(mean) if lane.band.counts[epoch] < 2 else f"{percent(mean)} ± {100 * reach:.1f}"
    return listed((spread, duration(lane.seconds[epoch]))) if lane.seconds else spread
