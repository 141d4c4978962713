"""A page's sections, one of which is shown; each is built when it is first looked at, for charts are slow to load."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QStackedLayout, QStackedWidget, QWidget

from kt_gui.schema.texts import tr
from kt_gui.widgets.empty import Empty
from kt_gui.widgets.parts import Heading, Segmented, column, page_layout, row
from kt_gui.widgets.theme import GAP


class Sections(QWidget):
    """The row of titles, and the section under it.

    Signals:
        shown(str): another section is shown.
    """

    shown = Signal(str)

    def __init__(
        self, titles: Mapping[str, str], make: Callable[[str], QWidget], parent: QWidget | None = None
    ) -> None:
        """`titles` are English by name, in the order they stand in; `make` builds a section by its name."""
        super().__init__(parent)
        self._make = make
        self.made: dict[str, QWidget] = {}
        self.chooser = Segmented([(name, tr(title)) for name, title in titles.items()])
        self.chooser.chosen.connect(self.go)
        self.tools = row(spacing=12)
        self._stack = QStackedWidget()
        whole = column(row(self.chooser, None, self.tools), self._stack, spacing=GAP)
        whole.setStretch(1, 1)
        self.setLayout(whole)

    @Slot(str)
    def go(self, name: str) -> None:
        """Show a section."""
        if name not in self.made:
            self.made[name] = made = self._make(name)
            self._stack.addWidget(made)
        self.chooser.choose(name)
        self._stack.setCurrentWidget(self.made[name])
        self.shown.emit(name)


def lay_out(page: QWidget, heading: Heading, sections: Sections, empty: Empty) -> QStackedLayout:
    """Lay out a page of sections: the first view is of a run, the second one says that there is none."""
    full, unshown = QWidget(), QWidget()
    layout = page_layout(full)
    layout.addWidget(heading)
    layout.addWidget(sections, 1)
    page_layout(unshown).addWidget(empty)
    stack = QStackedLayout(page)
    stack.setContentsMargins(0, 0, 0, 0)
    for view in (full, unshown):
        stack.addWidget(view)
    return stack
