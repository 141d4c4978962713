"""From what a person drops, pastes or chooses to pictures that can be asked about."""

from PySide6.QtCore import QBuffer, QByteArray, QDateTime, QMimeData, Qt
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtWidgets import QFileDialog, QWidget

from kt_gui.schema.predictions import Given
from kt_gui.schema.texts import tr


def taken_from(data: QMimeData) -> list[Given]:
    """The files, folders or the picture that are dropped or lie on the clipboard; nothing for anything else."""
    files = [Given(path=url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    if files or not data.hasImage():
        return files
    image = data.imageData()
    return [_pasted(image)] if isinstance(image, QImage) and not image.isNull() else []


def _pasted(image: QImage) -> Given:
    time = QDateTime.currentDateTime().toString("HH:mm:ss")
    return Given(content=_encoded(image), name=tr("Pasted at {time}", time=time))


def _encoded(image: QImage) -> bytes:
    """Write a picture as a BMP, the quickest: a large screenshot shall not hold the window up.

    What is transparent becomes white, as in a file.
    """
    solid = QImage(image.size(), QImage.Format.Format_RGB32)
    solid.fill(Qt.GlobalColor.white)
    painter = QPainter(solid)
    painter.drawImage(0, 0, image)
    painter.end()
    kept = QByteArray()
    buffer = QBuffer(kept)  # the writer opens it, and does not keep it alive
    QImageWriter(buffer, b"BMP").write(solid)
    return bytes(kept.data())


def choose_files(parent: QWidget) -> list[Given]:
    """Let a person choose pictures, or zips of them."""
    paths, _ = QFileDialog.getOpenFileNames(parent, tr("Pictures to ask about"))
    return [Given(path=path) for path in paths]


def choose_folder(parent: QWidget) -> list[Given]:
    """Let a person choose a folder of pictures."""
    path = QFileDialog.getExistingDirectory(parent, tr("A folder of pictures to ask about"))
    return [Given(path=path)] if path else []


def choose_table(parent: QWidget) -> str:
    """Let a person choose where a table shall lie; empty where none was chosen."""
    path, _ = QFileDialog.getSaveFileName(
        parent, tr("Save the predictions"), "predictions.csv", tr("Tables ({patterns})", patterns="*.csv")
    )
    return path
