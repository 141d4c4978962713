"""Dragging along the epochs, as a person does."""

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from kt_gui.bridge.models import Models
from kt_gui.samples import changes as samples_changes
from kt_gui.schema.checkpoints import Saved
from kt_gui.widgets import theme
from kt_gui.widgets.evaluation.scrubber import Scrubber, describe


def shown(qtbot: QtBot, models: Models) -> Scrubber:
    scrubber = Scrubber(models)
    qtbot.addWidget(scrubber)
    scrubber.show()
    return scrubber


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_it_says_where_it_stands(qtbot: QtBot, models: Models) -> None:
    scrubber = shown(qtbot, models)
    assert plain(scrubber.words.text()) == "best: epoch 14 of 24 · validation 73.1 %"
    models.viewing.choose(3)
    assert plain(scrubber.words.text()).startswith("epoch 4 of 24 · validation")
    models.viewing.choose("source")
    assert scrubber.words.text() == "the source, before the first epoch"


def test_an_epoch_the_curve_does_not_know_has_no_accuracy() -> None:
    assert describe(Saved(checkpoint=4, epoch=4), ()) == "epoch 5 of 5"


@pytest.mark.parametrize(
    ("key", "checkpoint"),
    [
        (Qt.Key.Key_Left, 11),
        (Qt.Key.Key_Right, 15),
        (Qt.Key.Key_Home, "source"),
        (Qt.Key.Key_End, "last"),
    ],
)
def test_the_keyboard_walks_along_the_checkpoints(
    qtbot: QtBot, models: Models, key: Qt.Key, checkpoint: object
) -> None:
    scrubber = shown(qtbot, models)
    with qtbot.waitSignal(models.viewing.changed):
        qtbot.keyClick(scrubber.track, key)
    assert models.viewing.checkpoint == checkpoint


def test_a_drag_opens_only_the_checkpoint_it_rests_on(qtbot: QtBot, models: Models) -> None:
    scrubber = shown(qtbot, models)
    seen: list[object] = []
    models.viewing.changed.connect(lambda: seen.append(models.viewing.checkpoint))
    left = Qt.MouseButton.LeftButton
    with qtbot.waitSignal(models.viewing.changed):
        qtbot.mousePress(scrubber.track, left, pos=QPoint(scrubber.width() - 2, 10))
        for x in range(scrubber.width() - 2, 0, -20):
            qtbot.mouseMove(scrubber.track, QPoint(x, 10))
        qtbot.mouseClick(scrubber.track, left, pos=QPoint(2, 10))
        assert seen == []
        assert scrubber.words.text() == "the source, before the first epoch"
    assert seen == ["source"]


def test_it_is_not_there_where_there_is_nothing_to_choose_from(qtbot: QtBot, models: Models) -> None:
    scrubber = shown(qtbot, models)
    assert scrubber.isVisible()
    models.viewing.show(samples_changes.SAVED[:1])
    assert not scrubber.isVisible()


def test_the_knob_stands_where_the_checkpoint_is(qtbot: QtBot, models: Models) -> None:
    scrubber = shown(qtbot, models)
    models.viewing.choose("source")
    left = scrubber.track.grab().toImage()
    models.viewing.choose("last")
    right = scrubber.track.grab().toImage()
    card = theme.current().colour("card")
    assert left.pixelColor(7, 4) == card
    assert right.pixelColor(7, 4) != card
    assert right.pixelColor(right.width() - 8, 4) == card
