"""The composition root of the window: builds the long-lived objects once, and starts.

Nothing here loads torch, numpy or pyqtgraph before the first frame is painted.
"""

import argparse
import importlib
import logging
import os
import sys
import threading
from collections.abc import Callable, Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin make training ten times slower

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
from PySide6.QtWidgets import QApplication

from kt_gui import __version__, session
from kt_gui.bridge.experiment_model import blank
from kt_gui.bridge.failures import Failure, describe
from kt_gui.bridge.models import Models, build
from kt_gui.schema.texts import tr
from kt_gui.store.folders import home, resources
from kt_gui.store.translations import speak
from kt_gui.widgets import theme
from kt_gui.window import MainWindow

log = logging.getLogger("kt_gui")
LOG_BYTES = 1_000_000
DRAWN_MS = 100
"""By then the first page is drawn, charts included."""


def main(arguments: Sequence[str]) -> int:
    """Open the window, or draw every page; return the exit code."""
    asked = _parser().parse_args(arguments)
    folders = home()
    _log_to(folders.log)
    app = make_app()
    if asked.screenshot is not None:
        from kt_gui.screenshots import draw_all

        qInstallMessageHandler(_log_qt)
        return draw_all(app, asked.screenshot)
    models = build(folders, blank(session.example("emoji")))
    settings = models.preferences.settings
    language = Language(app)
    language.speak(settings.language)
    theme.apply(app, settings.theme)
    window = MainWindow(models, language.speak)
    reporter = Reporter(window)
    app.setQuitOnLastWindowClosed(False)
    window.closed.connect(app.quit)
    window.show()
    after_first_frame(window, lambda: begin(models, window, asked))
    code = app.exec()
    reporter.rest()
    return code


def begin(models: Models, window: MainWindow, asked: argparse.Namespace) -> None:
    """What waits until the first frame stands: charts, and once they are drawn the work.

    Charts come before the engine: both load numpy, and the window would wait for the other thread's import.
    """
    if asked.example is not None:
        window.go("train")
    importlib.import_module("kt_gui.widgets.charts")
    if models.preferences.notice is not None:
        notice = models.preferences.notice
        window.show_failure(Failure("user", str(notice.message), str(notice.remedy or ""), str(notice.message)))
    QTimer.singleShot(DRAWN_MS, window, lambda: work(models, window, asked))


def work(models: Models, window: MainWindow, asked: argparse.Namespace) -> None:
    """Start threads: the engine's import, the list of runs, and what was asked for."""
    models.machine.begin()
    models.runs.refresh()
    if asked.example is not None:
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


def after_first_frame(window: MainWindow, deed: Callable[[], object]) -> None:
    """Do something once, as soon as the window was painted."""
    watch = _FirstFrame(window)
    watch.painted.connect(deed)
    window.installEventFilter(watch)


class _FirstFrame(QObject):
    """Waits for a window's first frame.

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
        log.error("uncaught", exc_info=(kind, error, trace))
        self.failed.emit(describe(error))

    def _report_thread(self, told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None:
            self._report(told.exc_type, told.exc_value, told.exc_traceback)


def _log_qt(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    log.log(logging.DEBUG if kind == QtMsgType.QtDebugMsg else logging.WARNING, "Qt: %s", text)


def _log_to(folder: Path) -> None:
    """Write warnings and worse to a file that never grows large; without one where the folder cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = RotatingFileHandler(
            folder / "kt-gui.log", maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8", delay=True
        )
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.getLogger().addHandler(handler)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kt-gui", description=tr("Knowledge Transfer, the window."))
    parser.add_argument("file", nargs="?", type=Path, help=tr("an experiment file, or a run's folder, to open"))
    parser.add_argument("--example", nargs="?", const="emoji", choices=session.examples(), help=tr("run an example"))
    parser.add_argument("--screenshot", type=Path, metavar="FOLDER", help=tr("draw every page to pictures and exit"))
    parser.add_argument("--version", action="version", version=f"kt-gui {__version__}")
    return parser
