from pathlib import Path
from unittest.mock import create_autospec

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton
from pytestqt.qtbot import QtBot

from kt_gui import samples, session
from kt_gui.bridge.models import Models
from kt_gui.bridge.run_model import RunModel
from kt_gui.bridge.runs_table import RunsTable
from kt_gui.pages.start import StartPage
from kt_gui.widgets.messages import FailureDialog
from kt_gui.widgets.notices import Notice
from kt_gui.widgets.parts import Card


@pytest.fixture
def page(qtbot: QtBot, empty: Models) -> StartPage:
    made = StartPage(empty)
    qtbot.addWidget(made)
    made.resize(1080, 688)
    made.show()
    return made


def button(notice: Notice, text: str) -> QPushButton:
    return next(each for each in notice.findChildren(QPushButton) if each.text() == text)


def test_three_cards_are_of_one_size(page: StartPage) -> None:
    sizes = [card.size().toTuple() for card in page.findChildren(Card)]
    assert len(sizes) == 3
    assert len({height for _, height in sizes}) == 1
    assert max(width for width, _ in sizes) - min(width for width, _ in sizes) <= 1


def test_the_example_starts_at_once_and_leads_to_training(
    qtbot: QtBot, empty: Models, page: StartPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = create_autospec(RunModel.start)
    monkeypatch.setattr(RunModel, "start", start)
    with qtbot.waitSignal(page.wanted) as wanted:
        page.example.click()
    assert wanted.args == ["train"]
    start.assert_called_once_with(empty.run, session.example("emoji"))


def test_a_new_experiment_has_no_target_yet(qtbot: QtBot, empty: Models, page: StartPage) -> None:
    with qtbot.waitSignal(page.wanted) as wanted:
        page.new.click()
    assert wanted.args == ["source"]
    assert empty.experiment.is_open
    assert empty.experiment.problems("target") == ["No pictures are chosen yet."]


def test_a_file_with_a_mistake_is_told(page: StartPage, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("version = 1\nsourcee = 1\n", encoding="utf-8")
    page.open_file(str(file))
    told = page.findChildren(FailureDialog)
    assert len(told) == 1
    assert "mine.toml" in told[0].title.text()
    told[0].close()


def test_an_interrupted_run_is_told_with_its_epoch(empty: Models, page: StartPage) -> None:
    empty.runs.show(samples.records(6), {"0005": 7})
    QApplication.sendPostedEvents()
    told = [notice.text.text() for notice in page.findChildren(Notice) if notice.isVisibleTo(page)]
    assert told == ["Run “emoji” was interrupted at epoch 7."]


def test_the_notice_goes_when_the_run_is_not_interrupted_any_more(empty: Models, page: StartPage) -> None:
    empty.runs.show(samples.records(6))
    empty.runs.show(samples.records(5))
    QApplication.sendPostedEvents()
    assert [notice for notice in page.findChildren(Notice) if notice.isVisibleTo(page)] == []


@pytest.mark.parametrize(("text", "name"), [("Resume", "resume"), ("Keep best", "keep_best")])
def test_an_interrupted_run_can_be_gone_on_with(
    qtbot: QtBot, empty: Models, page: StartPage, monkeypatch: pytest.MonkeyPatch, text: str, name: str
) -> None:
    deed = create_autospec(getattr(RunModel, name))
    monkeypatch.setattr(RunModel, name, deed)
    empty.runs.show(samples.records(6))
    with qtbot.waitSignal(page.wanted) as wanted:
        button(page.findChildren(Notice)[0], text).click()
    assert wanted.args == ["train"]
    deed.assert_called_once_with(empty.run, Path("/runs/0005"))


def test_discarding_asks_first(empty: Models, page: StartPage, monkeypatch: pytest.MonkeyPatch) -> None:
    delete = create_autospec(RunsTable.delete)
    monkeypatch.setattr(RunsTable, "delete", delete)
    empty.runs.show(samples.records(6))
    button(page.findChildren(Notice)[0], "Discard").click()
    delete.assert_not_called()
    question = page.findChildren(QDialog)[0]
    next(each for each in question.findChildren(QPushButton) if each.text() == "Discard").click()
    delete.assert_called_once()


def test_while_a_run_goes_on_no_other_can_be_begun(empty: Models, page: StartPage) -> None:
    empty.runs.show(samples.records(6))
    empty.run.apply(samples.running())
    notice = page.findChildren(Notice)[0]
    assert not any(each.isEnabled() for each in (page.example, button(notice, "Resume"), button(notice, "Keep best")))
    assert page.example.toolTip() == "A run is going on. Stop it first."
    empty.run.apply(samples.finished()[-1:])
    assert page.example.isEnabled()


def test_while_a_run_goes_on_none_is_opened(empty: Models, page: StartPage, tmp_path: Path) -> None:
    (tmp_path / "run.json").touch()
    empty.run.apply(samples.running())
    page.open_file(str(tmp_path))
    told = page.findChildren(FailureDialog)
    assert [each.title.text() for each in told] == ["A run is going on."]
    told[0].close()
