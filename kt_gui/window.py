"""The main window: the rail of steps, the stack of pages, the status bar, and what happens when it is closed.

Its first frame is painted before the models are loaded: what they and their widgets need is imported where it is used.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QMenu, QStackedWidget, QVBoxLayout, QWidget

from kt_gui.schema.errors import UserError
from kt_gui.schema.texts import tr
from kt_gui.widgets import theme
from kt_gui.widgets.still import Still

if TYPE_CHECKING:
    from kt_gui.bridge.failures import Failure
    from kt_gui.bridge.models import Models
    from kt_gui.bridge.worker import Worker
    from kt_gui.widgets.messages import Dialog
    from kt_gui.widgets.rail import RailItem

PATIENCE_MS = 10_000
"""How long closing waits in silence for work to end."""


class Page(Protocol):
    """What the window asks of a page."""

    wanted: Signal


def make_page(name: str, models: Models, parent: QWidget | None = None) -> QWidget:
    """Build a page by its name. Each is imported when it is first wanted: charts are slow to load.

    It is built where it will stand: a new parent would have all that is in it styled anew.
    """
    match name:
        case "start":
            from kt_gui.pages import start

            return start.StartPage(models, parent)
        case "source":
            from kt_gui.pages import source

            return source.SourcePage(models, parent)
        case "target":
            from kt_gui.pages import target

            return target.TargetPage(models, parent)
        case "transfer":
            from kt_gui.pages import transfer

            return transfer.TransferPage(models, parent)
        case "train":
            from kt_gui.pages import train

            return train.TrainPage(models, parent)
        case "evaluate":
            from kt_gui.pages import evaluate

            return evaluate.EvaluatePage(models, parent)
        case "use":
            from kt_gui.pages import use

            return use.UsePage(models, parent)
        case "runs":
            from kt_gui.pages import runs

            return runs.RunsPage(models, parent)
        case "studies":
            from kt_gui.pages import studies

            return studies.StudiesPage(models, parent)
        case _:
            raise ValueError(name)


class MainWindow(QMainWindow):
    """One window.

    Signals:
        closed(): it is closed and no thread is at work any more.
    """

    closed = Signal()

    def __init__(self, models: Models | None, speak: Callable[[str], object]) -> None:
        """`speak` switches the language of all texts. Without models an empty ground waits for `begin`."""
        super().__init__()
        self._speak = speak
        self._has_begun = False
        self._is_closing = False
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._question: Dialog | None = None
        self._page = "start"
        self.setWindowTitle("Knowledge Transfer")
        self.setMinimumSize(1120, 680)
        self.resize(1280, 720)
        if models is not None:
            self.begin(models)

    def show_still(self, look: theme.Theme) -> None:
        """Show the ground that everything will stand on, in the colours of a look."""
        self.setCentralWidget(Still(look))

    def begin(self, models: Models) -> None:
        """Show these models from now on."""
        self._has_begun = True
        self._models, self._settings = models, models.preferences.settings
        self._build()
        self._connect()
        self.go("start")

    def _build(self) -> None:
        """Lay the window out, in the language of now."""
        from kt_gui.widgets.rail import Rail
        from kt_gui.widgets.status_bar import StatusBar

        self.rail = Rail()
        self.stack = QStackedWidget()
        self.pages: dict[str, QWidget] = {}
        self.status = StatusBar(self._models.machine, self._models.run, self._models.study)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.rail)
        middle.addWidget(self.stack, 1)
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(middle, 1)
        layout.addWidget(self.status)
        whole.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setCentralWidget(whole)
        whole.setFocus()
        self.rail.wanted.connect(self.go)
        self.status.wanted.connect(self.go)
        self.rail.language.setMenu(self._language_menu())
        self.rail.theme.setMenu(self._theme_menu())
        self.rail.settings.clicked.connect(self.open_settings)
        self._show_looks()
        self._show_settings()

    def _connect(self) -> None:
        from kt_gui.bridge.steps import STEPS

        models = self._models
        for signal in (
            models.experiment.edited,
            models.source_data.changed,
            models.target_data.changed,
            models.run.changed,
            models.runs.listed,
            models.study.changed,
            models.studies.listed,
        ):
            signal.connect(self._show_looks)
        models.preferences.changed.connect(self._follow_settings)
        models.preferences.failed.connect(self.show_failure)
        models.run.ended.connect(self._close_when_quiet)
        models.study.ended.connect(self._close_when_quiet)
        self._patience.timeout.connect(self._tell_of_waiting)
        for place, name in enumerate(STEPS, 1):
            self._add_shortcut(f"Ctrl+{place}", name)
        self._add_shortcut("Ctrl+R", "runs")
        self._add_shortcut("Ctrl+D", "studies")
        QShortcut(QKeySequence("Ctrl+,"), self, self.open_settings)

    def _add_shortcut(self, keys: str, name: str) -> None:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.setObjectName(name)
        shortcut.activated.connect(self._go_by_key)

    # --- pages -------------------------------------------------------------------------------------------------

    @Slot(str)
    def go(self, name: str) -> None:
        """Show a page."""
        if name not in self.pages:
            self.pages[name] = made = make_page(name, self._models, self.stack)
            made.wanted.connect(self.go)  # type: ignore[attr-defined]
            self.stack.addWidget(made)
        self._page = name
        self.stack.setCurrentWidget(self.pages[name])
        self.rail.show_page(name)

    @property
    def page(self) -> str:
        """The name of the page that is shown."""
        return self._page

    @Slot()
    def _go_by_key(self) -> None:
        self.go(self.sender().objectName())

    @Slot()
    def _show_looks(self) -> None:
        from kt_gui.bridge.steps import look

        self.rail.show_looks(lambda name: look(self._models, name))

    # --- settings ----------------------------------------------------------------------------------------------

    @Slot()
    def open_settings(self) -> None:
        """Open the dialog of settings and help."""
        from kt_gui.widgets.settings import SettingsDialog

        SettingsDialog(self._models, self).open()

    @Slot()
    def _follow_settings(self) -> None:
        before, self._settings = self._settings, self._models.preferences.settings
        if self._settings.theme != before.theme:
            app = QApplication.instance()
            assert isinstance(app, QApplication)
            theme.apply(app, self._settings.theme)
        if self._settings.language != before.language:
            self._speak(self._settings.language)
            QTimer.singleShot(0, self, self.rebuild)
        self._show_settings()

    @Slot()
    def rebuild(self) -> None:
        """Build everything anew, in another language; the models stay."""
        for made in self.pages.values():
            made.hide()
        self.status.hide()
        old = self.takeCentralWidget()
        self._build()
        if old is not None:
            old.deleteLater()
        self.go(self._page)

    def _show_settings(self) -> None:
        from kt_gui.widgets.settings import THEMES, language_name

        self.rail.language.rename(language_name(self._settings.language))
        self.rail.theme.rename(tr(THEMES[self._settings.theme]))

    def _language_menu(self) -> QMenu:
        from kt_gui.widgets.settings import languages

        return _menu(self.rail.language, languages(), self._choose_language)

    def _theme_menu(self) -> QMenu:
        from kt_gui.widgets.settings import THEMES

        return _menu(self.rail.theme, {value: tr(text) for value, text in THEMES.items()}, self._choose_theme)

    @Slot(QAction)
    def _choose_language(self, action: QAction) -> None:
        self._models.preferences.edit(language=action.data())

    @Slot(QAction)
    def _choose_theme(self, action: QAction) -> None:
        self._models.preferences.edit(theme=action.data())

    @Slot(object)
    def show_failure(self, failure: Failure) -> None:
        """Say what went wrong."""
        from kt_gui.widgets.messages import show_failure

        show_failure(failure, parent=self)

    def open_file(self, path: Path) -> None:
        """Open an experiment file or a run's folder."""
        from kt_gui.bridge.failures import describe

        try:
            self.go(self._models.open(path))
        except UserError as error:
            self.show_failure(describe(error))

    # --- closing -----------------------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask where a run goes on; close once every thread has ended. No thread is ever killed."""
        if not self._working():
            event.accept()
            if self._has_begun:
                self._models.machine.rest()
            self.closed.emit()
            return
        event.ignore()
        if (self._models.run.is_live or self._models.study.is_live) and not self._is_closing:
            self._ask_to_stop()
        else:
            self._begin_closing()

    def _ask_to_stop(self) -> None:
        from kt_gui.widgets.messages import ask

        if self._question is not None:
            return
        is_study = self._models.study.is_live
        self._question = ask(
            tr("Stop the study and close?") if is_study else tr("Stop the run and close?"),
            tr("What it has found out and the way to resume it are kept.")
            if is_study
            else tr("Its best epoch and the way to resume it are kept."),
            (tr("Stop and close"), self._stop_and_close),
            tr("Go on"),
            self,
            is_danger=False,
        )
        self._question.finished.connect(self._forget_question)

    @Slot()
    def _forget_question(self) -> None:
        self._question = None

    def _stop_and_close(self) -> None:
        self._models.run.stop_and_keep()
        self._models.study.stop()
        self._begin_closing()

    def _begin_closing(self) -> None:
        self._is_closing = True
        self._models.cancel()
        self._patience.start()
        for worker in self._working():
            worker.ended.connect(self._close_when_quiet)

    def set_patience(self, milliseconds: int) -> None:
        """Wait so long in silence when closing."""
        self._patience.setInterval(milliseconds)

    @Slot()
    def _close_when_quiet(self) -> None:
        """Close where that is wanted; a question whether to stop what has ended by itself is one no more."""
        if self._question is not None and not (self._models.run.is_live or self._models.study.is_live):
            self._question.reject()
            self._is_closing = True
        if self._is_closing:
            QTimer.singleShot(0, self, self.close)

    @Slot()
    def _tell_of_waiting(self) -> None:
        from kt_gui.widgets.messages import Dialog
        from kt_gui.widgets.parts import primary

        if self._working():
            waiting = Dialog(
                tr("Still at work"),
                tr("The last step has not ended yet. The window closes by itself as soon as it has."),
                "clock",
                "accent",
                self,
            )
            waiting.foot.addStretch(1)
            waiting.add_button(primary(tr("Wait")))
            waiting.open()

    def _working(self) -> list[Worker]:
        return [worker for worker in self._models.workers() if not worker.has_ended] if self._has_begun else []


def _menu(item: RailItem, texts: dict[str, str], chosen: Callable[[QAction], None]) -> QMenu:
    menu = QMenu(item)
    for value, text in texts.items():
        menu.addAction(text).setData(value)
    menu.triggered.connect(chosen)
    return menu
