from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kt_gui.schema.events import ClassCount
from kt_gui.widgets.class_chart import ClassChart
from tests.widgets.small_pictures import COUNTS


def shown(qtbot: QtBot, counts: tuple[ClassCount, ...] = COUNTS) -> ClassChart:
    chart = ClassChart()
    qtbot.addWidget(chart)
    chart.resize(300, 240)
    chart.show_counts(counts)
    return chart


def test_a_bar_says_its_counts(qtbot: QtBot) -> None:
    bars = shown(qtbot).bars.model()
    assert bars.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole) == "ant: 60 train, 20 validation, 20 test"
    assert bars.index(1, 0).data(Qt.ItemDataRole.ToolTipRole) == "bee: 30 train, 10 validation, 10 test, 5 unused"


def test_how_many_of_the_classes_take_part_is_said(qtbot: QtBot) -> None:
    chart = shown(qtbot)
    assert chart.said.text() == "2 classes"
    assert chart.choose.isHidden()
    chart.show_counts(COUNTS, ("ant", "bee", "fly"))
    assert chart.said.text() == "2 of 3 classes"
    assert not chart.choose.isHidden()


def test_the_numbers_stand_in_a_table_too(qtbot: QtBot) -> None:
    chart = shown(qtbot)
    chart._switch.click()
    row = [chart.table.model().index(1, column).data() for column in range(5)]
    assert row == ["bee", "30", "10", "10", "5"]
    assert chart._stack.currentWidget() is chart.table


def test_unused_is_left_out_where_nothing_is(qtbot: QtBot) -> None:
    chart = shown(qtbot, COUNTS[:1])
    assert chart.table.isColumnHidden(4)
    chart.show_counts(COUNTS)
    assert not chart.table.isColumnHidden(4)


def test_bars_are_as_long_as_their_classes(qtbot: QtBot) -> None:
    chart = shown(qtbot)
    picture = chart.bars.viewport().grab().toImage()
    accent = [sum(is_blue(picture.pixelColor(x, y)) for x in range(picture.width())) for y in (13, 39)]
    assert accent[0] > 1.7 * accent[1] > 0


def is_blue(colour: object) -> bool:
    return colour.blue() > colour.red() + 60  # type: ignore[attr-defined, no-any-return]


def test_a_hundred_classes_are_drawn(qtbot: QtBot) -> None:
    many = tuple(ClassCount(name=f"class {n}", train=n, validation=1, test=1) for n in range(120))
    chart = shown(qtbot, many)
    assert not chart.grab().isNull()
    assert chart.bars.model().rowCount() == 120
