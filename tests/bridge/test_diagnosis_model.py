from pathlib import Path
from unittest.mock import create_autospec

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from kt_gui import samples, session
from kt_gui.bridge.corrections_model import CorrectionsModel
from kt_gui.bridge.diagnosis_model import DiagnosisModel
from kt_gui.bridge.run_model import RunModel
from kt_gui.bridge.suspects_model import SuspectsModel
from kt_gui.bridge.viewing import Viewing
from kt_gui.samples import diagnoses, labels
from kt_gui.schema.events import RunStarted
from kt_gui.store.folders import Home


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The runs that the session is asked about."""
    made: list[Path] = []

    def diagnose(folder: Path, *_more: object) -> list[object]:
        made.append(folder)
        return [diagnoses.doubted()]

    monkeypatch.setattr(session, "diagnose", create_autospec(session.diagnose, side_effect=diagnose))
    return made


@pytest.fixture
def run(folders: Home, owner: QObject) -> RunModel:
    return RunModel(folders, owner, is_enabled=False)


@pytest.fixture
def suspects(folders: Home, owner: QObject, run: RunModel) -> SuspectsModel:
    corrections = CorrectionsModel(folders, owner, is_enabled=False)
    return SuspectsModel(folders, Viewing(run, owner), corrections, owner, is_enabled=False)


@pytest.fixture
def model(folders: Home, owner: QObject, run: RunModel, suspects: SuspectsModel, asked: list[Path]) -> DiagnosisModel:
    return DiagnosisModel(folders, run, suspects, owner)


def test_a_run_is_judged_when_it_has_ended(
    qtbot: QtBot, model: DiagnosisModel, run: RunModel, asked: list[Path]
) -> None:
    run.apply(samples.running())
    run.ended.emit()
    assert asked == []
    run.apply(samples.finished())
    with qtbot.waitSignal(model.changed):
        run.ended.emit()
    assert asked == [Path("/runs/emoji")]
    assert model.diagnosis == diagnoses.doubted().diagnosis


def test_another_run_has_another_diagnosis(qtbot: QtBot, model: DiagnosisModel, run: RunModel) -> None:
    run.apply(samples.finished())
    with qtbot.waitSignal(model.changed):
        run.ended.emit()
    run.apply([RunStarted(run="2", name="other", folder="/runs/other")])
    assert model.diagnosis is None


def test_labels_that_were_judged_are_news(
    qtbot: QtBot, model: DiagnosisModel, run: RunModel, suspects: SuspectsModel, asked: list[Path]
) -> None:
    run.apply(samples.finished())
    with qtbot.waitSignal(model.changed):
        suspects.apply([labels.suspected(issues=3)])
    assert len(asked) == 1
    suspects.changed.emit()
    assert len(asked) == 1
