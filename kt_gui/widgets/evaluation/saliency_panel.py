"""What the network looks at in one picture: the picture, the pretrained network's answer, the fine-tuned one's."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QSizePolicy, QWidget

from kt_gui.bridge.failures import Failure
from kt_gui.schema.events import Noticed
from kt_gui.schema.insights import Explained, Method
from kt_gui.schema.quantities import percent
from kt_gui.schema.shades import SCALE
from kt_gui.schema.texts import mark, prose, tr
from kt_gui.widgets.evaluation.waiting import Underway
from kt_gui.widgets.gallery import paint_picture
from kt_gui.widgets.notices import Notice
from kt_gui.widgets.number_boxes import calm_wheel
from kt_gui.widgets.parts import Card, Elided, IconButton, Muted, column, label, quiet, row
from kt_gui.widgets.theme import GAP, GRID, themed

METHODS: dict[Method, str] = {
    "auto": mark("automatic"),
    "grad-cam": mark("Grad-CAM"),
    "integrated-gradients": mark("Integrated gradients"),
}
SMALLEST = 96


class Shown(QWidget):
    """A picture in a square, a title above it, a line below it."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pixmap = QPixmap()
        self._title = label(title, "small")
        self._square = _Square(self)
        self._line = Elided("", "small")
        self.setLayout(column(self._title, self._square, self._line, spacing=4))

    def show_picture(self, png: bytes | None, line: str) -> None:
        """Show a picture; None leaves the square empty."""
        pixmap = QPixmap()
        if png:
            pixmap.loadFromData(png)
        self._square.pixmap = pixmap
        self._square.update()
        self._line.setText(line)
        self._square.setAccessibleName(f"{self._title.text()}: {line}")

    @property
    def line(self) -> str:
        """What stands below the picture."""
        return self._line.text()

    @property
    def is_empty(self) -> bool:
        """Whether there is no picture."""
        return self._square.pixmap.isNull()


class _Square(QWidget):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.pixmap = QPixmap()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(SMALLEST)
        self.setMinimumWidth(SMALLEST)
        themed.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(SMALLEST, SMALLEST)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setFixedHeight(max(SMALLEST, self.width()))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        paint_picture(painter, self.pixmap, self.rect())
        painter.end()


