"""The charts of a report: where points stand, and what is left out."""

import math
import re

import msgspec
import pytest

from kt_gui import samples
from kt_gui.schema.events import BlockDrift, EpochEnded
from kt_gui.session import report_charts

EPOCHS = [event for event in samples.finished() if isinstance(event, EpochEnded)]


def loss(epoch: EpochEnded) -> float | None:
    return epoch.train_loss


def points(chart: str) -> list[list[tuple[float, float]]]:
    lines = re.findall(r'<polyline class="learning" points="([^"]*)"', chart)
    return [[(float(x), float(y)) for x, y in (point.split(",") for point in line.split())] for line in lines]


def test_each_phase_has_a_line_of_its_own_and_its_best_epoch_a_dot() -> None:
    chart = report_charts.curves("Loss", EPOCHS, loss, loss, is_share=False)
    phases = {epoch.phase for epoch in EPOCHS}
    assert sum(len(line) for line in points(chart)) == len(EPOCHS)
    assert len(points(chart)) == len(phases) == 2
    assert chart.count('class="best"') == 2
    assert chart.count('class="handover"') == 1


def test_a_point_stands_where_its_number_says() -> None:
    halves = [msgspec.structs.replace(EPOCHS[0], epoch=place, train_loss=0.5) for place in range(3)]
    ((left, *_, right),) = points(report_charts.curves("", halves, loss, loss, is_share=True))
    middle = (report_charts.TOP + report_charts.HEIGHT - report_charts.BOTTOM) / 2
    assert left == (report_charts.LEFT, middle)
    assert right == (report_charts.WIDTH - report_charts.RIGHT, middle)


def test_what_is_no_number_is_left_out() -> None:
    values = (1.0, None, math.nan, math.inf, 2.0)
    epochs = [msgspec.structs.replace(EPOCHS[0], epoch=place, train_loss=each) for place, each in enumerate(values)]
    chart = report_charts.curves("", epochs, loss, loss, is_share=False)
    assert [len(line) for line in points(chart)] == [2]
    assert "nan" not in chart
    assert "inf" not in chart


def test_without_a_number_there_is_no_chart() -> None:
    assert report_charts.curves("", [], loss, loss, is_share=False) == ""
    assert report_charts.drifts("", [BlockDrift("stem", None, 1.0, False), BlockDrift("head", 1.0, 0.0, False)]) == ""


def test_the_longest_bar_is_of_the_block_that_moved_most() -> None:
    chart = report_charts.drifts("", [BlockDrift("stem", 0.0, 4.0, True), BlockDrift("<head>", 2.0, 4.0, False)])
    first, second = (float(width) for width in re.findall(r'width="([\d.]+)" height', chart))
    assert (first, second) == (1.0, report_charts.WIDTH - 220)
    assert "0 (frozen)" in chart
    assert "&lt;head&gt;" in chart


@pytest.mark.parametrize(("most", "high"), [(2.62, 3.0), (0.9, 1.0), (1e-5, 1e-5), (40.0, 40.0), (41.0, 60.0), (0, 0)])
def test_axes_end_at_numbers_a_person_can_divide(most: float, high: float) -> None:
    assert report_charts._round_above(most) == pytest.approx(high, rel=1e-6, abs=2e-9)
