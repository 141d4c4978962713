"""Draw an SVG as PNG in several sizes: draw_icons.py DRAWING FOLDER SIZE... Run with a Python that has Qt."""

import os
import sys
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer


def draw(drawing: str, folder: Path, size: int) -> None:
    """Draw one size where the icon theme looks for it."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    QSvgRenderer(drawing).render(painter)
    painter.end()
    target = folder / f"{size}x{size}" / "apps"
    target.mkdir(parents=True, exist_ok=True)
    if not image.save(str(target / "kt-gui.png")):
        raise OSError(f"{target} cannot be written")


if __name__ == "__main__":
    application = QGuiApplication(sys.argv[:1])
    for size in sys.argv[3:]:
        draw(sys.argv[1], Path(sys.argv[2]), int(size))
