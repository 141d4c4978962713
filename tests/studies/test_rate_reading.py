from collections.abc import Callable

import numpy as np
import pytest

from kt_gui.studies import rate_reading
from kt_gui.studies.rate_reading import read

RATES = np.geomspace(1e-6, 10, 100)


def descend(curvature: float, noise: float = 0.0, seed: int = 0) -> list[float]:
    """A range test of gradient descent on a quadratic of such a largest curvature, worked out here."""
    chance = np.random.default_rng(seed)
    bends, place = np.geomspace(0.01, 1, 20) * curvature, chance.standard_normal(20)
    losses: list[float] = []
    for rate in RATES:
        losses.append(float((bends * place**2).sum() / 2 + noise * chance.standard_normal()))
        if losses[-1] > 4 * abs(min(losses)) and losses[-1] > losses[0]:
            break
        place = place - rate * bends * place
    return losses


@pytest.mark.parametrize("curvature", [1.0, 10.0, 100.0])
def test_a_quadratic_gets_a_rate_well_below_what_is_stable(curvature: float) -> None:
    losses = descend(curvature)
    found = read(RATES[: len(losses)].tolist(), losses, has_run_away=len(losses) < len(RATES))
    assert found.suggestion is not None
    assert found.low is not None
    assert found.high is not None
    assert 0.01 * 2 / curvature < found.suggestion < 0.5 * 2 / curvature
    assert found.low < found.suggestion < found.high < 2 / curvature


def test_noise_moves_the_answer_little() -> None:
    found = []
    for seed in range(20):
        losses = descend(10.0, noise=1.0, seed=seed)
        found.append(read(RATES[: len(losses)].tolist(), losses, has_run_away=True).suggestion)
    known = [rate for rate in found if rate is not None]
    assert len(known) == 20
    assert max(known) < 5 * min(known)


@pytest.mark.parametrize(("has_run_away", "answer"), [(False, "flat"), (True, "rising")])
def test_noise_alone_gets_no_answer(has_run_away: bool, answer: str) -> None:
    chance = np.random.default_rng(0)
    curves = [2.3 + 0.3 * chance.standard_normal(len(RATES)) for _ in range(200)]
    answers = [read(RATES.tolist(), curve.tolist(), has_run_away=has_run_away).answer for curve in curves]
    assert answers.count(answer) >= 190


def test_a_loss_that_only_grows_gets_no_answer() -> None:
    losses = [0.01 + max(0.0, rate - 1e-3) * 50 for rate in RATES]
    found = read(RATES.tolist(), losses, has_run_away=True)
    assert (found.answer, found.suggestion, found.low, found.high) == ("rising", None, None, None)


def test_a_loss_that_falls_to_the_end_is_open_above() -> None:
    losses = [1 / (1 + rate) for rate in RATES]
    found = read(RATES.tolist(), losses, has_run_away=False)
    assert (found.answer, found.suggestion) == ("open", 1.0)


@pytest.mark.parametrize("count", [0, 1, 2, 19])
def test_a_curve_too_short_to_read_is_no_mistake(count: int) -> None:
    found = read(RATES[:count].tolist(), [1.0] * count, has_run_away=True)
    assert (found.answer, len(found.smooth)) == ("rising", count)


@pytest.mark.parametrize("of", [lambda x: 3 - 2 * x, lambda x: 0.5 + 0 * x])
def test_straight_lines_are_left_as_they_are(of: Callable[[np.ndarray], np.ndarray]) -> None:
    across = np.linspace(0, 1, 100)
    smooth = rate_reading.smooth((10**across).tolist(), of(across).tolist())
    assert np.allclose(smooth, of(across))


def test_what_runs_away_does_not_hide_what_was_before() -> None:
    losses = descend(10.0)
    longer = [*losses, 1e30]
    plain, blown = (read(RATES[: len(each)].tolist(), each, has_run_away=True).suggestion for each in (losses, longer))
    assert blown == pytest.approx(plain, rel=0.2)
