from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kt_gui.samples import studies
from kt_gui.schema.study_answers import LambdaVerdict, Point
from kt_gui.widgets import theme
from kt_gui.widgets.studies.lambda_chart import TOP, LambdaChart


@pytest.fixture
def verdict() -> LambdaVerdict:
    made = studies.verdict(studies.LAMBDA)
    assert isinstance(made, LambdaVerdict)
    return made


@pytest.fixture
def chart(qtbot: QtBot, verdict: LambdaVerdict) -> LambdaChart:
    made = LambdaChart()
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show_verdict(verdict)
    made.show()
    return made


def test_values_stand_from_weak_to_strong_evenly_by_their_logarithm(chart: LambdaChart, verdict: LambdaVerdict) -> None:
    places = [chart.across(point) for point in verdict.points]
    assert places == sorted(places)
    gaps = [after - before for before, after in pairwise(places[1:-1])]
    assert max(gaps) - min(gaps) < 1, "nine values, each √10 times the one before"


def test_what_is_worse_stands_higher_and_what_is_far_worse_above_the_chart(
    chart: LambdaChart, verdict: LambdaVerdict
) -> None:
    assert chart.down(0.45) > chart.down(0.55) > chart.down(0.7)
    assert chart.down(60.0) < chart.down(50.0) < 0


def test_an_arrow_stands_where_a_mean_leaves_the_chart(qtbot: QtBot, chart: LambdaChart) -> None:
    losses = {0.0: 0.2, 0.01: 0.21, 1.0: 9.0}
    points = tuple(
        Point(strength=at, losses=(it,), mean=it, error=0.01, accuracy=None, epoch=None, is_complete=True)
        for at, it in losses.items()
    )
    chart.show_verdict(LambdaVerdict(field="transfer.lambda", points=points, best=0, chosen=0, value=0.0, epochs=1))
    drawn = chart.grab().toImage()
    accent = theme.current().colour("accent")
    is_marked = [drawn.pixelColor(round(chart.across(point)), TOP) == accent for point in points]
    assert is_marked == [False, False, True]


def test_every_value_is_read_aloud(chart: LambdaChart, verdict: LambdaVerdict) -> None:
    said = chart.accessibleDescription().split("; ")
    assert len(said) == len(verdict.points) == 11
    assert said[5] == "λ = 0.01: 0.477 ± 0.016, 5 folds"
    assert said[10].startswith("features only: ")


def test_arrow_keys_walk_and_stay_inside(qtbot: QtBot, chart: LambdaChart) -> None:
    for _ in range(14):
        qtbot.keyClick(chart, Qt.Key.Key_Right)
    assert chart.at == 10
    with qtbot.waitSignal(chart.chosen) as chosen:
        qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert chosen.args == [9]


@pytest.mark.parametrize(
    "points",
    [(), (Point(strength=0.0, losses=(None,), mean=None, error=None, accuracy=None, epoch=None, is_complete=False),)],
)
def test_a_search_that_knows_nothing_yet_is_drawn(qtbot: QtBot, chart: LambdaChart, points: tuple[Point, ...]) -> None:
    nothing = LambdaVerdict(field="transfer.lambda", points=points, best=None, chosen=None, value=None, epochs=None)
    chart.show_verdict(nothing)
    assert not chart.grab().isNull()
