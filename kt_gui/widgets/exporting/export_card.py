"""One form a run can be taken along in: what it is for, the button that writes it, and what came of it."""

from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QCheckBox, QFileDialog, QWidget

from kt_gui.bridge.export_model import ExportModel
from kt_gui.schema.export_words import PURPOSES, TITLES, findings
from kt_gui.schema.exports import Exported, Format
from kt_gui.schema.quantities import file_size
from kt_gui.schema.texts import prose, tr
from kt_gui.widgets.notices import Notice
from kt_gui.widgets.parts import Card, Chip, Elided, Glyph, Muted, link, quiet, row, secondary
from kt_gui.widgets.progress import ProgressLine

ICONS: dict[Format, str] = {
    "script": "file",
    "report": "eye",
    "onnx": "network",
    "safetensors": "download",
    "torchscript": "play",
    "torch_export": "transfer",
    "card": "tag",
}
READABLE: tuple[Format, ...] = ("report",)
"""What a person opens at once, instead of its folder."""


class ExportCard(Card):
    """States: at rest, at work, failed, done; at rest while another one is at work.

    Signals:
        wanted(str): where it is to be written; empty for the run's own folder.
    """

    wanted = Signal(str)

    def __init__(self, form: Format, exports: ExportModel, parent: QWidget | None = None) -> None:
        super().__init__(tr(TITLES[form]), parent)
        self._form, self._exports = form, exports
        self._build()
        self._lay_out()
        exports.changed.connect(self.write)
        self.write()

    def _build(self) -> None:
        title = tr(TITLES[self._form])
        self.size_chip = Chip("", "good")
        self.export = secondary(tr("Export"), self._export)
        self.export.setAccessibleName(tr("Export: {title}", title=title))
        self.elsewhere = quiet(tr("Export to …"), self._choose)
        self.elsewhere.setAccessibleName(tr("Export to …: {title}", title=title))
        self.whole = QCheckBox(tr("Prepare pictures in the graph"))
        self.whole.setToolTip(tr("The graph then takes whole pictures, uint8, of any size, and gives probabilities."))
        self.whole.setVisible(self._form == "onnx")
        self.progress = ProgressLine()
        self.progress.cancelled.connect(self._exports.cancel)
        self.failure = Notice("error", "")
        self.path = Elided("", "small", cut=Qt.TextElideMode.ElideMiddle)
        self.told = Muted()
        self.show_it = link(tr("Open") if self._form in READABLE else tr("Open folder"), self._open)

    def _lay_out(self) -> None:
        self.header.insertWidget(0, Glyph(ICONS[self._form], "accent"))
        self.header.addWidget(self.size_chip)
        self.body.addWidget(Muted(tr(PURPOSES[self._form])))
        self.body.addWidget(self.progress)
        self.body.addWidget(self.failure)
        found = row(self.path, self.show_it)
        found.setStretch(0, 1)
        self.body.addLayout(found)
        self.body.addWidget(self.told)
        self.body.addStretch(1)
        self.body.addLayout(row(self.export, self.elsewhere, None, self.whole))

    @Slot()
    def write(self) -> None:
        """Show how it stands."""
        model = self._exports
        found, failure, is_busy = model.found.get(self._form), model.failure(self._form), model.current == self._form
        self.progress.setVisible(is_busy)
        if is_busy:
            self.progress.show_progress(model.progress)
        for control in (self.export, self.elsewhere, self.whole):
            control.setEnabled(model.current is None)
        self.export.setToolTip(tr("Another export is being written.") if model.current and not is_busy else "")
        self.failure.setVisible(failure is not None and not is_busy)
        if failure is not None:
            self.failure.write(failure.message, failure.remedy)
        self._show(found if not is_busy else None)

    def _show(self, found: Exported | None) -> None:
        for part in (self.path, self.told, self.show_it):
            part.setVisible(found is not None)
        self.size_chip.write(file_size(found.bytes) if found else "", "good")
        self.export.setText(tr("Export again") if found else tr("Export"))
        if found is not None:
            self.path.setText(found.paths[0])
            self.told.setText(prose(findings(found)))

    def _export(self) -> None:
        self.wanted.emit("")

    def _choose(self) -> None:
        """Ask where to; that nothing is overwritten is said by the export itself."""
        path, _ = QFileDialog.getSaveFileName(
            self, tr(TITLES[self._form]), "", "", "", QFileDialog.Option.DontConfirmOverwrite
        )
        if path:
            self.wanted.emit(path)

    def _open(self) -> None:
        found = self._exports.found.get(self._form)
        if found is not None:
            path = Path(found.paths[0])
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path if self._form in READABLE else path.parent)))
