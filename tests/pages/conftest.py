"""Models that hold fixed events and never start work, for every test of a page."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from kt_gui import samples, scenes
from kt_gui.bridge.models import Models
from kt_gui.schema.texts import LANGUAGES
from kt_gui.store.translations import speak
from kt_gui.widgets import theme

PAGES = ("start", "source", "target", "transfer", "train", "evaluate", "use", "runs", "studies")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a screen Qt warns of every window that has a smallest size; nothing can be done about that."""
    for item in items:
        item.add_marker(pytest.mark.qt_log_ignore("does not support propagateSizeHints"))


@pytest.fixture
def dressed(qapp: QApplication) -> Iterator[QApplication]:
    """The application in its light look, speaking English."""
    theme.apply(qapp, "light")
    yield qapp
    theme.apply(qapp, "light")
    speak("en")


@pytest.fixture
def empty(dressed: QApplication) -> Models:
    """Models that hold nothing."""
    return scenes.sample_models()


@pytest.fixture
def models(empty: Models) -> Models:
    """Models of an experiment that was put together and a run in the midst of fine-tuning."""
    scenes.show_running(empty)
    return empty


@pytest.fixture
def done(empty: Models) -> Models:
    """Models of a run to its end."""
    scenes.show_finished(empty)
    return empty


@pytest.fixture(params=sorted(LANGUAGES))
def language(request: pytest.FixtureRequest, dressed: QApplication) -> str:
    """Each language, spoken."""
    speak(request.param)
    return str(request.param)


@pytest.fixture
def long(empty: Models) -> Models:
    """Models of a run with ten thousand events."""
    scenes.show_begun(empty)
    empty.run.apply(samples.long_run(10_000))
    return empty
