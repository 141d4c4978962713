"""Dialogs that say what happened, why, and what to do; and questions before something is thrown away.

They never block: each is opened, and what was chosen is done when it is chosen.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from kt_gui.bridge.failures import Failure
from kt_gui.schema.texts import tr
from kt_gui.widgets.notices import Fold, Notice
from kt_gui.widgets.parts import Glyph, Muted, button, column, label, primary, row, secondary
from kt_gui.widgets.theme import GAP, MARGIN

WORDS = 392
"""Width of a dialog's words in pixels."""

Deed = tuple[str, Callable[[], object]]
"""A button's text and what it does."""


class Dialog(QDialog):
    """A title, a text, and buttons at the foot; the first button is the one to press."""

    def __init__(self, title: str, text: str, icon: str, token: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.title = label(title, "title", wrap=True)
        self.text = Muted(text)
        self.text.setVisible(bool(text))
        for words in (self.title, self.text):
            words.setFixedWidth(WORDS)
        self.body = QVBoxLayout()
        self.foot = row()
        sign = Glyph(icon, token, 24)
        content = row(sign, column(self.title, self.text, self.body, spacing=8), spacing=GAP)
        content.setAlignment(sign, Qt.AlignmentFlag.AlignTop)
        content.setStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, GAP)
        layout.setSpacing(GAP)
        layout.addLayout(content)
        layout.addLayout(self.foot)
        layout.setSizeConstraint(QVBoxLayout.SizeConstraint.SetMinimumSize)

    def add_button(
        self, made: QPushButton, deed: Callable[[], object] | None = None, *, is_default: bool = False
    ) -> QPushButton:
        """Add a button that closes the dialog and then does its deed.

        Return presses the one that has the focus, else the default one.
        """
        made.setAutoDefault(True)
        made.setDefault(is_default)
        if is_default:
            self.setFocus()
        made.clicked.connect(self.accept)
        if deed is not None:
            made.clicked.connect(lambda: deed())
        self.foot.addWidget(made)
        return made


class FailureDialog(Dialog):
    """What went wrong, what to do, buttons that do it, and the report, folded."""

    def __init__(self, failure: Failure, deeds: Sequence[Deed] = (), parent: QWidget | None = None) -> None:
        super().__init__(failure.message, failure.remedy, "error", "bad", parent)
        self._report = failure.report
        self._details = self._make_details()
        self.body.addWidget(self._details)
        self.copy = button(tr("Copy report"), "quiet", self._copy)
        self.foot.addWidget(self.copy)
        self.foot.addStretch(1)
        self.add_button(secondary(tr("Close")) if deeds else primary(tr("Close")), is_default=not deeds)
        for text, deed in reversed(deeds[1:]):
            self.add_button(secondary(text), deed)
        for text, deed in deeds[:1]:
            self.add_button(primary(text), deed, is_default=True)

    def _make_details(self) -> Fold:
        fold = Fold(tr("Details"))
        shown = QPlainTextEdit(self._report)
        shown.setReadOnly(True)
        shown.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        shown.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        shown.setMinimumHeight(160)
        shown.setAccessibleName(tr("Report"))
        shown.setTabChangesFocus(True)
        fold.body.setContentsMargins(0, 0, 0, 0)
        fold.body.addWidget(shown)
        fold.button.toggled.connect(self._fit)
        return fold

    @Slot()
    def _fit(self) -> None:
        self.adjustSize()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._report)
        self.copy.setText(tr("Copied"))


def show_failure(failure: Failure, deeds: Sequence[Deed] = (), parent: QWidget | None = None) -> FailureDialog:
    """Open a dialog about a failure; deeds become buttons, the first of them the one to press."""
    made = FailureDialog(failure, deeds, parent)
    made.open()
    return made


def ask(title: str, text: str, deed: Deed, refusal: str, parent: QWidget | None = None, *, is_danger: bool) -> Dialog:
    """Open a question whose answer does the deed, or nothing."""
    made = Dialog(title, text, "warning" if is_danger else "information", "warning" if is_danger else "accent", parent)
    made.foot.addStretch(1)
    made.add_button(secondary(refusal), is_default=is_danger)
    made.add_button(button(deed[0], "danger" if is_danger else "primary"), deed[1], is_default=not is_danger)
    made.open()
    return made


def failure_notice(failure: Failure, window: QWidget, again: Callable[[], object] | None = None) -> Notice:
    """Make a strip that says what went wrong: with the report, where it is no fault of the user's, and a second try."""
    made = Notice("error", failure.message, failure.remedy)
    if failure.kind != "user":
        made.buttons.addWidget(secondary(tr("Details"), lambda: show_failure(failure, (), window)))
    if again is not None:
        made.buttons.addWidget(secondary(tr("Try again"), again))
    return made
