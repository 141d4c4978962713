from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from kt_gui.schema.evaluations import Bin
from kt_gui.widgets.evaluation.reliability import NONE, Reliability, say

BINS = (
    Bin(low=0.0, high=0.25, count=0, confidence=None, accuracy=None),
    Bin(low=0.25, high=0.5, count=4, confidence=0.4, accuracy=0.25),
    Bin(low=0.5, high=0.75, count=0, confidence=None, accuracy=None),
    Bin(low=0.75, high=1.0, count=6, confidence=0.9, accuracy=1.0),
)


def shown(qtbot: QtBot) -> Reliability:
    diagram = Reliability()
    qtbot.addWidget(diagram)
    diagram.resize(400, 300)
    diagram.show_bins(BINS)
    with qtbot.waitExposed(diagram):
        diagram.show()
    return diagram


def over(diagram: Reliability, place: int) -> QPointF:
    ground = diagram._ground()
    return QPointF(ground.left() + (place + 0.5) * ground.width() / len(BINS), ground.center().y())


def test_a_bin_is_said_in_words() -> None:
    assert say(BINS[1]).replace("\xa0", " ") == (
        "confidence 25 % to 50 %: 4 pictures, 25.0 % are right, 40.0 % were expected"
    )
    assert say(BINS[0]).replace("\xa0", " ") == "confidence 0 % to 25 %: 0 pictures"


def test_it_reads_its_full_bins_aloud(qtbot: QtBot) -> None:
    assert shown(qtbot).accessibleDescription() == f"{say(BINS[1])}; {say(BINS[3])}"


def test_arrow_keys_walk_over_empty_bins_and_return_opens(qtbot: QtBot) -> None:
    diagram = shown(qtbot)
    for _ in range(3):
        qtbot.keyClick(diagram, Qt.Key.Key_Right)
    assert diagram.at == BINS[3]
    qtbot.keyClick(diagram, Qt.Key.Key_Left)
    with qtbot.waitSignal(diagram.opened) as caught:
        qtbot.keyClick(diagram, Qt.Key.Key_Return)
    assert caught.args == [BINS[1]]


def test_a_click_opens_a_bin_and_an_empty_one_does_nothing(qtbot: QtBot) -> None:
    diagram = shown(qtbot)
    with qtbot.assertNotEmitted(diagram.opened):
        qtbot.mouseClick(diagram, Qt.MouseButton.LeftButton, pos=over(diagram, 2).toPoint())
    with qtbot.waitSignal(diagram.opened) as caught:
        qtbot.mouseClick(diagram, Qt.MouseButton.LeftButton, pos=over(diagram, 3).toPoint())
    assert caught.args == [BINS[3]]


def test_beside_the_bars_there_is_no_bin(qtbot: QtBot) -> None:
    diagram = shown(qtbot)
    assert diagram.bin_at(QPointF(2, 100)) == NONE
    assert diagram.bin_at(over(diagram, 0)) == 0


def test_without_bins_it_is_drawn_all_the_same(qtbot: QtBot) -> None:
    diagram = shown(qtbot)
    diagram.show_bins(())
    assert diagram.at is None
    assert not diagram.grab().isNull()
