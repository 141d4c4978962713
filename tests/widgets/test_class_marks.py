from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from kt_gui.widgets.evaluation.class_marks import SHAPES, ClassKey, mark_of


def shown(qtbot: QtBot, count: int = 4) -> ClassKey:
    key = ClassKey()
    qtbot.addWidget(key)
    key.resize(140, 200)
    key.show_classes([f"class {place}" for place in range(count)], range(count))
    key.show()
    return key


def test_forty_classes_look_different() -> None:
    assert len({mark_of(place) for place in range(40)}) == 40
    assert mark_of(40) == mark_of(0)


def test_neighbours_differ_in_colour_and_in_shape() -> None:
    for place in range(100):
        first, second = mark_of(place), mark_of(place + 1)
        assert first.colour != second.colour
        assert first.shape != second.shape


def test_every_shape_is_full_about_its_middle() -> None:
    for place in range(len(SHAPES)):
        path = mark_of(place).path
        assert path.contains(QPointF(0, 0)), mark_of(place).shape
        assert max(path.boundingRect().width(), path.boundingRect().height()) <= 1.2


def test_a_class_is_chosen_and_given_back_by_a_second_click(qtbot: QtBot) -> None:
    key = shown(qtbot)
    chosen: list[int] = []
    key.emphasised.connect(chosen.append)
    place = key.visualRect(key.model().index(2, 0)).center()
    qtbot.mouseClick(key.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen[-1] == 2
    qtbot.mouseClick(key.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen[-1] == -1


def test_arrow_keys_choose_too(qtbot: QtBot) -> None:
    key = shown(qtbot)
    key.setCurrentIndex(key.model().index(0, 0))
    with qtbot.waitSignal(key.emphasised) as told:
        qtbot.keyClick(key, Qt.Key.Key_Down)
    assert told.args == [1]


def test_other_classes_give_the_choice_back(qtbot: QtBot) -> None:
    key = shown(qtbot)
    key.setCurrentIndex(key.model().index(1, 0))
    with qtbot.waitSignal(key.emphasised) as told:
        key.show_classes(["a", "b"], [1, 2])
    assert told.args == [-1]


def test_a_class_says_how_many_pictures_it_has(qtbot: QtBot) -> None:
    key = shown(qtbot)
    assert key.model().index(3, 0).data(Qt.ItemDataRole.AccessibleTextRole) == "class 3: 3"