class ScaleBar(QWidget):
    """The colours from little to much, and what they mean."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Colours: dark blue where nothing speaks for the class, yellow where most does"))
        self.setLayout(row(label(tr("nothing"), "tiny"), _Gradient(), label(tr("most"), "tiny"), spacing=6))


class _Gradient(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(6)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = QLinearGradient(0, 0, self.width(), 0)
        for place, shade in enumerate(SCALE):
            scale.setColorAt(place / (len(SCALE) - 1), QColor(*shade))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(scale)
        painter.drawRoundedRect(QRectF(self.rect()), 3, 3)
        painter.end()


class SaliencyPanel(Card):
    """The three pictures side by side, how they were found, and what to ask otherwise.

    Signals:
        asked(): a person wants another class explained, or by another method.
        stepped(int): a person wants the next picture (1) or the previous one (−1).
        opened(): a person wants to see the picture large.
        retried(): a person wants the failed question asked again.
    """

    asked = Signal()
    stepped = Signal(int)
    opened = Signal()
    retried = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("What it looks at"), parent)
        self._classes: tuple[str, ...] = ()
        self._build()
        self._lay_out()
        self._connect()

    def _build(self) -> None:
        self.previous = IconButton("chevron-left", tr("Previous picture"))
        self.next = IconButton("chevron-right", tr("Next picture"))
        self.open = quiet(tr("Open"), self.opened.emit)
        self.open.setToolTip(tr("See the picture large, and what can be done with it"))
        self.name = Elided("", "strong")
        self.verdict = Elided("", "muted")
        self.bar = Underway()
        self.picture = Shown(tr("Picture"))
        self.before = Shown(tr("Pretrained"))
        self.after = Shown(tr("Fine-tuned"))
        self.target = _box(tr("Class to explain"))
        self.method = _box(tr("Method"))
        for value, title in METHODS.items():
            self.method.addItem(tr(title), value)
        self.words = Muted()
        self.trouble = Notice("warning", "")
        self.again = quiet(tr("Try again"), self.retried.emit)
        self.trouble.buttons.addWidget(self.again)
        self.trouble.hide()

    def _lay_out(self) -> None:
        for part in (self.open, self.previous, self.next):
            self.header.addWidget(part)
        pictures = row(self.picture, self.before, self.after, spacing=GRID)
        asked = QGridLayout()
        asked.setContentsMargins(0, 0, 0, 0)
        asked.setHorizontalSpacing(GRID)
        asked.setVerticalSpacing(4)
        for place, box in enumerate((self.target, self.method)):
            caption = label(box.accessibleName(), "small")
            caption.setBuddy(box)
            asked.addWidget(caption, 0, place)
            asked.addWidget(box, 1, place)
            asked.setColumnStretch(place, 1)
        self.body.addLayout(column(self.name, self.verdict, spacing=2))
        self.body.addWidget(self.bar)
        self.body.addLayout(pictures)
        self.body.addWidget(ScaleBar())
        self.body.addWidget(self.trouble)
        self.body.addSpacing(GRID)
        self.body.addLayout(asked)
        self.body.addSpacing(4)
        self.body.addWidget(self.words)
        self.body.addStretch(1)
        self.body.setSpacing(GRID)
        self.setMinimumWidth(3 * SMALLEST + 2 * GRID + 2 * GAP)

    def _connect(self) -> None:
        self.previous.clicked.connect(self._go_back)
        self.next.clicked.connect(self._go_on)
        self.target.activated.connect(self.asked)
        self.method.activated.connect(self.asked)

    @Slot()
    def _go_back(self) -> None:
        self.stepped.emit(-1)

    @Slot()
    def _go_on(self) -> None:
        self.stepped.emit(1)

    # --- what is asked -------------------------------------------------------------------------------------------

    @property
    def wanted(self) -> str | None:
        """The class to explain; None for the one the network says."""
        return self.target.currentData() or None

    @property
    def wanted_method(self) -> Method:
        """How to ask."""
        found: Method = self.method.currentData()
        return found

    def show_classes(self, classes: Sequence[str]) -> None:
        """Offer these classes."""
        if tuple(classes) != self._classes:
            self._classes = tuple(classes)
            self.target.clear()
            self.target.addItem(tr("the one it says"), "")
            for name in classes:
                self.target.addItem(name, name)

    # --- what is shown -------------------------------------------------------------------------------------------

    def show_name(self, name: str, verdict: str) -> None:
        """Say which picture is chosen, what it is and what was said of it."""
        self.name.setText(name)
        self.verdict.setText(verdict)

    def show_state(self, *, is_busy: bool, failure: Failure | None, notice: Noticed | None) -> None:
        """Show that work goes on, or why there is nothing to see."""
        self.bar.setVisible(is_busy)
        self.trouble.setVisible(failure is not None or notice is not None)
        if failure is not None:
            self.trouble.write(failure.message, failure.remedy)
        elif notice is not None:
            self.trouble.write(str(notice.message), str(notice.remedy) if notice.remedy else "")

    def show_explained(self, explained: Explained | None) -> None:
        """Show an answer; None takes the pictures away."""
        if explained is None:
            for place in (self.picture, self.before, self.after):
                place.show_picture(None, "")
            self.words.setText("")
            return
        self.picture.show_picture(explained.picture, explained.label)
        self.before.setVisible(explained.question is not None)
        self.before.show_picture(explained.before, _say_before(explained))
        self.after.show_picture(explained.after, _say(explained.target, explained.probability))
        self.words.setText(prose(map(str, explained.words)))


def _say(name: str, probability: float) -> str:
    return tr("{name} {probability}", name=name, probability=percent(probability, 0))


def _say_before(explained: Explained) -> str:
    if explained.before_probability is None:
        return tr("its features")
    return _say(explained.before_target, explained.before_probability)


def _box(name: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setMinimumContentsLength(8)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    calm_wheel(box)
    return box
