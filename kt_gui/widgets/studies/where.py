"""Where the trials of a study run: in this program, one after the other, or on Ray, several at once."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QLineEdit, QWidget

from kt_gui.bridge import study_crews
from kt_gui.cluster.place import OnRay
from kt_gui.schema.texts import tr
from kt_gui.widgets.number_boxes import Whole
from kt_gui.widgets.parts import Card, Muted, Segmented, column, label, row

LABEL_WIDTH = 110
MOST = 256
"""Trials at once."""


class Where(Card):
    """The choice, and what Ray needs to know.

    Signals:
        chosen(object): a person wants trials to run there: an `OnRay`, or None for this program.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Where it runs"), parent)
        self._lack = study_crews.hindrance()
        self._shown: OnRay | None = None
        self._build()
        self._lay_out()
        self.place.chosen.connect(self._tell)
        self.workers.edited.connect(self._tell)
        self.address.editingFinished.connect(self._tell)
        self._explain()

    def _build(self) -> None:
        self.place = Segmented([("here", tr("This program")), ("ray", tr("Ray"))])
        self.place.setAccessibleName(tr("Where it runs"))
        tip = tr("Several trials at once, on this machine or on a cluster.")
        self.place.choose("here")
        self.place.allow("ray", is_possible=not self._lack, why=self._lack or tip)
        self.workers = Whole(0, MOST)
        self.workers.setSpecialValueText(tr("automatic"))
        self.workers.setAccessibleName(tr("Trials at once"))
        self.workers.setToolTip(tr("Left to itself, two on this machine; on a cluster as many as there is room for."))
        self.address = QLineEdit(study_crews.usual_address())
        self.address.setPlaceholderText(tr("empty: this machine"))
        self.address.setAccessibleName(tr("Cluster"))
        self.address.setToolTip(tr("HOST:PORT, as ray start --head printed it."))
        self.note = Muted()

    def _lay_out(self) -> None:
        self.settings = QWidget()
        rows = column(_named(tr("Trials at once"), self.workers), _named(tr("Cluster"), self.address))
        self.settings.setLayout(rows)
        self.body.addLayout(row(self.place, None))
        self.body.addWidget(self.settings)
        self.body.addWidget(self.note)

    def show_place(self, on: OnRay | None) -> None:
        """Show where trials run; what a person is writing stays."""
        if on == self._shown:
            return
        self._shown = on
        self.place.choose("here" if on is None else "ray")
        if on is not None:
            self.workers.show_value(on.workers)
            self.address.setText(on.address)
        self._explain()

    def _explain(self) -> None:
        is_ray = self.place.value == "ray"
        self.settings.setVisible(is_ray)
        said = (
            tr("Several trials at once, each in a process of its own. What comes out is the same.")
            if is_ray
            else tr("One trial after the other.")
        )
        self.note.setText(self._lack or said)

    @Slot()
    def _tell(self) -> None:
        self._explain()
        is_ray = self.place.value == "ray"
        self._shown = OnRay(self.address.text().strip(), self.workers.value()) if is_ray else None
        self.chosen.emit(self._shown)


def _named(name: str, control: QWidget) -> QWidget:
    made = QWidget()
    named = label(name, "muted")
    named.setFixedWidth(LABEL_WIDTH)
    named.setBuddy(control)
    laid = row(named, control)
    if isinstance(control, QLineEdit):
        laid.setStretch(1, 1)
    else:
        laid.addStretch(1)
    made.setLayout(laid)
    return made
