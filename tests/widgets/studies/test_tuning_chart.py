import math

import msgspec
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kt_gui.samples import studies, tuning
from kt_gui.schema.choices import Features
from kt_gui.schema.tuning import (
    Freezings,
    LearningRates,
    Nothing,
    Penalties,
    Strengths,
    Tuning,
    TuningVerdict,
)
from kt_gui.studies import settings
from kt_gui.widgets.studies.setting_axis import Axis
from kt_gui.widgets.studies.tuning_chart import TuningChart
from kt_gui.widgets.studies.tuning_findings import TriesTable, TuningFindings


def verdict(question: Tuning) -> TuningVerdict:
    made = studies.verdict(question)
    assert isinstance(made, TuningVerdict)
    return made


def shown(qtbot: QtBot, question: Tuning) -> TuningFindings:
    made = TuningFindings()
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show_verdict(verdict(question), question)
    made.show()
    return made


def at(chart: TuningChart, place: int) -> tuple[float, float]:
    found = chart.position(chart.tries[place])
    return found.x(), found.y()


# --- where things stand ----------------------------------------------------------------------------------------------


def test_of_one_setting_what_is_worse_stands_higher_and_a_factor_is_a_distance(qtbot: QtBot) -> None:
    found = shown(qtbot, tuning.TUNE_ONE)
    chart = found.chart
    rates = [each.settings[0].value for each in chart.tries]
    across = [at(chart, place)[0] for place in range(len(rates))]
    assert [math.log(rate) for rate in sorted(rates)] == sorted(math.log(rate) for rate in rates)  # type: ignore[arg-type, type-var]
    slopes = {
        round((across[place] - across[0]) / (math.log(rates[place]) - math.log(rates[0])), 3)  # type: ignore[arg-type]
        for place in range(1, len(rates))
    }
    assert len(slopes) == 1
    known = sorted((each.mean or 0.0, at(chart, place)[1]) for place, each in enumerate(chart.tries))
    assert [y for _, y in known] == sorted((y for _, y in known), reverse=True)


@pytest.mark.parametrize("is_turned", [False, True])
def test_of_two_settings_the_range_lies_along_the_foot_and_the_options_are_rows(qtbot: QtBot, is_turned: bool) -> None:
    first, second = LearningRates(), Freezings()
    question = Tuning(first=second, second=first) if is_turned else Tuning(first=first, second=second)
    found = shown(qtbot, question)
    chart = found.chart
    rows = {}
    for place, each in enumerate(chart.tries):
        freezing = next(setting.value for setting in each.settings if setting.name == "freezing")
        rows.setdefault(at(chart, place)[1], set()).add(str(freezing))
    assert all(len(names) == 1 for names in rows.values())
    assert len(rows) == len({name for names in rows.values() for name in names})


def test_zero_stands_apart_from_the_range() -> None:
    axis = Axis(Strengths(low=0.01, high=1.0))
    assert axis.ticks()[0] == (0.0, "0")
    shares = [axis.share(value) for value in (0.0, 0.01, 0.1, 1.0)]
    assert shares == sorted(shares)
    assert shares[2] - shares[1] == pytest.approx(shares[3] - shares[2])
    assert Axis(LearningRates(low=0.002, high=0.005)).ticks() == [(0.002, "0.002"), (0.005, "0.005")]
    assert [text for _, text in Axis(Penalties()).ticks()] == ["every parameter", "kernels only"]


# --- choosing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", [tuning.TUNE, tuning.TUNE_ONE], ids=["two", "one"])
def test_a_click_chooses_a_try_in_chart_and_table(qtbot: QtBot, question: Tuning) -> None:
    found = shown(qtbot, question)
    place = found.chart.tries.index(max(found.chart.tries, key=lambda each: each.mean or 0.0))
    with qtbot.waitSignal(found.chosen) as chosen:
        qtbot.mouseClick(
            found.chart,
            Qt.MouseButton.LeftButton,
            pos=found.chart.position(found.chart.tries[place]).toPoint(),
        )
    assert chosen.args == [place]
    assert found.numbers.chosen_name == str(place)


def test_arrow_keys_walk_from_the_best_to_the_worst_and_stay_inside(qtbot: QtBot) -> None:
    found = shown(qtbot, tuning.TUNE)
    places = []
    found.chosen.connect(places.append)
    for _ in range(len(found.chart.tries) + 3):
        qtbot.keyClick(found.chart, Qt.Key.Key_Right)
    means = [found.chart.tries[place].mean or 0.0 for place in places]
    assert len(means) == len(found.chart.tries)
    assert means == sorted(means)
    assert places[0] == verdict(tuning.TUNE).best


def test_every_try_is_read_aloud_the_best_first(qtbot: QtBot) -> None:
    found = shown(qtbot, tuning.TUNE)
    chart = found.chart
    said = chart.accessibleDescription().split("; ")
    assert len(said) == 16
    assert said[0].startswith("learning rate 0.0156, last 2 blocks: 0.463 ± ")
    assert said[0].endswith(", 5 folds")


# --- what is not yet known -------------------------------------------------------------------------------------------


def test_a_tuning_that_knows_nothing_yet_is_drawn(qtbot: QtBot) -> None:
    found = shown(qtbot, tuning.TUNE)
    chart = found.chart
    for question in (tuning.TUNE, tuning.TUNE_ONE):
        names = tuple(settings.name_of(each) for each in settings.varied(question))
        chart.show_verdict(TuningVerdict(names=names, tries=(), best=None, chosen=None), question)
        assert not chart.grab().isNull()
        qtbot.keyClick(chart, Qt.Key.Key_Right)
        assert chart.at == -1


def test_a_try_that_was_let_go_of_is_listed_last_with_its_folds(qtbot: QtBot) -> None:
    told = verdict(tuning.TUNE_ONE)
    best = told.tries[told.best or 0]
    pruned = msgspec.structs.replace(best, losses=(*best.losses[:3], None, None), is_complete=False, mean=0.1)
    table = TriesTable()
    qtbot.addWidget(table)
    table.show_verdict(msgspec.structs.replace(told, tries=(pruned, *told.tries), best=1, chosen=1))
    model = table.model()
    said = [model.index(row, 1).data() for row in range(model.rowCount())]
    assert said[-1] == "0.1 (3 folds)"
    assert "±" in said[0]


def test_options_alone_are_drawn_where_they_were_not_tried_yet(qtbot: QtBot) -> None:
    question = Tuning(first=Freezings(last=1), second=Nothing())
    found = shown(qtbot, question)
    chart = found.chart
    assert len(chart.tries) == 3
    assert len({at(chart, place)[0] for place in range(3)}) == 3
    assert chart.tries[0].settings[0].value == Features()
