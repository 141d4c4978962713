"""Models of a run whose numbers were worked out."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from kt_gui import scenes
from kt_gui.bridge.models import Models
from kt_gui.scenes import evaluation as evaluation_scenes
from kt_gui.widgets import theme


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a screen Qt warns of every window that has a smallest size; nothing can be done about that."""
    for item in items:
        item.add_marker(pytest.mark.qt_log_ignore("does not support propagateSizeHints"))


@pytest.fixture
def evaluated(qapp: QApplication) -> Models:
    """A run whose numbers were worked out, with the pictures behind them."""
    theme.apply(qapp, "light")
    models = scenes.sample_models()
    evaluation_scenes.show_evaluated(models)
    return models


@pytest.fixture
def models(qapp: QApplication) -> Iterator[Models]:
    """A run of which is known what it changed and what it forgot."""
    theme.apply(qapp, "light")
    made = scenes.sample_models()
    evaluation_scenes.show_changes(made)
    yield made
    made.root.deleteLater()
