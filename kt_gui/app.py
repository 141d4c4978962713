"""The composition root of the window: builds the long-lived objects once, and starts.

The window's first frame is painted before anything else is loaded: models, charts, and torch come after it, in this
order.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QEvent,
    QLibraryInfo,
    QLocale,
    QMessageLogContext,
    QObject,
    QTimer,
    QtMsgType,
    QTranslator,
    Signal,
    qInstallMessageHandler,
)
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QWidget

from kt_gui import __version__
from kt_gui.schema.texts import tr
from kt_gui.store.folders import Home, home, resources
from kt_gui.store.glance import glance
from kt_gui.store.translations import speak
from kt_gui.widgets import theme
from kt_gui.window import MainWindow

if TYPE_CHECKING:
    from kt_gui.bridge.models import Models

log = logging.getLogger("kt_gui")
LOG_BYTES = 1_000_000
DRAWN_MS = 100
"""By then the first page is drawn, charts included."""


def main(arguments: Sequence[str]) -> int:
    """Open the window, or draw every page; return the exit code."""
    asked = _parse(arguments)
    app = make_app()
    if asked.screenshot is not None:
        from kt_gui.screenshots import draw_all

        qInstallMessageHandler(_log_qt)
        return draw_all(app, asked.screenshot)
    seen = glance(home())
    language = Language(app)
    language.speak(seen.language)
    window = MainWindow(None, language.speak)
    window.show_still(theme.foresee(seen.theme))
    reporter = Reporter(window)
    app.setQuitOnLastWindowClosed(False)
    window.closed.connect(app.quit)
    window.show()
    after_first_frame(window, lambda: begin(app, window, asked))
    code = app.exec()
    reporter.rest()
    return code


def begin(app: QApplication, window: MainWindow, asked: argparse.Namespace) -> None:
    """What waits until the first frame stands: the log, the models, and the page they fill."""
    folders = home()
    log_to(folders.log)
    models = build_models(folders)
    theme.apply(app, models.preferences.settings.theme)
    window.begin(models)
    if asked.example is not None:
        window.go("train")
    tell_of_settings(models, window)
    after_first_frame(window.stack, lambda: draw(models, window, asked))


def build_models(folders: Home) -> Models:
    """Load and build the models."""
    from kt_gui import session
    from kt_gui.bridge.experiment_model import blank
    from kt_gui.bridge.models import build

    return build(folders, blank(session.example("emoji")))


def tell_of_settings(models: Models, window: MainWindow) -> None:
    """Say where the settings could not be read."""
    from kt_gui.bridge.failures import Failure

    notice = models.preferences.notice
    if notice is not None:
        window.show_failure(Failure("user", str(notice.message), str(notice.remedy or ""), str(notice.message)))


def draw(models: Models, window: MainWindow, asked: argparse.Namespace) -> None:
    """Load what draws charts, once the page stands; then the work.

    Charts come before the engine: both load numpy, and the window would wait for the other thread's import.
    """
    importlib.import_module("kt_gui.widgets.charts")
    QTimer.singleShot(DRAWN_MS, window, lambda: work(models, window, asked))


def work(models: Models, window: MainWindow, asked: argparse.Namespace) -> None:
    """Start threads: the engine's import, the list of runs, and what was asked for."""
    models.machine.begin()
    models.runs.refresh()
    if asked.example is not None:
        from kt_gui import session

        models.experiment.set(session.example(asked.example))
        models.run.start(models.experiment.experiment)
    elif asked.file is not None:
        window.open_file(asked.file)


def make_app() -> QApplication:
    """Make the one QApplication."""
    app = QApplication(sys.argv[:1])
    app.setApplicationName("kt-gui")
    app.setApplicationDisplayName("Knowledge Transfer")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("kt-gui")
    app.setWindowIcon(QIcon(str(resources() / "icons" / "kt-gui.svg")))
    return app


def after_first_frame(widget: QWidget, deed: Callable[[], object]) -> None:
    """Do something once, as soon as the window or a part of it was painted."""
    watch = _FirstFrame(widget)
    watch.painted.connect(deed)
    widget.installEventFilter(watch)


class _FirstFrame(QObject):
    """Waits for the first frame of a widget.

    Signals:
        painted(): it stands; once.
    """

    painted = Signal()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look for the first paint."""
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self, self.painted.emit)
        return False


class Language:
    """Speaks a language: our texts, and Qt's own in its dialogs."""

    def __init__(self, app: QApplication) -> None:
        self._app = app
        self._translator = QTranslator()

    def speak(self, language: str) -> None:
        """Speak a language from now on; texts that stand already stay."""
        spoken = speak(language)
        self._app.removeTranslator(self._translator)
        QLocale.setDefault(QLocale(spoken))
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if self._translator.load(f"qtbase_{spoken}", folder):
            self._app.installTranslator(self._translator)


class Reporter(QObject):
    """Shows what nobody caught, and writes it down, with what Qt complains of.

    Signals:
        failed(Failure): an exception reached the top, in any thread.
    """

    failed = Signal(object)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.failed.connect(window.show_failure)
        self._before = sys.excepthook, threading.excepthook, qInstallMessageHandler(_log_qt)
        sys.excepthook = self._report
        threading.excepthook = self._report_thread

    def rest(self) -> None:
        """Put back what was there before."""
        sys.excepthook, threading.excepthook, handler = self._before
        qInstallMessageHandler(handler)

    def _report(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        from kt_gui.bridge.failures import describe

        log.error("uncaught", exc_info=(kind, error, trace))
        self.failed.emit(describe(error))

    def _report_thread(self, told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None:
            self._report(told.exc_type, told.exc_value, told.exc_traceback)


def _log_qt(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    log.log(logging.DEBUG if kind == QtMsgType.QtDebugMsg else logging.WARNING, "Qt: %s", text)


def log_to(folder: Path) -> None:
    """Write warnings and worse to a file that never grows large; without one where the folder cannot be written."""
    from logging.handlers import RotatingFileHandler

    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = RotatingFileHandler(
            folder / "kt-gui.log", maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8", delay=True
        )
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.getLogger().addHandler(handler)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Understand the command line; without one there is nothing to load for it."""
    if not arguments:
        return argparse.Namespace(file=None, example=None, screenshot=None)
    from kt_gui import session

    parser = argparse.ArgumentParser(prog="kt-gui", description=tr("Knowledge Transfer, the window."))
    parser.add_argument("file", nargs="?", type=Path, help=tr("an experiment file, or a run's folder, to open"))
    parser.add_argument("--example", nargs="?", const="emoji", choices=session.examples(), help=tr("run an example"))
    parser.add_argument("--screenshot", type=Path, metavar="FOLDER", help=tr("draw every page to pictures and exit"))
    parser.add_argument("--version", action="version", version=f"kt-gui {__version__}")
    return parser.parse_args(arguments)
