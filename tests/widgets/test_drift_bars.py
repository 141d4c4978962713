import pytest
from pytestqt.qtbot import QtBot

from kt_gui.schema.events import BlockDrift
from kt_gui.widgets import theme
from kt_gui.widgets.drift_bars import DriftBars, is_unchanged, says, scale, share

FROZEN = BlockDrift(block="stem", squared=0.0, anchor_squared=40.0, frozen=True)
MOVED = BlockDrift(block="block 4", squared=4.4, anchor_squared=40.0, frozen=False)
LITTLE = BlockDrift(block="block 2", squared=0.0004, anchor_squared=40.0, frozen=False)
BROKEN = BlockDrift(block="head", squared=None, anchor_squared=40.0, frozen=False)
THAWED = BlockDrift(block="block 3", squared=2.0, anchor_squared=40.0, frozen=True)


def test_a_block_moved_by_its_share() -> None:
    assert share(MOVED) == pytest.approx(0.11)
    assert share(BROKEN) is None
    assert share(BlockDrift(block="new", squared=1.0, anchor_squared=0.0, frozen=False)) is None


def test_a_frozen_block_is_unchanged_only_where_it_is() -> None:
    assert is_unchanged(FROZEN)
    assert not is_unchanged(THAWED)
    assert [says(each) for each in (FROZEN, MOVED, LITTLE, BROKEN)] == ["unchanged", "0.110", "1e-05", "not finite"]


def test_the_scale_holds_all_that_moved_in_whole_decades() -> None:
    assert scale([FROZEN]) == pytest.approx((1e-3, 1))
    assert scale([MOVED]) == pytest.approx((1e-3, 1))
    assert scale([MOVED, LITTLE]) == pytest.approx((1e-5, 1))


def test_bars_are_drawn_and_read_aloud(qtbot: QtBot) -> None:
    bars = DriftBars()
    qtbot.addWidget(bars)
    bars.show_drifts([FROZEN, LITTLE, THAWED, MOVED, BROKEN])
    bars.resize(268, bars.height())
    picture = bars.grab().toImage()
    bar_of = {row: picture.pixelColor(80, 30 * row + 15).name() for row in range(5)}
    look = theme.current()
    assert bar_of[3] == look.accent.lower()
    assert bar_of[2] == look.faint.lower()
    assert bars.accessibleDescription().startswith("stem: unchanged; block 2: 1e-05")


def test_many_blocks_take_lower_rows(qtbot: QtBot) -> None:
    bars = DriftBars()
    qtbot.addWidget(bars)
    bars.show_drifts([MOVED] * 40)
    assert bars.height() == 40 * 22


@pytest.mark.parametrize("squared", [4.85e-4, 1.234e-11])
def test_a_long_number_is_not_cut(qtbot: QtBot, squared: float) -> None:
    bars = DriftBars()
    qtbot.addWidget(bars)
    bars.show_drifts([BlockDrift(block="stem", squared=squared, anchor_squared=1.0, frozen=False)])
    bars.resize(268, bars.height())
    picture = bars.grab().toImage()
    assert len({picture.pixelColor(267, line).name() for line in range(bars.height())}) == 1
