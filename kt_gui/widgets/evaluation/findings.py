"""All numbers of one evaluation: tiles, confusion matrix, reliability diagram, classes. Each leads to its pictures."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QStackedLayout, QWidget

from kt_gui.bridge.evaluation_model import Answer
from kt_gui.bridge.selection import Selection
from kt_gui.schema.evaluations import Bin, Calibration, Scores
from kt_gui.schema.quantities import percent
from kt_gui.schema.texts import prose, thousands, tr, trn
from kt_gui.widgets.evaluation.class_table import ClassTable, ConfusionTable
from kt_gui.widgets.evaluation.figure_link import FigureLink
from kt_gui.widgets.evaluation.matrix import READABLE, Matrix
from kt_gui.widgets.evaluation.reliability import Reliability
from kt_gui.widgets.list_dialog import ListDialog
from kt_gui.widgets.parts import Card, Muted, Segmented, column, label, link, row
from kt_gui.widgets.run_words import SEPARATOR
from kt_gui.widgets.theme import GAP

LOWEST, HIGHEST, AROUND = 432, 560, 208
"""Pixels: least and most height of the cards with the matrix and the diagram, and what it needs around the cells."""
MANY = 40
"""From so many classes on a list of the worst confusions says more at once than a matrix."""
ROWS = 16
"""Classes in sight in the table of all."""


class Findings(QWidget):
    """The numbers.

    Signals:
        wanted(Selection): a person wants to see the pictures behind a number.
    """

    wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._answer: Answer | None = None
        self._build()
        self._lay_out()
        self._connect()

    def _build(self) -> None:
        self.balanced = FigureLink(tr("Balanced accuracy"), tr("Show all pictures, the worst first"))
        self.f1 = FigureLink(tr("F1, mean of the classes"), tr("Show all mistakes, the most confident first"))
        self.top = FigureLink("", tr("Show those whose class is not among them"))
        self.calibration = FigureLink(tr("Calibration error"), tr("Show all pictures, the most confident first"))
        self.views = Segmented([("counts", tr("Pictures")), ("shares", "%"), ("list", tr("List"))])
        self.matrix = Matrix()
        self.key = label(tr("Rows: true class. Columns: what it was taken for. Ctrl and the wheel zoom."), "small")
        self.confusions = ConfusionTable()
        self.nothing_confused = Muted(tr("No class was taken for another."))
        self.nothing_confused.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.scaling = Segmented([("raw", tr("As it is")), ("calibrated", tr("Calibrated"))])
        self.reliability = Reliability()
        self.temperature = Muted()
        self.as_table = link(tr("as a table"), self.open_bins)
        self.classes = ClassTable()

    def _lay_out(self) -> None:
        tiles = row(self.balanced, self.f1, self.top, self.calibration, spacing=GAP)
        for place in range(4):
            tiles.setStretch(place, 1)
        self._stack = QStackedLayout()
        for view in (self.matrix, self.confusions, self.nothing_confused):
            self._stack.addWidget(view)
        confusion, diagram, classes = (
            Card(tr("What was taken for what")),
            Card(tr("Is it as sure as it should be?")),
            Card(tr("Classes")),
        )
        confusion.header.addWidget(self.views)
        confusion.body.addLayout(self._stack, 1)
        confusion.body.addWidget(self.key)
        diagram.header.addWidget(self.as_table)
        diagram.body.addWidget(self.reliability, 1)
        diagram.body.addLayout(row(self.scaling, None))
        diagram.body.addWidget(self.temperature)
        classes.body.addWidget(self.classes)
        self._cards = confusion, diagram
        middle = row(confusion, diagram, spacing=GAP)
        middle.setStretch(0, 3)
        middle.setStretch(1, 2)
        whole = column(tiles, middle, classes, spacing=GAP)
        self.setLayout(whole)

    def _connect(self) -> None:
        self.balanced.wanted.connect(self._want_worst)
        self.f1.wanted.connect(self._want_mistakes)
        self.top.wanted.connect(self._want_beyond)
        self.calibration.wanted.connect(self._want_all)
        self.views.chosen.connect(self._turn)
        self.scaling.chosen.connect(self._scale)
        self.matrix.opened.connect(self._want_pair)
        self.confusions.opened_pair.connect(self._want_pair)
        self.reliability.opened.connect(self._want_bin)
        self.classes.opened_class.connect(self._want_class)

    # --- showing -----------------------------------------------------------------------------------------------

    def show_answer(self, answer: Answer) -> None:
        """Show an evaluation; the one that is shown already is left as it is."""
        before, self._answer = self._answer, answer
        if before is answer:
            return
        scores, calibration = answer.evaluated.scores, answer.evaluated.calibration
        self._write_tiles(scores, calibration)
        self.matrix.show_confusion(answer.evaluated.classes, answer.judgement.confusion)
        self.confusions.show_judgement(answer.judgement)
        self.classes.show_cards(scores.classes)
        height = min(HIGHEST, max(LOWEST, len(scores.classes) * READABLE + AROUND))
        for card in self._cards:
            card.setFixedHeight(height)
        self.classes.setFixedHeight((min(ROWS, len(scores.classes)) + 1) * 32 + 8)
        if before is None or before.evaluated.classes != answer.evaluated.classes:
            self._turn("list" if len(scores.classes) >= MANY else "counts")
        else:
            self._turn(self.views.value or "counts")
        self.scaling.setVisible(calibration is not None)
        self._scale(self.scaling.value or "raw")

    def _write_tiles(self, scores: Scores, calibration: Calibration | None) -> None:
        self.balanced.write(percent(scores.balanced_accuracy), tr("mean recall of the classes"))
        both = {"precision": percent(scores.precision), "recall": percent(scores.recall)}
        self.f1.write(percent(scores.f1), tr("precision {precision}, recall {recall}", **both))
        k, share = scores.top[-1] if scores.top else (1, scores.accuracy)
        note = tr("among the {count} most probable", count=k) if k > 1 else tr("the most probable one")
        self.top.write(percent(share), note, tr("Top {count}", count=k))
        nll = tr("NLL {nll}", nll=f"{scores.nll:.3g}")
        calm = tr("{ece} calibrated", ece=percent(calibration.ece)) if calibration is not None else ""
        self.calibration.write(percent(scores.ece), SEPARATOR.join(each for each in (calm, nll) if each))

    @Slot(str)
    def _turn(self, view: str) -> None:
        self.views.choose(view)
        self.key.setVisible(view != "list")
        if view == "list":
            is_any = self.confusions.shown() > 0
            self._stack.setCurrentWidget(self.confusions if is_any else self.nothing_confused)
            return
        self.matrix.show_figures("shares" if view == "shares" else "counts")
        self._stack.setCurrentWidget(self.matrix)

    @Slot(str)
    def _scale(self, scaling: str) -> None:
        if self._answer is None:
            return
        calibration = self._answer.evaluated.calibration
        is_calibrated = scaling == "calibrated" and calibration is not None
        self.scaling.choose("calibrated" if is_calibrated else "raw")
        self.reliability.show_bins(self._bins())
        self.temperature.setText(say_temperature(calibration, self._answer.evaluated.scores.ece))

    def _bins(self) -> tuple[Bin, ...]:
        assert self._answer is not None
        calibration = self._answer.evaluated.calibration
        if self.scaling.value == "calibrated" and calibration is not None:
            return calibration.bins
        return self._answer.evaluated.scores.bins

    @Slot()
    def open_bins(self) -> ListDialog:
        """Open the diagram's numbers as a table."""
        rows = [
            (
                tr("{low} to {high}", low=percent(each.low, 0), high=percent(each.high, 0)),
                thousands(each.count),
                percent(each.confidence),
                percent(each.accuracy),
            )
            for each in self._bins()
        ]
        titles = (tr("Confidence"), tr("Pictures"), tr("Mean confidence"), tr("Share that is right"))
        sentence = tr("Pictures of which the network was equally sure, and how many of them are right.")
        dialog = ListDialog(tr("Reliability"), sentence, titles, rows, self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        return dialog

    # --- wanting -----------------------------------------------------------------------------------------------

    @Slot()
    def _want_worst(self) -> None:
        self.wanted.emit(Selection(order="loss"))

    @Slot()
    def _want_mistakes(self) -> None:
        self.wanted.emit(Selection(verdict="wrong"))

    @Slot()
    def _want_beyond(self) -> None:
        scores = self._answer.evaluated.scores if self._answer is not None else None
        k = scores.top[-1][0] if scores is not None and scores.top else 1
        self.wanted.emit(Selection(beyond=k, order="loss"))

    @Slot()
    def _want_all(self) -> None:
        self.wanted.emit(Selection())

    @Slot(str, str)
    def _want_pair(self, truth: str, predicted: str) -> None:
        self.wanted.emit(Selection(truth=truth, predicted=predicted))

    @Slot(str, str)
    def _want_class(self, truth: str, predicted: str) -> None:
        self.wanted.emit(Selection(truth=truth, predicted=predicted, order="loss"))

    @Slot(object)
    def _want_bin(self, wanted: Bin) -> None:
        is_calibrated = self.scaling.value == "calibrated"
        self.wanted.emit(Selection(confidence=(wanted.low, wanted.high), is_calibrated=is_calibrated))


def say_temperature(calibration: Calibration | None, error: float) -> str:
    """Say what validation pictures teach about sureness, and whether that helps where the calibration error is this."""
    if calibration is None:
        return tr("There are no validation pictures from which one could learn how sure it should be.")
    said = {
        "value": f"{calibration.temperature:.2f}",
        "of": trn("{count} validation picture", "{count} validation pictures", calibration.pictures),
    }
    if calibration.temperature > 1:
        learnt = tr("It was too sure of {of}; a temperature of {value} mends that there.", **said)
    else:
        learnt = tr("It was not sure enough of {of}; a temperature of {value} mends that there.", **said)
    return prose((learnt, _say_effect(error, calibration.ece)))


def _say_effect(before: float, after: float) -> str:
    said = {"before": percent(before), "after": percent(after)}
    if after < before:
        return tr("Here it takes the calibration error from {before} to {after}.", **said)
    return tr("Here it does not help: the calibration error goes from {before} to {after}.", **said)
