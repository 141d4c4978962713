import math

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from kt_gui.schema.studies import LabelSavings, Numbers, Study
from kt_gui.schema.study_answers import SavingsVerdict
from kt_gui.studies import label_savings
from kt_gui.studies.planning import plan
from kt_gui.widgets.studies import facts
from kt_gui.widgets.studies.savings_chart import SavingsChart, arrow_words
from kt_gui.widgets.studies.savings_view import SavingsFindings, table
from tests.studies.test_transfer_gain import BASE

SIZES = (1, 10, 100)
HELPS = {"transfer": (0.5, 0.7, 0.9), "scratch": (0.1, 0.5, 0.7)}
NEVER = {"transfer": (0.8, 0.9, 0.95), "scratch": (0.1, 0.3, 0.6)}
LOSES = {"transfer": (0.1, 0.4, 0.6), "scratch": (0.4, 0.5, 0.9)}


def verdict(worth: dict[str, tuple[float, ...]]) -> SavingsVerdict:
    trials = plan(Study(study=LabelSavings(per_class=SIZES, seeds=2), experiment=BASE), 0)
    results = {}
    for trial in trials:
        accuracy = worth[trial.arm or ""][SIZES.index(trial.per_class or 0)] + 0.02 * (trial.column - 0.5)
        results[trial.key] = Numbers(pictures=3 * (trial.per_class or 0), accuracy=accuracy)
    return label_savings.verdict(trials, results)


@pytest.fixture
def chart(qtbot: QtBot) -> SavingsChart:
    made = SavingsChart()
    qtbot.addWidget(made)
    made.resize(600, 400)
    return made


def test_labels_stand_on_a_log_scale(chart: SavingsChart) -> None:
    chart.show_verdict(verdict(HELPS))
    first, second, third = (chart.across(3.0 * size) for size in SIZES)
    assert second - first == pytest.approx(third - second)
    assert chart.down(0.9) < chart.down(0.5)


def test_the_arrow_goes_from_transfer_to_scratch_at_the_same_accuracy(chart: SavingsChart) -> None:
    found = verdict(HELPS)
    chart.show_verdict(found)
    arrow = chart.arrow()
    assert arrow is not None
    saving, start, end = arrow
    assert saving.times == found.times
    assert start.y() == end.y() == chart.down(saving.accuracy)
    assert start.x() == chart.across(saving.pictures)
    assert end.x() == pytest.approx(chart.across(saving.pictures * (saving.times or 0)))
    assert arrow_words(found) == "about 10 times fewer labels"


def test_of_two_in_the_middle_the_arrow_shows_the_one_that_is_told() -> None:
    found = verdict({"transfer": (0.5, 0.7, 0.95), "scratch": (0.1, 0.45, 0.75)})
    exact = sorted(each.times for each in found.savings if each.times is not None and not each.is_bound)
    assert len(exact) == 2
    assert found.times == exact[0]
    typical = label_savings.typical(found)
    assert typical is not None
    assert typical.times == found.times


def test_what_scratch_never_reaches_goes_on_to_the_most_labels(chart: SavingsChart) -> None:
    found = verdict(NEVER)
    chart.show_verdict(found)
    arrow = chart.arrow()
    assert arrow is not None
    assert arrow[2].x() == chart.across(300)
    assert arrow_words(found) == "more than 100 times fewer labels"


@pytest.mark.parametrize("worth", [LOSES, {"transfer": HELPS["scratch"], "scratch": HELPS["scratch"]}])
def test_where_nothing_is_saved_there_is_no_arrow(chart: SavingsChart, worth: dict[str, tuple[float, ...]]) -> None:
    chart.show_verdict(verdict(worth))
    assert chart.arrow() is None
    assert arrow_words(verdict(worth)) == ""
    chart.grab()


@pytest.mark.qt_log_ignore("does not support raise")
def test_the_size_under_the_pointer_is_described(chart: SavingsChart) -> None:
    chart.show_verdict(verdict(HELPS))
    place = QPoint(round(chart.across(30)) + 3, 100)
    QApplication.sendEvent(chart, QHelpEvent(QEvent.Type.ToolTip, place, place))
    said = QToolTip.text().replace("\N{NO-BREAK SPACE}", " ")
    assert said == "30 labels: 70.0 % right by transfer, 50.0 % from scratch"
    assert said in chart.accessibleDescription().replace("\N{NO-BREAK SPACE}", " ")


def test_before_anything_is_known_it_is_drawn_empty(qtbot: QtBot, chart: SavingsChart) -> None:
    nothing = SavingsVerdict(transfer=(), scratch=(), pictures=(), savings=(), times=None, is_bound=False)
    chart.show_verdict(nothing)
    chart.grab()
    assert chart.arrow() is None


def test_one_size_alone_stands_in_the_middle(chart: SavingsChart) -> None:
    whole = verdict(HELPS)
    one = SavingsVerdict(
        transfer=whole.transfer[:1],
        scratch=whole.scratch[:1],
        pictures=whole.pictures[:1],
        savings=whole.savings[:1],
        times=None,
        is_bound=False,
    )
    chart.show_verdict(one)
    chart.grab()
    assert math.isfinite(chart.across(3.0))


def test_the_table_holds_all_of_it(qtbot: QtBot) -> None:
    made = SavingsFindings()
    qtbot.addWidget(made)
    found = verdict(HELPS)
    made.show_verdict(found)
    rows = [tuple(cell.replace("\N{NO-BREAK SPACE}", " ") for cell in row) for row in table(found)]
    assert [row[0] for row in rows] == ["3", "30", "300"]
    assert rows[0][1].startswith("50.0 % (")
    assert rows[0][3:] == ("30", "10 times")
    dialog = made.open_table()
    assert dialog.table.rowCount() == 3
    dialog.close()


def test_a_bound_that_says_nothing_is_not_told_but_why_there_is_none() -> None:
    found = verdict(NEVER)
    values = [fact.value for fact in facts.of_savings(found)]
    assert values == ["> 100 times", "> 10 times", "–"]
    assert "no more labels were tried" in facts.of_savings(found)[2].about
    assert [row[-1] for row in table(found)] == ["> 100 times", "> 10 times", "–"]


def test_where_scratch_is_ahead_with_the_fewest_no_saving_is_told() -> None:
    fact = facts.of_savings(verdict(LOSES))[0]
    assert fact.value == "–"
    assert "with the fewest" in fact.about
