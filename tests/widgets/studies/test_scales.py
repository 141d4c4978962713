import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from kt_gui.widgets.studies.scales import round_range

NUMBERS = some.floats(min_value=-1e6, max_value=1e6, allow_nan=False).filter(
    lambda value: value == 0 or abs(value) > 1e-6
)


@settings(deadline=None, max_examples=200)
@given(NUMBERS, NUMBERS)
def test_a_range_holds_what_it_is_for_and_its_quarters_are_round(one: float, other: float) -> None:
    low, high = round_range(min(one, other), max(one, other))
    step = (high - low) / 4
    assert low <= min(one, other) + 1e-6 * step
    assert high >= max(one, other) - 1e-6 * step
    assert any(math.isclose(step / 10 ** math.floor(math.log10(step)), digit) for digit in (1, 2, 2.5, 5, 10))


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        (47, 86, 100, (20, 100)),
        (71, 79, 100, (70, 80)),
        (0.47, 0.66, math.inf, (0.4, 0.8)),
        (-5.7, 0, math.inf, (-6, 2)),
    ],
)
def test_ranges_people_see(low: float, high: float, most: float, expected: tuple[float, float]) -> None:
    assert round_range(low, high, most) == pytest.approx(expected)


def test_one_number_has_a_range_around_it() -> None:
    low, high = round_range(0.5, 0.5)
    assert low < 0.5 < high
