"""What the loss is made of: the share of cross-entropy and of the penalty, as one bar."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kt_gui.schema.texts import tr
from kt_gui.widgets import theme

HEIGHT = 12


class Shares(QWidget):
    """A bar of two parts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share: float | None = None
        self.setAccessibleName(tr("Share of the loss"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        theme.themed.changed.connect(self.update)

    @property
    def share(self) -> float | None:
        """The penalty's share of the loss; None while nothing is known."""
        return self._share

    def show_loss(self, cross_entropy: float | None, penalty: float | None) -> None:
        """Show these two parts; None while, or where, they are not finite."""
        share = penalty_share(cross_entropy, penalty)
        if share != self._share or not self.accessibleDescription():
            self._share = share
            self.setAccessibleDescription(self.says())
            self.update()

    def says(self) -> str:
        """Say the shares in a line."""
        if self._share is None:
            return tr("cross-entropy + λ‖θ′−θ‖²")
        rest, penalty = 100 * (1 - self._share), 100 * self._share
        return tr("cross-entropy {rest} % · λ‖θ′−θ‖² {penalty} %", rest=f"{rest:.0f}", penalty=f"{penalty:.0f}")

    def sizeHint(self) -> QSize:
        """A bar."""
        return QSize(160, HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw both parts in one rounded bar."""
        look, whole = theme.current(), QRectF(self.rect())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = QPainterPath()
        outline.addRoundedRect(whole, HEIGHT / 2, HEIGHT / 2)
        if self._share is None:
            painter.fillPath(outline, look.colour("inset"))
        else:
            painter.fillPath(outline, look.colour("accent"))
            painter.setClipPath(outline)
            left = whole.width() * (1 - self._share)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.fillRect(whole.adjusted(left, 0, 0, 0), look.colour("validation"))
        painter.end()


def penalty_share(cross_entropy: float | None, penalty: float | None) -> float | None:
    """The penalty's part of the whole loss, from 0 to 1."""
    if cross_entropy is None or penalty is None or cross_entropy + penalty <= 0:
        return None
    return penalty / (cross_entropy + penalty)
