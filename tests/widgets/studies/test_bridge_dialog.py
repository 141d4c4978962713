"""The class bridge, and the pictures behind its cells."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kt_gui import samples, scenes
from kt_gui.bridge.models import Models
from kt_gui.samples import ranking
from kt_gui.schema.columns import pack, unpack
from kt_gui.schema.rankings import Bridge, likest
from kt_gui.widgets import theme
from kt_gui.widgets.evaluation.viewer import Viewer
from kt_gui.widgets.studies.bridge_dialog import BridgeDialog
from kt_gui.widgets.studies.bridge_map import BridgeMap

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


def bridge() -> Bridge:
    found = ranking.ranked().standings[0].bridge
    assert found is not None
    return found


@pytest.fixture
def models(qapp: QApplication) -> Models:
    theme.apply(qapp, "light")
    made = scenes.sample_models()
    scenes.show_begun(made)
    return made


@pytest.fixture
def dialog(qtbot: QtBot, models: Models) -> BridgeDialog:
    made = BridgeDialog(models, ranking.ranked(), "resnet", bridge())
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_pictures_of_a_cell_are_the_class_s_own_the_likeliest_first() -> None:
    ranked = ranking.ranked()
    pictures = likest(ranked, bridge(), 3, 1)
    labels, shares = unpack(ranked.labels), unpack(bridge().pictures)
    assert sorted(each.index for each in pictures) == np.flatnonzero(labels == 3).tolist()
    assert [each.confidence for each in pictures] == sorted(shares[labels == 3, 1].tolist(), reverse=True)
    assert {each.label for each in pictures} == {samples.CLASSES[3]}


def test_the_strongest_cell_is_shown_first(dialog: BridgeDialog) -> None:
    row, place = np.unravel_index(unpack(bridge().shares).argmax(), unpack(bridge().shares).shape)
    at = dialog.map.currentIndex()
    assert (at.row(), at.column()) == (row, place)
    assert dialog.grid.count() == 3
    assert dialog.sentence.text().startswith(f"{samples.CLASSES[row]} taken for {bridge().classes[place]}: ")


def test_arrow_keys_walk_and_return_goes_to_the_pictures_and_opens_one(qtbot: QtBot, dialog: BridgeDialog) -> None:
    dialog.map.setCurrentIndex(dialog.map.model().index(0, 0))
    qtbot.keyClick(dialog.map, Qt.Key.Key_Right)
    assert dialog.sentence.text().startswith("arrow taken for wall clock: ")
    qtbot.keyClick(dialog.map, Qt.Key.Key_Return)
    assert dialog.grid.currentIndex().row() == 0
    qtbot.keyClick(dialog.grid, Qt.Key.Key_Return)
    (viewer,) = dialog.findChildren(Viewer)
    assert viewer.picture == likest(ranking.ranked(), bridge(), 0, 1)[0]
    assert [action.text() for action in viewer.move_to.menu().actions()] == list(samples.CLASSES)
    viewer.close()


def test_the_pictures_come_from_the_target(dialog: BridgeDialog, models: Models) -> None:
    album = models.albums.open(Path(), ranking.ranked().data)
    dialog.grid.grab()
    assert set(album._wanted) == {each.index for each in dialog._pictures}


def test_a_cell_reads_itself_aloud_and_one_without_pictures_says_so(qtbot: QtBot) -> None:
    shares = np.array([[0.5, 0.004], [np.nan, np.nan]], dtype=np.float32)
    shown = BridgeMap()
    qtbot.addWidget(shown)
    none = pack(np.zeros((0, 2), dtype=np.float32))
    names = ("tench, Tinca tinca", "goldfish")
    shown.show_bridge(Bridge(classes=names, total=1000, shares=pack(shares), pictures=none), ("fish", "bird"))
    cells = shown.model()
    said = [cells.index(row, at).data(Qt.ItemDataRole.AccessibleTextRole) for row, at in ((0, 0), (0, 1), (1, 0))]
    assert said == [
        "fish taken for tench: 50.0\u00a0% on average",
        "fish taken for goldfish: 0.4\u00a0% on average",
        "bird: no picture was looked at",
    ]
    assert [cells.index(0, at).data() for at in (0, 1)] == ["50", ""]
    assert (shown.currentIndex().row(), shown.currentIndex().column()) == (0, 0)
