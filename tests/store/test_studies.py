"""The list of studies."""

from pathlib import Path

import msgspec
import pytest

from kt_gui.samples import studies as samples
from kt_gui.schema.study_events import StudyStarted
from kt_gui.store.folders import Home
from kt_gui.store.history import History
from kt_gui.store.studies import Studies, working_on


@pytest.fixture
def place(tmp_path: Path) -> Home:
    return Home.under(tmp_path)


def begun(place: Home, name: str, at: float) -> Path:
    """Make a study that has told that it began."""
    made = Studies(place).create(msgspec.structs.replace(samples.study(samples.GAIN), name=name))
    started = next(event for event in samples.begun(samples.GAIN, done=0) if isinstance(event, StudyStarted))
    history = History(made)
    history.append(msgspec.structs.replace(started, at=at))
    history.close()
    return made


def test_the_newest_comes_first_and_before_it_what_is_just_beginning(place: Home) -> None:
    begun(place, "old", 1000.0)
    begun(place, "new", 2000.0)
    Studies(place).create(msgspec.structs.replace(samples.study(samples.GAIN), name="never"))
    beginning = Studies(place).create(msgspec.structs.replace(samples.study(samples.GAIN), name="beginning"))
    with working_on(beginning):
        assert [each.name for each in Studies(place).list()] == ["beginning", "new", "old", "never"]
    assert Studies(place).list()[0].name == "new", "what never began, and is at work no more, is not new"
