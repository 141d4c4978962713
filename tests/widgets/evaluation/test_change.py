"""What changed, on the page: bars in line, the sentence, the curve, and every state."""

from dataclasses import replace

import msgspec
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models
from kt_gui.samples import changes as samples_changes
from kt_gui.schema.changes import BlockChange, Recalled
from kt_gui.schema.events import Noticed, Progressed
from kt_gui.schema.texts import Message
from kt_gui.widgets.evaluation.answer import Answer
from kt_gui.widgets.evaluation.change import Blocks, Change, function_bar, sentence, title

FAILURE = Failure("user", "The pictures have gone.", "Put them back.", "")


def shown(qtbot: QtBot, models: Models) -> Change:
    section = Change(models)
    qtbot.addWidget(section)
    section.resize(1032, 552)
    section.show()
    return section


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def block(similarity: float | None, *, frozen: bool = False) -> BlockChange:
    return BlockChange(block="stem", frozen=frozen, distance=1.0, relative=0.1, similarity=similarity)


def recalled(correct: int, epoch: int | None) -> Recalled:
    return Recalled(
        checkpoint="source" if epoch is None else epoch,
        epoch=epoch,
        correct=correct,
        total=200,
        accuracy=correct / 200,
        low=0.0,
        high=1.0,
    )


def test_both_charts_say_each_block(qtbot: QtBot, models: Models) -> None:
    section = shown(qtbot, models)
    weights, function = section.blocks.weights, section.blocks.function
    assert weights.accessibleDescription().startswith("stem: unchanged; block1: unchanged; block2: 0.001")
    assert function.accessibleDescription().endswith("block3: 0.119; block4: 0.307")
    assert weights.height() == function.height()
    assert weights.y() == function.y()


def test_a_block_that_computes_something_else_is_not_locked_though_it_is_frozen() -> None:
    assert function_bar(block(1.0, frozen=True)).is_locked
    assert not function_bar(block(0.8, frozen=True)).is_locked
    assert function_bar(block(0.8)).length == pytest.approx(0.2)
    assert (function_bar(block(-0.1)).length, function_bar(block(-0.1)).text) == (1.0, "1.100")
    assert function_bar(block(None)).text == "–"


@pytest.mark.parametrize(
    ("now", "says"),
    [
        (None, "Before the transfer, 90.0 % of the source's test pictures were right."),
        (recalled(180, None), "The source itself gets 90.0 % of its test pictures right."),
        (recalled(140, 3), "It still gets 70.0 % of the source's test pictures right; before it was 90.0 %."),
        (
            recalled(180, 3),
            "Nothing of the source is forgotten: 90.0 % of its test pictures are right; before it was 90.0 %.",
        ),
    ],
)
def test_the_sentence_says_what_is_still_known(now: Recalled | None, says: str) -> None:
    assert plain(sentence(recalled(180, None), now)) == says


def test_the_sentence_follows_the_checkpoint_in_view(qtbot: QtBot, models: Models) -> None:
    section = shown(qtbot, models)
    assert plain(section.forgetting.sentence.text()).startswith("It still gets 79.2 %")
    models.viewing.choose("source")
    assert plain(section.forgetting.sentence.text()) == "The source itself gets 93.2 % of its test pictures right."


def test_the_curve_is_read_aloud(qtbot: QtBot, models: Models) -> None:
    section = shown(qtbot, models)
    said = plain(section.forgetting.chart.accessibleDescription())
    assert said.startswith("source: 93.2 %, from 88.2 % to 97.2 %; epoch 2: ")
    assert said.count("epoch") == 12


def test_the_card_says_whose_changes_these_are() -> None:
    changed = samples_changes.changed()
    assert title(None) == "What changed in each block"
    assert title(changed) == "What changed in each block by epoch 14 (best)"
    assert title(msgspec.structs.replace(changed, epoch=None)).endswith("this is the source")


def test_without_pictures_the_note_says_so(qtbot: QtBot) -> None:
    blocks = Blocks()
    qtbot.addWidget(blocks)
    blocks.show_changes(msgspec.structs.replace(samples_changes.changed(), pictures=0))
    assert "could not be compared" in blocks.note.text()


def test_a_failure_is_told_with_what_to_do_and_can_be_tried_again(qtbot: QtBot, models: Models) -> None:
    section = shown(qtbot, models)
    models.changes.fail("forgetting", FAILURE)
    answer = section.answer("forgetting")
    assert answer.notice.isVisible()
    assert (answer.notice.text.text(), answer.notice.remedy.text()) == (FAILURE.message, FAILURE.remedy)
    assert not answer.full.isVisible()
    with qtbot.waitSignal(answer.again):
        qtbot.mouseClick(answer.retry, Qt.MouseButton.LeftButton)


def test_where_no_second_try_would_help_none_is_offered(qtbot: QtBot, models: Models) -> None:
    section = shown(qtbot, models)
    models.changes.fail("forgetting", replace(FAILURE, is_lasting=True))
    answer = section.answer("forgetting")
    assert answer.notice.isVisible()
    assert not answer.retry.isVisible()
    assert not answer.begin.isVisible()
    models.changes.fail("forgetting", FAILURE)
    assert answer.retry.isVisible()


def test_a_card_shows_every_state(qtbot: QtBot) -> None:
    answer = Answer("What changed", Blocks())
    qtbot.addWidget(answer)
    answer.show()

    def seen() -> tuple[bool, ...]:
        parts = (answer.begin, answer.progress, answer.full, answer.notice)
        return tuple(part.isVisible() for part in parts)

    at_work = Progressed(activity="testing", done=1, total=2)
    notice = Noticed(level="warning", message=Message("Only the weights are compared."))
    answer.show_state(is_busy=False, is_known=False, progress=None, failure=None)
    assert seen() == (True, False, False, False)
    answer.show_state(is_busy=True, is_known=False, progress=at_work, failure=None)
    assert seen() == (False, True, False, False)
    with qtbot.waitSignal(answer.cancelled):
        qtbot.mouseClick(answer.progress.cancel, Qt.MouseButton.LeftButton)
    answer.show_state(is_busy=True, is_known=True, progress=at_work, failure=None)
    assert seen() == (False, True, True, False)
    answer.show_state(is_busy=False, is_known=True, progress=None, failure=None, notice=notice)
    assert seen() == (False, False, True, True)
    answer.show_state(is_busy=False, is_known=False, progress=None, failure=FAILURE)
    assert seen() == (False, False, False, True)


def test_nothing_is_asked_while_nobody_looks(qtbot: QtBot, models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(models.changes, "look", lambda: asked.append("looked"))
    section = Change(models)
    qtbot.addWidget(section)
    models.viewing.choose(3)
    assert asked == []
    section.show()
    assert asked == ["looked"]
    models.viewing.choose(5)
    assert asked == ["looked", "looked"]
