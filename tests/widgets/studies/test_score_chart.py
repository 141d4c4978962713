import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from kt_gui.widgets.studies.score_chart import Dot, ScoreChart

DOTS = (
    Dot("far", 90.0, 80.0, "far: 90, 80"),
    Dot("near", 40.0, 50.0, "near: 40, 50"),
    Dot("between", 70.0, 60.0, "between: 70, 60"),
)


@pytest.fixture
def chart(qtbot: QtBot) -> ScoreChart:
    made = ScoreChart()
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show_dots(DOTS, "Score (%)", most=100)
    made.show()
    return made


def test_more_is_to_the_right_and_further_up_inside_the_chart(chart: ScoreChart) -> None:
    far, near, between = (chart.place_of(dot) for dot in DOTS)
    assert near.x() < between.x() < far.x() < chart.width()
    assert chart.height() > near.y() > between.y() > far.y() > 0


def test_a_click_on_a_dot_chooses_it_and_one_beside_does_not(qtbot: QtBot, chart: ScoreChart) -> None:
    place = chart.place_of(DOTS[2])
    with qtbot.waitSignal(chart.chosen) as chosen:
        qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=place.toPoint())
    assert chosen.args == [2]
    assert chart.dot_at(place + QPointF(40, 0)) == -1
    with qtbot.assertNotEmitted(chart.chosen):
        qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=(place + QPointF(40, 0)).toPoint())


def test_the_arrows_walk_by_score_and_stay_at_the_ends(qtbot: QtBot, chart: ScoreChart) -> None:
    walked = []
    for key in (*[Qt.Key.Key_Right] * 4, Qt.Key.Key_Left):
        qtbot.keyClick(chart, key)
        walked.append(chart.at)
    assert walked == [1, 2, 0, 0, 2]


def test_other_dots_take_the_choice_back(chart: ScoreChart) -> None:
    chart.choose(1)
    chart.show_dots(DOTS, "Score (%)", most=100)
    assert chart.at == 1
    chart.show_dots(DOTS[:2], "Score (%)", most=100)
    assert chart.at == -1


def test_all_is_read_aloud(chart: ScoreChart) -> None:
    assert chart.accessibleDescription() == "far: 90, 80; near: 40, 50; between: 70, 60"


@pytest.mark.parametrize("dots", [(), DOTS[:1], (DOTS[0], Dot("alike", 90.0, 80.0, ""))])
def test_few_dots_and_dots_in_one_place_are_drawn(chart: ScoreChart, dots: tuple[Dot, ...]) -> None:
    chart.show_dots(dots, "Score (%)", most=100)
    image: QImage = chart.grab().toImage()
    colours = {image.pixel(x, y) for x in range(0, 600, 2) for y in range(0, 400, 2)}
    assert len(colours) > 2
