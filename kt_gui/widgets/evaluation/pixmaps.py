"""Pictures of an album, decoded when they are painted; those painted last are kept."""

from collections import OrderedDict

from PySide6.QtGui import QPixmap

from kt_gui.bridge.album import Album

KEPT = 400
"""More than a screen shows at once; 15 MB of small ones."""


class Pixmaps:
    """The decoded pictures of one album."""

    def __init__(self, album: Album, kept: int = KEPT) -> None:
        self.album = album
        self._limit = kept
        self._decoded: OrderedDict[int, QPixmap] = OrderedDict()

    def __len__(self) -> int:
        return len(self._decoded)

    def request(self, index: int) -> QPixmap | None:
        """Give a picture, an empty one where it has gone; None while it is fetched."""
        if index in self._decoded:
            self._decoded.move_to_end(index)
            return self._decoded[index]
        png = self.album.request(index)
        if png is None:
            return None
        pixmap = self._decoded[index] = QPixmap()
        pixmap.loadFromData(png)
        if len(self._decoded) > self._limit:
            self._decoded.popitem(last=False)
        return pixmap
