"""Folders and owners for the models' tests."""

from pathlib import Path

import pytest
from PySide6.QtCore import QObject

from kt_gui.store.folders import Home


@pytest.fixture
def folders(home: Path) -> Home:
    """The user's folders, empty."""
    return Home.under(home)


@pytest.fixture
def owner(qapp: object) -> QObject:
    """Who owns the models under test."""
    return QObject()
