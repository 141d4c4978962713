import pytest
from pytestqt.qtbot import QtBot

from kt_gui.widgets import theme
from kt_gui.widgets.shares import Shares, penalty_share


def test_the_penalty_has_its_share_of_the_loss() -> None:
    assert penalty_share(0.9, 0.1) == pytest.approx(0.1)
    assert penalty_share(0.9, 0.0) == 0
    assert penalty_share(None, 0.1) is None
    assert penalty_share(0.0, 0.0) is None


def test_both_parts_are_drawn_and_read_aloud(qtbot: QtBot) -> None:
    shares = Shares()
    qtbot.addWidget(shares)
    shares.resize(100, shares.height())
    shares.show_loss(0.6, 0.4)
    picture, look = shares.grab().toImage(), theme.current()
    assert picture.pixelColor(50, 6).name() == look.accent.lower()
    assert picture.pixelColor(70, 6).name() == look.validation.lower()
    assert shares.accessibleDescription() == "cross-entropy 60 % · λ‖θ′−θ‖² 40 %"


def test_nothing_is_claimed_before_anything_is_known(qtbot: QtBot) -> None:
    shares = Shares()
    qtbot.addWidget(shares)
    shares.show_loss(None, 0.0)
    assert shares.share is None
    assert "%" not in shares.says()
