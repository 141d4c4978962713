import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from kt_gui.schema.choices import (
    BatchNormOnly,
    BiasOnly,
    Everything,
    Features,
    Freezing,
    FromBlock,
    Gradual,
    HeadFirst,
    LastBlocks,
    OnlyBlock,
)
from kt_gui.schema.events import BlockDescribed
from kt_gui.widgets.ladder import Ladder, choices_of

BLOCKS = (
    BlockDescribed("stem", 400, 32, 16, True),
    BlockDescribed("block 1", 4600, 64, 32, True),
    BlockDescribed("block 2", 18_000, 0, 64, False),
    BlockDescribed("head", 900, 0, 14, False),
)


@pytest.fixture
def ladder(qtbot: QtBot) -> Ladder:
    made = Ladder()
    qtbot.addWidget(made)
    made.resize(560, 500)
    made.show_network(BLOCKS, FromBlock(block="block 1"), "train")
    made.show()
    return made


def edits(ladder: Ladder) -> list[Freezing]:
    """What the ladder asked for; it is shown back, as the page does."""
    made: list[Freezing] = []
    ladder.edited.connect(made.append)
    ladder.edited.connect(lambda choice: ladder.show_network(BLOCKS, choice, "train"))
    return made


def test_the_sentence_and_the_chip_say_what_moves(ladder: Ladder) -> None:
    assert ladder.chip.text() == "from block 1"
    assert ladder.moving.text().replace("\N{NO-BREAK SPACE}", " ") == "24 k of 24 k parameters will move"
    ladder.show_network(BLOCKS, Features(), "train")
    assert ladder.moving.text().startswith("900 of")


def test_the_handle_is_dragged_with_the_mouse(qtbot: QtBot, ladder: Ladder) -> None:
    made, rungs = edits(ladder), ladder.rungs
    qtbot.mousePress(rungs, Qt.MouseButton.LeftButton, pos=rungs.handle_rect().center())
    qtbot.mouseMove(rungs, QPoint(100, rungs.row_rect(3).top()))
    qtbot.mouseRelease(rungs, Qt.MouseButton.LeftButton, pos=QPoint(100, rungs.row_rect(3).top()))
    assert made[-1] == Features()
    qtbot.mousePress(rungs, Qt.MouseButton.LeftButton, pos=rungs.handle_rect().center())
    qtbot.mouseMove(rungs, QPoint(100, 0))
    assert made[-1] == Everything()


def test_a_click_on_a_row_lets_it_learn_and_all_after_it(qtbot: QtBot, ladder: Ladder) -> None:
    made = edits(ladder)
    qtbot.mouseClick(ladder.rungs, Qt.MouseButton.LeftButton, pos=ladder.rungs.row_rect(2).center())
    assert made == [FromBlock(block="block 2")]


def test_the_handle_moves_by_keyboard(qtbot: QtBot, ladder: Ladder) -> None:
    made = edits(ladder)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Up):
        qtbot.keyClick(ladder.rungs, key)
    assert made == [
        FromBlock(block="block 2"),
        Features(),
        Everything(),
        Features(),
        FromBlock(block="block 2"),
    ]


def test_one_chosen_block_moves_by_keyboard_but_never_becomes_the_head(qtbot: QtBot, ladder: Ladder) -> None:
    ladder.show_network(BLOCKS, OnlyBlock(block="block 1"), "train")
    made = edits(ladder)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up):
        qtbot.keyClick(ladder.rungs, key)
    assert made == [OnlyBlock(block="block 2"), OnlyBlock(block="block 1")]


@pytest.mark.parametrize(
    ("kind", "choice"),
    [
        (Features, Features()),
        (LastBlocks, LastBlocks(blocks=1)),
        (HeadFirst, HeadFirst()),
        (Gradual, Gradual()),
        (Everything, Everything()),
    ],
)
def test_a_preset_is_one_click(qtbot: QtBot, ladder: Ladder, kind: type, choice: Freezing) -> None:
    made = edits(ladder)
    qtbot.mouseClick(ladder.presets[kind], Qt.MouseButton.LeftButton)
    assert made == [choice]
    assert [each.isChecked() for each in ladder.presets.values()].count(True) == 1
    assert ladder.presets[kind].isChecked()


def test_the_menu_offers_the_rest(ladder: Ladder) -> None:
    ladder.menu.aboutToShow.emit()
    entries = choices_of(ladder.menu)
    assert entries == [
        "stem",
        "block 1",
        "block 2",
        "last block",
        "last 2 blocks",
        "last 3 blocks",
        "Batch norm only",
        "Biases only",
    ]
    made = edits(ladder)
    next(action for action in ladder.menu.actions() if action.text() == "Biases only").trigger()
    assert made == [BiasOnly()]


def test_stages_ask_for_their_epochs(qtbot: QtBot, ladder: Ladder) -> None:
    ladder.show_network(BLOCKS, HeadFirst(head_epochs=3), "train")
    made = edits(ladder)
    assert ladder.epochs.isVisible()
    qtbot.keyClick(ladder.epochs, Qt.Key.Key_Up)
    assert made == [HeadFirst(head_epochs=4)]
    ladder.show_network(BLOCKS, Everything(), "train")
    assert not ladder.epochs.isVisible()


def test_each_row_says_what_happens_to_it(ladder: Ladder) -> None:
    def says(choice: Freezing, batch_norm: str = "train") -> list[str]:
        ladder.show_network(BLOCKS, choice, batch_norm)
        return [ladder.rungs.describe_row(row) for row in range(4)]

    assert says(FromBlock(block="block 1")) == [
        "batch norm frozen",
        "batch norm follows the new data",
        "",
        "always learns",
    ]
    assert says(Everything(), "eval")[0] == "batch norm keeps the source's statistics"
    assert says(Gradual()) == [f"learns from epoch {epoch} on" for epoch in (4, 3, 2)] + ["always learns"]
    assert says(BatchNormOnly()) == [
        "32 scales and shifts",
        "64 scales and shifts",
        "0 scales and shifts",
        "always learns",
    ]
    assert says(BiasOnly())[:2] == ["16 biases", "32 biases"]


def test_a_block_that_is_not_there_is_said(ladder: Ladder) -> None:
    ladder.show_network(BLOCKS, FromBlock(block="layer9"), "train")
    assert "layer9" in ladder.wrong.text()
    assert "stem, block 1, block 2, head" in ladder.wrong.text()
    assert not ladder.rungs.isVisible()


def test_forty_blocks_scroll_and_the_handle_stays_in_view(qtbot: QtBot, ladder: Ladder) -> None:
    many = (*(BlockDescribed(f"block {row}", 1000, 0, 0, False) for row in range(39)), BLOCKS[-1])
    ladder.show_network(many, Everything(), "train")
    qtbot.keyClick(ladder.rungs, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: ladder.area.verticalScrollBar().value() > 0)
    visible = ladder.area.viewport().rect().translated(0, ladder.area.verticalScrollBar().value())
    assert visible.intersects(ladder.rungs.handle_rect())


def test_everything_has_a_name_and_is_reached_by_keyboard(ladder: Ladder) -> None:
    assert ladder.rungs.accessibleName()
    assert "stem: frozen" in ladder.rungs.accessibleDescription()
    for each in (*ladder.findChildren(QPushButton), ladder.rungs):
        assert each.focusPolicy() & Qt.FocusPolicy.TabFocus
