"""Saving a chart where the person says: PNG, SVG or the numbers as CSV. Whole files or none."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QSaveFile
from PySide6.QtGui import QImage, QImageWriter, QPaintDevice, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from kt_gui.bridge.phase_curves import PhaseCurves
from kt_gui.schema.errors import UserError
from kt_gui.schema.texts import tr
from kt_gui.widgets import theme
from kt_gui.widgets.curve_table import write_csv

SHARPNESS = 2
"""Pixels of a PNG for each pixel of the screen."""


def save(card: QWidget, parts: Sequence[QWidget], phases: Sequence[PhaseCurves], path: Path) -> None:
    """Save as what the name ends in: .png, .svg, .csv. Of the card only these parts are drawn, where they stand.

    Raises UserError where it cannot be written.
    """
    match path.suffix.lower():
        case ".svg":
            content = draw_svg(card, parts)
        case ".csv":
            content = write_csv(phases).encode()
        case _:
            content = draw_png(card, parts)
    file = QSaveFile(str(path))
    if not file.open(QIODevice.OpenModeFlag.WriteOnly) or file.write(content) < 0 or not file.commit():
        raise UserError(
            tr("{path} could not be written: {reason}.", path=str(path), reason=file.errorString()),
            tr("Choose another folder."),
        )


def draw_png(card: QWidget, parts: Sequence[QWidget]) -> bytes:
    """Draw what is shown, twice as fine as the screen."""
    image = QImage(card.size() * SHARPNESS, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(SHARPNESS)
    _draw(card, parts, image)
    buffer = _memory()
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())


def draw_svg(card: QWidget, parts: Sequence[QWidget]) -> bytes:
    """Draw what is shown as lines and letters."""
    buffer = _memory()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(card.size())
    generator.setViewBox(card.rect())
    generator.setTitle(tr("Curves of a run"))
    _draw(card, parts, generator)
    return bytes(buffer.data().data())


def _memory() -> QBuffer:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return buffer


def _draw(card: QWidget, parts: Sequence[QWidget], device: QPaintDevice) -> None:
    painter = QPainter(device)
    painter.fillRect(card.rect(), theme.current().colour("card"))
    for part in parts:
        part.render(painter, part.mapTo(card, QPoint()), renderFlags=QWidget.RenderFlag.DrawChildren)
    painter.end()
