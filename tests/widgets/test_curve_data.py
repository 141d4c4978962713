import math

import msgspec
import numpy as np
import pytest

from kt_gui import samples
from kt_gui.bridge.phase_curves import PhaseCurves
from kt_gui.schema.events import EpochEnded, PhaseStarted, StepEnded
from kt_gui.widgets.curve_data import (
    Points,
    Stamp,
    epoch_ticks,
    last_position,
    limits,
    log_ticks,
    round_log_range,
    round_up,
    smooth,
)


def phases() -> list[PhaseCurves]:
    """Pretraining of 16 epochs, then 17 epochs of fine-tuning."""
    made: list[PhaseCurves] = []
    for event in samples.running(17):
        match event:
            case PhaseStarted():
                made.append(PhaseCurves(event, offset=float(len(made[-1].epochs)) if made else 0.0))
            case StepEnded():
                made[-1].add_step(event)
            case EpochEnded():
                made[-1].add_epoch(event)
            case _:
                pass
    return made


def test_fine_tuning_stands_where_pretraining_ended() -> None:
    source, target = phases()
    points = Points()
    points.take(source)
    assert points.ends[-1] == 16
    points = Points()
    points.take(target)
    assert points.ends[0] == 17
    assert 16 < points.positions[0] < 17


def test_the_time_line_leaves_room_for_what_is_planned_only_while_a_run_goes_on() -> None:
    both = phases()
    assert last_position(both, is_live=True) == 16 + 24
    assert last_position(both, is_live=False) == 16 + 17
    assert last_position([], is_live=True) == 1


def test_points_grow_with_the_phase_and_keep_their_version() -> None:
    phase, points = phases()[1], Points()
    whole = len(phase.positions)
    del phase.positions[10:], phase.losses[10:], phase.accuracies[10:]
    points.take(phase)
    version = points.version
    phase.positions.append(0.9)
    phase.losses.append(math.nan)
    phase.accuracies.append(0.5)
    points.take(phase)
    assert whole > 11
    assert len(points.positions) == 11
    assert points.version == version
    assert points.values("accuracy")[-1] == 0.5
    assert points.loss_ends.tolist() == [min(phase.losses[:10]), max(phase.losses[:10])]


def test_points_start_anew_when_a_resume_took_some_away() -> None:
    phase, points = phases()[1], Points()
    points.take(phase)
    version = points.version
    del phase.positions[50:], phase.losses[50:], phase.accuracies[50:]
    points.take(phase)
    assert len(points.positions) == 50
    assert points.version != version


def test_lines_grow_with_the_epochs_and_start_anew_when_a_resume_took_some_away() -> None:
    phase, points = phases()[1], Points()
    kept = phase.epochs[10:]
    del phase.epochs[10:]
    points.take(phase)
    phase.epochs += kept
    points.take(phase)
    assert points.line("accuracy", "validation").tolist() == [each.validation_accuracy for each in phase.epochs]
    again = msgspec.structs.replace(phase.epochs[4], validation_accuracy=0.125)
    phase.epochs[4:] = [again]
    points.take(phase)
    assert points.line("accuracy", "validation")[-1] == 0.125
    assert len(points.ends) == 5


def test_a_loss_that_is_not_finite_is_a_gap() -> None:
    phase = phases()[0]
    event = phase.epochs[0]
    phase.epochs[0] = EpochEnded(
        **{field: getattr(event, field) for field in event.__struct_fields__} | {"train_loss": None}
    )
    points = Points()
    points.take(phase)
    values = points.line("loss", "train")
    assert math.isnan(values[0])
    assert np.isfinite(values[1:]).all()


def test_smoothing_averages_without_a_bias_at_the_start() -> None:
    assert smooth(np.array([2.0, 2.0, 2.0]), 0.9).tolist() == pytest.approx([2, 2, 2])
    assert smooth(np.array([0.0, 1.0]), 0.5).tolist() == pytest.approx([0, 2 / 3])
    kept = smooth(np.array([1.0, math.nan, 3.0]), 0.5)
    assert math.isnan(kept[1])
    assert kept[2] == pytest.approx((0.25 * 1 + 0.5 * 3) / 0.75)


def test_outliers_can_be_ignored() -> None:
    values = np.concatenate([np.full(200, 0.5), [1000.0]])
    assert limits([values], is_log=False, ignore_outliers=False) == (0.0, 1000.0)
    assert limits([values], is_log=False, ignore_outliers=True)[1] < 1


def test_ranges_end_on_round_numbers() -> None:
    assert round_log_range(0.24, 3.1) == (0.2, 5.0)
    assert round_log_range(1.0, 1.0) == (1.0, 2.0)
    assert round_up(2.7) == 3
    assert round_up(0) == 1
    assert limits([], is_log=True, ignore_outliers=False) == (0.1, 1.0)


def test_ticks_are_round_and_few() -> None:
    assert log_ticks(0.2, 5.0) == pytest.approx([0.2, 0.5, 1, 2, 5])
    assert len(log_ticks(1e-6, 10.0)) <= 7
    assert epoch_ticks(0, 40, 6) == [0, 8, 16, 24, 32, 40]
    assert epoch_ticks(0, 3, 6) == [0, 1, 2, 3]
    assert len(epoch_ticks(0, 100_000, 6)) <= 7


def test_dots_cover_round_places_and_stay_inside() -> None:
    stamp = Stamp(9, 9)
    stamp.add(np.array([4.0, -3.0, math.nan, 100.0]), np.array([4.0, 4.0, 4.0, 4.0]), radius=1.25)
    assert stamp.mask[4, 4] == 255
    assert stamp.mask[4, 5] == stamp.mask[3, 4] > stamp.mask[3, 3] > 0
    assert stamp.mask[4, 0] == 0


def test_new_dots_leave_the_old_ones() -> None:
    stamp = Stamp(20, 20)
    stamp.add(np.array([3.0]), np.array([3.0]), radius=1.0)
    stamp.add(np.array([15.0]), np.array([15.0]), radius=1.0)
    assert stamp.mask[3, 3] == stamp.mask[15, 15] == 255
