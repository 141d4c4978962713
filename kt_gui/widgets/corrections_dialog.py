"""What was corrected in a data set, line by line: to take back, or to carry out in one's own files."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QAbstractItemView, QDialog, QTableWidget, QWidget

from kt_gui.bridge.corrections_model import CorrectionsModel
from kt_gui.bridge.failures import Failure
from kt_gui.schema.correction_words import say
from kt_gui.schema.corrections import Corrected, Correction, Written, is_same, tally
from kt_gui.schema.datasets import ImageFolder
from kt_gui.schema.texts import tr, trn
from kt_gui.store.corrections import EXCLUDED
from kt_gui.widgets.data_names import name_of
from kt_gui.widgets.list_dialog import make_table, write_table
from kt_gui.widgets.messages import Dialog, ask, show_failure
from kt_gui.widgets.parts import Card, Muted, column, label, row, secondary
from kt_gui.widgets.theme import GAP, MARGIN


class CorrectionsDialog(QDialog):
    """The list. It follows what is said and taken back while it is open."""

    def __init__(self, model: CorrectionsModel, said: Corrected, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Corrections"))
        self._model = model
        self._said = said
        self._done = ""
        self._build()
        self._lay_out()
        self._connect()
        self.write()

    def _build(self) -> None:
        self.title = label(tr("What was corrected in {data}", data=name_of(self._said.data)), "title")
        self.sentence = Muted()
        self.table: QTableWidget = make_table((tr("Picture"), tr("What was said")))
        self.table.setAccessibleName(tr("Corrections"))
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.take_back = secondary(tr("Take back"), self._take_back)
        self.write_back = secondary(tr("Write into my files…"), self._ask)
        self.close_button = secondary(tr("Close"), self.accept)

    def _lay_out(self) -> None:
        card = Card()
        card.body.addWidget(self.table)
        foot = row(self.take_back, self.write_back, None, self.close_button)
        layout = column(self.title, self.sentence, card, foot, spacing=GAP)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        self.setLayout(layout)

    def _connect(self) -> None:
        self.table.itemSelectionChanged.connect(self._allow)
        self._model.changed.connect(self._follow)
        self._model.failed.connect(self._tell_failure)
        self._model.written.connect(self._tell_written)

    def sizeHint(self) -> QSize:
        """Room for a few columns of file names."""
        return QSize(720, 480)

    # --- showing -----------------------------------------------------------------------------------------------

    @Slot()
    def write(self) -> None:
        """Show what is said now."""
        write_table(self.table, [(each.name, say(each)) for each in self._said.corrections])
        self.sentence.setText(self._done or _place(self._said))
        self._allow()

    @Slot()
    def _follow(self) -> None:
        latest = self._model.latest
        if latest is not None and is_same(latest.data, self._said.data):
            self._said = latest
            self.write()

    @Slot()
    def _allow(self) -> None:
        self.take_back.setEnabled(bool(self._chosen()))
        is_folder = isinstance(self._said.data, ImageFolder)
        self.write_back.setVisible(is_folder)
        self.write_back.setEnabled(tally(self._said.corrections).total > 0)

    def _chosen(self) -> list[str]:
        rows = sorted({index.row() for index in self.table.selectionModel().selectedRows()})
        return [self._said.corrections[place].digest for place in rows]

    # --- doing -------------------------------------------------------------------------------------------------

    def _take_back(self) -> None:
        self._model.take_back(self._said.data, self._chosen())

    def _ask(self) -> Dialog:
        data = self._said.data
        assert isinstance(data, ImageFolder)
        title = tr("Change the files in {folder}?", folder=Path(data.path).name)
        deed = (tr("Change my files"), lambda: self._model.write_back(data))
        return ask(title, foretell(data, self._said.corrections), deed, tr("Leave them"), self, is_danger=True)

    @Slot(object)
    def _tell_written(self, written: Written) -> None:
        total = written.tally.total
        self._done = trn("{count} file was moved or copied.", "{count} files were moved or copied.", total)
        self.write()

    @Slot(object)
    def _tell_failure(self, failure: Failure) -> None:
        show_failure(failure, (), self)


def foretell(data: ImageFolder, corrections: Sequence[Correction]) -> str:
    """Say exactly what will happen to the files."""
    found, folder = tally(corrections), Path(data.path).name
    lines = []
    if found.excluded:
        aside = folder + EXCLUDED
        lines.append(
            trn(
                "{count} picture goes to the folder {aside}, beside {folder}.",
                "{count} pictures go to the folder {aside}, beside {folder}.",
                found.excluded,
                aside=aside,
                folder=folder,
            )
        )
    if found.moved:
        lines.append(
            trn(
                "{count} picture goes to another class’s folder.",
                "{count} pictures go to other classes’ folders.",
                found.moved,
            )
        )
    if found.added:
        lines.append(trn("{count} picture is copied in.", "{count} pictures are copied in.", found.added))
    lines.append(
        tr(
            "Nothing is deleted or overwritten, and the list is empty then. Runs that have learnt from the files as "
            "they are now can no longer be evaluated on them."
        )
    )
    return "\n".join(lines)


def _place(said: Corrected) -> str:
    if said.beside:
        return tr(
            "Written beside your pictures, in {file}. The pictures themselves are as they were.",
            file=Path(said.file).name,
        )
    return tr("Written in {file}. The pictures themselves are as they were.", file=said.file)


def show_corrections(model: CorrectionsModel, said: Corrected, parent: QWidget) -> CorrectionsDialog:
    """Open the list."""
    made = CorrectionsDialog(model, said, parent.window())
    made.open()
    return made
