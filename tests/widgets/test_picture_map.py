import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kt_gui.widgets import theme
from kt_gui.widgets.evaluation import picture_map
from kt_gui.widgets.evaluation.picture_map import PictureMap

CROSS = np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]], np.float32)
LABELS, PREDICTED = np.array([0, 1, 1, 2, 2]), np.array([0, 1, 0, 2, 2])
HERE, RIGHT, LEFT, ABOVE, BELOW = range(5)


@pytest.fixture
def plot(qtbot: QtBot, qapp: QApplication) -> PictureMap:
    theme.apply(qapp, "light")
    made = PictureMap()
    qtbot.addWidget(made)
    made.resize(400, 300)
    with qtbot.waitExposed(made):
        made.show()
    made.show_points(CROSS, LABELS, PREDICTED)
    QApplication.sendPostedEvents()
    return made


def viewport_place(plot: PictureMap, row: int) -> QPoint:
    return plot.view.mapFromScene(plot.box.mapViewToScene(QPointF(*CROSS[row].tolist())))


def click(qtbot: QtBot, plot: PictureMap, row: int) -> None:
    qtbot.mouseClick(plot.view.viewport(), Qt.MouseButton.LeftButton, pos=viewport_place(plot, row))


def test_all_points_are_seen(plot: PictureMap) -> None:
    drawn = sum(len(item.data) for _, _, item in plot._layers)
    assert drawn == 5
    for row in range(5):
        assert plot.rect().contains(plot.place_of(row).toPoint())


def test_a_wrong_answer_is_a_hollow_point(plot: PictureMap) -> None:
    hollow = {tuple(rows.tolist()): item.opts["brush"].color().alpha() == 0 for _, rows, item in plot._layers}
    assert hollow == {(HERE,): False, (RIGHT,): False, (LEFT,): True, (ABOVE, BELOW): False}


def test_a_click_chooses_the_point_under_it(qtbot: QtBot, plot: PictureMap) -> None:
    with qtbot.waitSignal(plot.chosen) as told:
        click(qtbot, plot, ABOVE)
    assert told.args == [ABOVE]


def test_the_pointer_tells_the_point_it_stands_at_once(plot: PictureMap) -> None:
    told: list[int] = []
    plot.pointed.connect(told.append)
    place = plot.box.mapViewToScene(QPointF(1, 0))
    plot._point(place)
    plot._point(place + QPointF(3, 2))
    plot._point(place + QPointF(0, 60))
    assert told == [RIGHT, -1]


def test_where_the_pointer_leaves_nothing_is_pointed_at(plot: PictureMap) -> None:
    plot._point(plot.box.mapViewToScene(QPointF(1, 0)))
    told: list[int] = []
    plot.pointed.connect(told.append)
    QApplication.sendEvent(plot, QEvent(QEvent.Type.Leave))
    assert told == [-1]


@pytest.mark.parametrize(
    ("key", "row"),
    [(Qt.Key.Key_Right, RIGHT), (Qt.Key.Key_Left, LEFT), (Qt.Key.Key_Up, ABOVE), (Qt.Key.Key_Down, BELOW)],
)
def test_arrow_keys_walk_to_the_next_point_that_way(qtbot: QtBot, plot: PictureMap, key: Qt.Key, row: int) -> None:
    plot.select(HERE)
    with qtbot.waitSignal(plot.chosen) as told:
        qtbot.keyClick(plot, key)
    assert told.args == [row]


def test_at_the_edge_arrow_keys_stay(qtbot: QtBot, plot: PictureMap) -> None:
    plot.select(RIGHT)
    with qtbot.assertNotEmitted(plot.chosen):
        qtbot.keyClick(plot, Qt.Key.Key_Right)


def test_return_opens_the_chosen_picture(qtbot: QtBot, plot: PictureMap) -> None:
    plot.select(LEFT)
    with qtbot.waitSignal(plot.opened) as told:
        qtbot.keyClick(plot, Qt.Key.Key_Return)
    assert told.args == [LEFT]


def test_while_a_class_stands_out_only_its_points_are_chosen(qtbot: QtBot, plot: PictureMap) -> None:
    plot.emphasise(2)
    assert {label: item.opacity() < 1 for label, _, item in plot._layers} == {0: True, 1: True, 2: False}
    assert plot.row_at(plot.box.mapViewToScene(QPointF(1, 0))) == -1
    assert plot.row_at(plot.box.mapViewToScene(QPointF(0, 1))) == ABOVE
    plot.emphasise(-1)
    assert plot.row_at(plot.box.mapViewToScene(QPointF(1, 0))) == RIGHT


def test_the_same_pictures_move_to_their_new_places(qtbot: QtBot, plot: PictureMap) -> None:
    plot.select(RIGHT)
    turned = CROSS[:, ::-1].copy()
    plot.show_points(turned, LABELS, PREDICTED)
    assert plot.moving.state() == plot.moving.State.Running
    qtbot.waitUntil(lambda: plot.moving.state() == plot.moving.State.Stopped)
    for _, rows, item in plot._layers:
        np.testing.assert_allclose(np.stack(item.getData(), axis=1), turned[rows], atol=1e-6)
    assert [axis.tolist() for axis in plot.ring.getData()] == [[0], [1]]


def test_a_map_that_changes_while_points_move_ends_at_its_own_places(qtbot: QtBot, plot: PictureMap) -> None:
    plot.show_points(CROSS * 2, LABELS, PREDICTED)
    plot.show_points(CROSS * 3, LABELS, PREDICTED)
    qtbot.waitUntil(lambda: plot.moving.state() == plot.moving.State.Stopped)
    found = np.concatenate([np.stack(item.getData(), axis=1) for _, _, item in plot._layers])
    assert np.abs(found).max() == 3


def test_very_many_points_jump(plot: PictureMap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_map, "MOVED", 4)
    plot.show_points(CROSS[:, ::-1].copy(), LABELS, PREDICTED)
    assert plot.moving.state() == plot.moving.State.Stopped


def test_other_pictures_forget_the_chosen_one(plot: PictureMap) -> None:
    plot.select(BELOW)
    plot.show_points(CROSS[:2], LABELS[:2], PREDICTED[:2])
    assert len(plot.ring.getData()[0]) == 0


def test_a_single_point_and_none_are_shown(plot: PictureMap) -> None:
    plot.show_points(CROSS[:1], LABELS[:1], PREDICTED[:1])
    assert plot.rect().contains(plot.place_of(0).toPoint())
    plot.show_points(CROSS[:0], LABELS[:0], PREDICTED[:0])
    assert plot.row_at(QPointF(100, 100)) == -1
    assert not plot.grab().isNull()


def test_where_the_network_has_no_class_to_say_no_point_is_hollow(plot: PictureMap) -> None:
    plot.show_points(CROSS, LABELS, np.full(5, -1))
    assert all(item.opts["brush"].color().alpha() == 255 for _, _, item in plot._layers)


def test_it_takes_the_colours_of_the_look(qapp: QApplication, plot: PictureMap) -> None:
    theme.apply(qapp, "dark")
    assert plot.grab().toImage().pixelColor(3, 3).name().upper() == theme.DARK.card
    labels = [(label, item) for label, _, item in plot._layers if item.opts["brush"].color().alpha()]
    assert labels
    assert all(item.opts["brush"].color().name().upper() == theme.DARK.lines[label] for label, item in labels)
    theme.apply(qapp, "light")
