import msgspec
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kt_gui import samples
from kt_gui.bridge.models import Models
from kt_gui.pages.evaluate import EvaluatePage
from kt_gui.schema.events import RunEnded


def shown(qtbot: QtBot, models: Models) -> EvaluatePage:
    page = EvaluatePage(models)
    qtbot.addWidget(page)
    page.show()
    return page


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_verdict_is_a_sentence_with_its_interval(qtbot: QtBot, done: Models) -> None:
    page = shown(qtbot, done)
    assert (
        plain(page.sections.made["overview"].sentence.text())
        == "71.0 % of 207 test pictures are right (95 % interval 64.5–76.8)"
    )
    assert plain(page.sections.made["overview"].interval.accessibleDescription()) == "71.0 %, from 64.5 % to 76.8 %"
    assert plain(page.sections.made["overview"].source.text()) == "93.2 %"
    assert page.sections.made["overview"].best.text() == "14"


def test_a_source_without_data_has_no_accuracy(qtbot: QtBot, done: Models) -> None:
    page = shown(qtbot, done)
    last = samples.finished()[-1]
    assert isinstance(last, RunEnded)
    result = msgspec.structs.replace(last.result, source_accuracy=None, best_epoch=None)
    done.run.apply([msgspec.structs.replace(last, result=result)])
    assert "not known" in page.sections.made["overview"].source.text()
    assert page.sections.made["overview"].best.text() == "none"


def test_while_nothing_has_ended_one_button_leads_to_the_run(qtbot: QtBot, models: Models) -> None:
    page = shown(qtbot, models)
    assert page.empty.isVisible()
    with qtbot.waitSignal(page.wanted) as told:
        qtbot.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    assert told.args == ["train"]


def test_the_verdict_comes_when_the_run_ends(qtbot: QtBot, models: Models) -> None:
    page = shown(qtbot, models)
    models.run.apply(samples.finished()[-2:])
    assert page.sections.made["overview"].sentence.isVisible()
