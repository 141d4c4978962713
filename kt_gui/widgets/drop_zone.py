"""Where pictures are dropped, or chosen by button: a folder, a zip, a CSV."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from kt_gui.schema.texts import tr
from kt_gui.session.naming import data_at
from kt_gui.widgets.parts import Glyph, Muted, column, fill, label, primary, row, secondary
from kt_gui.widgets.theme import current, themed


class Dashes(QWidget):
    """A field with a dashed border, which lights up while something is held over it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_over = False
        themed.changed.connect(self.update)

    def show_over(self, *, is_over: bool) -> None:
        """Show whether something is held over it."""
        self._is_over = is_over
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the dashes."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(current().colour("accent" if self._is_over else "line"), 1.5, Qt.PenStyle.DashLine))
        painter.setBrush(current().colour("accent_soft") if self._is_over else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        painter.end()


class DropZone(Dashes):
    """A dashed field with one sentence and the buttons that do the same.

    Signals:
        chosen(object): a person dropped or chose this data set.
        refused(str): what was dropped is none; a sentence says so.
    """

    chosen = Signal(object)
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self.browse = primary(tr("Choose a folder…"), self.choose_folder)
        self.other = secondary(tr("Zip or CSV…"), self.choose_file)
        self.buttons = row(None, self.browse, self.other, None, spacing=12)
        sentence = label(tr("Drop a folder of pictures here: one subfolder for each class"), "strong", wrap=True)
        hint = Muted(tr("A zip of such a folder, or a CSV with a path and a label in each row, will do as well."))
        for each in (sentence, hint):
            each.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        middle = column(row(None, Glyph("picture", "faint", 32), None), sentence, hint, self.buttons, spacing=12)
        outer = QVBoxLayout(self)
        fill(outer, (None, middle, None))
        outer.setContentsMargins(48, 24, 48, 24)

    @Slot()
    def choose_folder(self) -> None:
        """Let a person choose a folder."""
        path = QFileDialog.getExistingDirectory(self, tr("A folder with one subfolder for each class"))
        self.take(path)

    @Slot()
    def choose_file(self) -> None:
        """Let a person choose a zip or a table."""
        kinds = tr("Zip or table ({patterns})", patterns="*.zip *.csv *.tsv")
        path, _ = QFileDialog.getOpenFileName(self, tr("A zip or a CSV"), "", kinds)
        self.take(path)

    def take(self, path: str) -> None:
        """Take a folder or file as the data set it makes; an empty path is no choice."""
        data = data_at(Path(path)) if path else None
        if data is not None:
            self.chosen.emit(data)
        elif path:
            name = Path(path).name
            self.refused.emit(tr("{name} is neither a folder nor a zip nor a CSV.", name=name))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome one folder or file."""
        if dropped_path(event.mimeData()):
            self.show_over(is_over=True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        """It went away again."""
        self.show_over(is_over=False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Take what was dropped."""
        self.show_over(is_over=False)
        event.acceptProposedAction()
        self.take(dropped_path(event.mimeData()))


def dropped_path(dropped: QMimeData) -> str:
    """The one folder or file that is dropped; empty for anything else."""
    urls = dropped.urls()
    return urls[0].toLocalFile() if len(urls) == 1 and urls[0].isLocalFile() else ""
