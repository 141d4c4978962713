import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kt_gui.widgets import theme
from kt_gui.widgets.evaluation.matrix import LEAST, MOST, READABLE, Matrix

COUNTS = np.array([[8, 2, 0], [0, 5, 0], [1, 0, 3]])
CLASSES = ("ant", "bee", "cat")


def shown(qtbot: QtBot, classes: tuple[str, ...] = CLASSES, counts: object = COUNTS) -> Matrix:
    matrix = Matrix()
    qtbot.addWidget(matrix)
    matrix.resize(480, 400)
    matrix.show_confusion(classes, counts)
    with qtbot.waitExposed(matrix):
        matrix.show()
    return matrix


def middle(matrix: Matrix, row: int, column: int) -> QPoint:
    return matrix.visualRect(matrix.model().index(row, column)).center()


def test_a_cell_says_how_many_and_what_share_of_its_row(qtbot: QtBot) -> None:
    matrix = shown(qtbot)
    model = matrix.model()
    assert model.index(0, 1).data() == "2"
    assert model.index(0, 1).data(Qt.ItemDataRole.ToolTipRole).replace("\xa0", " ") == (
        "ant taken for bee: 2 of 10 pictures (20.0 %)"
    )
    said = model.index(2, 2).data(Qt.ItemDataRole.AccessibleTextRole).replace("\xa0", " ")
    assert said == "cat: 3 of 4 pictures are recognised (75.0 %)"
    assert model.index(1, 0).data() == ""


def test_shares_of_the_row_stand_in_the_cells_on_demand(qtbot: QtBot) -> None:
    matrix = shown(qtbot)
    matrix.show_figures("shares")
    assert [matrix.model().index(0, column).data() for column in range(3)] == ["80", "20", ""]


def test_a_click_opens_the_cell(qtbot: QtBot) -> None:
    matrix = shown(qtbot)
    with qtbot.waitSignal(matrix.opened) as caught:
        qtbot.mouseClick(matrix.viewport(), Qt.MouseButton.LeftButton, pos=middle(matrix, 0, 1))
    assert caught.args == ["ant", "bee"]


def test_arrow_keys_walk_and_return_opens(qtbot: QtBot) -> None:
    matrix = shown(qtbot)
    matrix.setCurrentIndex(matrix.model().index(0, 0))
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Right):
        qtbot.keyClick(matrix, key)
    with qtbot.waitSignal(matrix.opened) as caught:
        qtbot.keyClick(matrix, Qt.Key.Key_Return)
    assert caught.args == ["cat", "bee"]


@pytest.mark.parametrize(("side", "expected"), [("verticalHeader", ["bee", ""]), ("horizontalHeader", ["", "bee"])])
def test_a_name_opens_its_row_or_its_column(qtbot: QtBot, side: str, expected: list[str]) -> None:
    matrix = shown(qtbot)
    header = getattr(matrix, side)()
    along = header.sectionViewportPosition(1) + matrix.side // 2
    place = QPoint(8, along) if side == "verticalHeader" else QPoint(along, 8)
    with qtbot.waitSignal(matrix.opened) as caught:
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert caught.args == expected


def test_few_classes_fill_the_room_and_many_stay_readable(qtbot: QtBot) -> None:
    assert shown(qtbot).side == MOST
    many = tuple(f"class {place}" for place in range(1000))
    matrix = shown(qtbot, many, np.eye(1000, dtype=np.int64))
    assert matrix.side == READABLE
    assert matrix.verticalScrollBar().maximum() > 0
    assert not matrix.grab().isNull()


def test_keys_and_wheel_change_the_scale_within_bounds(qtbot: QtBot) -> None:
    matrix = shown(qtbot)
    for _ in range(20):
        qtbot.keyClick(matrix, Qt.Key.Key_Minus)
    assert matrix.side == LEAST
    turned = QWheelEvent(
        QPoint(50, 50),
        QPoint(50, 50),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(matrix.viewport(), turned)
    assert matrix.side > LEAST
    for _ in range(20):
        qtbot.keyClick(matrix, Qt.Key.Key_Plus)
    assert matrix.side == MOST


def test_another_checkpoint_changes_the_figures_and_keeps_the_place(qtbot: QtBot) -> None:
    matrix = shown(qtbot)
    matrix.setCurrentIndex(matrix.model().index(1, 1))
    matrix.show_confusion(CLASSES, COUNTS.T)
    assert (matrix.currentIndex().row(), matrix.currentIndex().column()) == (1, 1)
    assert matrix.model().index(1, 0).data() == "2"


def test_right_and_wrong_differ_in_colour(qtbot: QtBot, qapp: QApplication) -> None:
    theme.apply(qapp, "light")
    matrix = shown(qtbot, ("ant", "bee"), np.array([[1, 0], [1, 0]]))
    picture = matrix.viewport().grab().toImage()
    corner = QPoint(-matrix.side // 2 + 10, -matrix.side // 2 + 10)
    assert picture.pixelColor(middle(matrix, 0, 0) + corner).name().upper() == theme.LIGHT.accent
    assert picture.pixelColor(middle(matrix, 1, 0) + corner).name().upper() == theme.LIGHT.bad


def test_a_class_without_pictures_has_an_empty_row(qtbot: QtBot) -> None:
    matrix = shown(qtbot, ("ant", "bee"), np.array([[4, 0], [0, 0]]))
    assert "0 of 0 pictures" in matrix.model().index(1, 1).data(Qt.ItemDataRole.ToolTipRole)
    assert not matrix.grab().isNull()
