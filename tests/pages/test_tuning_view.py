"""Settings found by cross-validation: asked for on Transfer, prepared, shown as they are tried, used."""

from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from kt_gui import samples, scenes
from kt_gui.bridge.models import Models, build
from kt_gui.bridge.worker import Worker
from kt_gui.pages.transfer import TransferPage
from kt_gui.samples import studies, tuning
from kt_gui.schema.choices import LastBlocks
from kt_gui.schema.studies import Study
from kt_gui.schema.tuning import Freezings, LearningRates, Nothing, Strengths, Tuning, TuningVerdict
from kt_gui.store.folders import Home
from kt_gui.widgets.studies.preparing import Preparing
from kt_gui.widgets.studies.tuning_findings import TuningFindings
from kt_gui.widgets.studies.view import StudyView
from tests.session.test_studying import short


@pytest.fixture
def view(qtbot: QtBot, empty: Models) -> StudyView:
    scenes.show_begun(empty)
    empty.study.study = studies.study(tuning.TUNE)
    made = StudyView(empty)
    qtbot.addWidget(made)
    made.resize(1080, 688)
    made.show()
    return made


def findings(view: StudyView) -> TuningFindings:
    found = view.charts["tune"]
    assert isinstance(found, TuningFindings)
    assert found.isVisible()
    return found


def test_transfer_asks_for_settings_beside_lambda(qtbot: QtBot, empty: Models) -> None:
    scenes.show_begun(empty)
    transfer = TransferPage(empty)
    qtbot.addWidget(transfer)
    transfer.show()
    with qtbot.waitSignal(transfer.wanted) as wanted:
        transfer.dial.tune.click()
    assert wanted.args == ["studies"]
    assert empty.study.study == studies.study(Tuning())


def test_other_settings_and_ranges_are_asked_for(qtbot: QtBot, empty: Models) -> None:
    preparing = _prepared(qtbot, empty)
    assert preparing.form is not None
    preparing.form.edited.emit("second", Nothing())
    preparing.form.edited.emit("first", Strengths())
    preparing.form.edited.emit("first.low", 0.01)
    assert _question(empty) == Tuning(first=Strengths(low=0.01), second=Nothing())
    preparing.form.edited.emit("first.low", -1.0)
    assert _question(empty) == Tuning(first=Strengths(low=0.01), second=Nothing())


def test_the_setting_is_chosen_from_a_list(qtbot: QtBot, empty: Models) -> None:
    preparing = _prepared(qtbot, empty)
    assert preparing.form is not None
    fold = preparing.form.fold("Second setting")
    assert fold.summary.text() == "freezing: features only, last block, last 2 blocks, everything"
    fold.button.click()
    choice = next(each for each in fold.findChildren(QComboBox) if each.isVisible())
    choice.setFocus()
    place = choice.findText("none")
    assert place >= 0
    while choice.currentIndex() < place:
        qtbot.keyClick(choice, Qt.Key.Key_Down)
    assert _question(empty).second == Nothing()


def test_a_full_grid_is_asked_for_by_values_and_not_by_tries(qtbot: QtBot, empty: Models) -> None:
    preparing = _prepared(qtbot, empty)
    assert preparing.form is not None
    tries, values = preparing.form.control("tries"), preparing.form.control("values")
    assert (tries.isVisible(), values.isVisible()) == (True, False)
    empty.study.ask(Tuning(full_grid=True))
    assert (tries.isVisible(), values.isVisible()) == (False, True)


def _prepared(qtbot: QtBot, empty: Models) -> Preparing:
    scenes.show_begun(empty)
    empty.study.prepare(studies.study(Tuning()))
    preparing = Preparing(empty.study)
    qtbot.addWidget(preparing)
    empty.study.changed.connect(lambda: preparing.write(""))
    preparing.write("")
    preparing.show()
    return preparing


def _question(models: Models) -> Tuning:
    assert models.study.study is not None
    assert isinstance(models.study.study.study, Tuning)
    return models.study.study.study


def test_tries_get_their_settings_as_they_begin(empty: Models, view: StudyView) -> None:
    empty.study.apply(studies.begun(tuning.TUNE, done=22))
    names = [view.grid.model().headerData(row, Qt.Orientation.Vertical) for row in range(10)]
    assert names[0] == "0.00634, last block"  # the sample experiment's own freezing is not among those tried
    assert names[8] == "try 9"
    assert len(findings(view).chart.tries) == 7
    assert "fold 1" in view.doing.text()
    assert "learning rate" in view.doing.text()


def test_the_answer_comes_first_and_fills_the_experiment(qtbot: QtBot, empty: Models, view: StudyView) -> None:
    empty.study.apply(studies.finished(tuning.TUNE))
    verdict = empty.study.verdict
    assert isinstance(verdict, TuningVerdict)
    assert view.sentence.text() == "Use learning rate 0.0156, last 2 blocks"
    assert "lowest validation loss" in view.why.text()
    assert "simpler: learning rate 0.0127, last 2 blocks" in view.why.text()
    assert findings(view).chart.at == verdict.chosen
    with qtbot.waitSignal(view.wanted) as wanted:
        view.use.click()
    assert wanted.args == ["transfer"]
    made = empty.experiment.experiment
    assert made.training.optimiser.learning_rate == 0.0156
    assert made.transfer.freezing == LastBlocks(blocks=2)
    assert made.training.epochs == verdict.epochs
    assert made.transfer.strength == samples.EXPERIMENT.transfer.strength


def test_another_try_is_chosen_and_used_without_its_epochs(qtbot: QtBot, empty: Models, view: StudyView) -> None:
    empty.study.apply(studies.finished(tuning.TUNE))
    table = findings(view).numbers
    table.setCurrentIndex(table.model().index(2, 0))
    assert view.use.text() == "Use 0.0229, last block"
    view.use.click()
    made = empty.experiment.experiment
    assert (made.training.optimiser.learning_rate, made.transfer.freezing) == (0.0229, LastBlocks(blocks=1))
    assert made.training.epochs == samples.EXPERIMENT.training.epochs


def test_a_tuning_from_the_button_to_the_experiment(qtbot: QtBot, dressed: object, home: Path) -> None:
    models = build(Home.under(home), short())
    view = StudyView(models)
    qtbot.addWidget(view)
    view.show()
    question = Tuning(first=LearningRates(low=0.001, high=0.1), second=Freezings(last=0), tries=2, folds=2)
    models.study.prepare(Study(name="tiny", study=question, experiment=short()))
    qtbot.waitUntil(lambda: models.study.foreseen is not None, timeout=60_000)
    assert view.preparing.takes.text().startswith("5 runs · ")
    with qtbot.waitSignal(models.study.ended, timeout=60_000):
        view.preparing.start.click()
    assert (models.study.state, models.study.done, models.study.failed) == ("finished", 5, 0)
    verdict = models.study.verdict
    assert isinstance(verdict, TuningVerdict)
    assert verdict.chosen is not None
    view.use.click()
    rate, freezing = (each.value for each in verdict.tries[verdict.chosen].settings)
    made = models.experiment.experiment
    assert (made.training.optimiser.learning_rate, made.transfer.freezing) == (rate, freezing)
    qtbot.waitUntil(lambda: not any(worker.isRunning() for worker in models.root.findChildren(Worker)))
    assert msgspec.structs.replace(made, transfer=short().transfer, training=short().training) == short()
