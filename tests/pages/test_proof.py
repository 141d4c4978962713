import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from kt_gui import samples
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models
from kt_gui.pages.evaluate import EvaluatePage
from kt_gui.samples import proof as samples_proof
from kt_gui.schema.proofs import Verified
from kt_gui.widgets.evaluation.proof import Proof
from kt_gui.widgets.parts import Elided


@pytest.fixture
def page(qtbot: QtBot, done: Models) -> EvaluatePage:
    page = EvaluatePage(done)
    qtbot.addWidget(page)
    page.resize(1080, 688)
    page.show()
    page.sections.go("proof")
    return page


@pytest.fixture
def section(page: EvaluatePage) -> Proof:
    made = page.sections.made["proof"]
    assert isinstance(made, Proof)
    return made


def texts(section: Proof) -> list[str]:
    """What can be read, once layouts have shown what was put into them."""
    QApplication.sendPostedEvents()
    return [each.text() for each in section.findChildren(QLabel) if each.isVisible()]


def test_nothing_is_claimed_before_it_is_known(section: Proof) -> None:
    assert not section.badge.isVisible()
    assert not section.passport.isVisible()
    assert section.reproduction.button.isEnabled()


def test_the_badge_says_that_frozen_blocks_are_unchanged(section: Proof, done: Models) -> None:
    done.proof.apply(list(samples_proof.FOUND))
    assert section.badge.words.text() == "Frozen blocks verified unchanged"
    assert section.badge.words.property("tone") == ""
    assert {"stem", "block1", "6 tensors"} <= set(texts(section))


def test_it_turns_red_where_they_are_not(section: Proof, done: Models) -> None:
    done.proof.apply(list(samples_proof.BROKEN))
    assert section.badge.words.text() == "Frozen blocks have changed"
    assert section.badge.words.property("tone") == "bad"
    assert any("≠" in text for text in texts(section))


@pytest.mark.parametrize(
    ("outcome", "said"),
    [("nothing_frozen", "Nothing was frozen"), ("no_source", "no source"), ("not_transferred", "before the transfer")],
)
def test_where_there_is_nothing_to_prove_it_says_why(section: Proof, done: Models, outcome: str, said: str) -> None:
    done.proof.apply([Verified(run="", outcome=outcome)])  # type: ignore[arg-type]
    assert said in section.badge.words.text()


def test_the_passport_can_be_copied_with_whole_hashes(qtbot: QtBot, section: Proof, done: Models) -> None:
    done.proof.apply(list(samples_proof.FOUND))
    qtbot.mouseClick(section.passport.copy, Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text()
    assert section.passport.copy.text() == "Copied"
    assert f"Program code: {samples_proof.PASSPORT.code}" in copied
    assert "Pretraining: cpu, fp32, channels last, 8 threads" in copied
    shown = [each for each in section.findChildren(Elided) if each.toolTip() == samples_proof.PASSPORT.code]
    assert len(shown) == 1
    assert len(shown[0].text()) < 16


def test_what_came_out_again_is_said(section: Proof, done: Models) -> None:
    done.proof.apply(list(samples_proof.FOUND))
    assert section.reproduction.verdict.text().startswith("It came out the same, bit for bit: 24 epochs")
    done.proof.apply([samples_proof.APART])
    assert "test accuracy by 0.47 points" in section.reproduction.verdict.text()
    assert "torch: then 2.13.0, now 2.14.1" in section.reproduction.details.text()


def test_a_run_that_did_not_come_out_again_yet_is_not_offered_again(section: Proof, done: Models) -> None:
    done.proof.apply(list(samples_proof.FOUND))
    assert section.reproduction.button.text() == "Reproduce again"
    done.viewing.changed.emit()
    done.proof.reproduced = None
    done.proof.changed.emit()
    assert section.reproduction.button.text() == "Reproduce"


def test_one_button_asks_for_it(qtbot: QtBot, section: Proof) -> None:
    with qtbot.waitSignal(section.reproduction.wanted):
        qtbot.mouseClick(section.reproduction.button, Qt.MouseButton.LeftButton)


def test_while_a_run_goes_on_the_button_says_why_not(section: Proof, done: Models) -> None:
    done.run.state = "running"
    done.run.changed.emit()
    assert not section.reproduction.button.isEnabled()
    assert section.reproduction.reason.text() == "A run is going on."


def test_why_it_could_not_be_verified_is_said_with_a_way_on(section: Proof, done: Models) -> None:
    done.proof.fail(Failure("user", "The checkpoint is damaged.", "Put it back.", ""))
    assert {"The checkpoint is damaged.", "Put it back."} <= set(texts(section))
    done.proof.watch(is_watching=False)


def test_nothing_is_clipped_in_any_language(qtbot: QtBot, language: str, done: Models) -> None:
    page = EvaluatePage(done)
    qtbot.addWidget(page)
    page.resize(1080, 688)
    page.show()
    page.sections.go("proof")
    done.proof.apply(list(samples_proof.BROKEN))
    clipped = [
        each.text()
        for each in page.findChildren(QLabel)
        if each.isVisible()
        and not isinstance(each, Elided)
        and not each.wordWrap()
        and each.pixmap().isNull()
        and each.width() < each.fontMetrics().horizontalAdvance(each.text())
    ]
    assert clipped == []


def test_another_run_leaves_nothing_of_the_last(section: Proof, done: Models) -> None:
    done.proof.apply(list(samples_proof.FOUND))
    done.run.apply(samples.running(3))
    done.viewing.follow()
    assert done.proof.passport is None
