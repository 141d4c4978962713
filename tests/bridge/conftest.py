"""Folders and owners for the models' tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from kt_gui.bridge.worker import Worker
from kt_gui.store.folders import Home


@pytest.fixture
def folders(home: Path) -> Home:
    """The user's folders, empty."""
    return Home.under(home)


@pytest.fixture
def owner(qtbot: QtBot) -> Iterator[QObject]:
    """Who owns the models under test; nobody is let go while a thread is at work."""
    made = QObject()
    yield made
    qtbot.waitUntil(lambda: not any(worker.isRunning() for worker in made.findChildren(Worker)))
