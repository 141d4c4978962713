import numpy as np
import pytest
import torch

from kt_gui.engine.calibration import COLDEST, HOTTEST, calibrate, fit_temperature
from kt_gui.engine.scoring import Labels, Logits, score


def honest(pictures: int, classes: int, seed: int) -> tuple[Labels, Logits]:
    """Labels that are drawn as the logits say: their temperature is 1 but for chance."""
    chance = np.random.default_rng(seed)
    logits = chance.normal(scale=2, size=(pictures, classes))
    shares = torch.tensor(logits).softmax(1).numpy()
    labels = np.array([chance.choice(classes, p=row) for row in shares])
    return labels, logits.astype(np.float32)


@pytest.mark.parametrize("wrong_by", [0.25, 1.0, 3.0])
def test_the_temperature_undoes_what_the_logits_were_multiplied_by(wrong_by: float) -> None:
    labels, logits = honest(4000, 5, seed=0)
    assert fit_temperature(labels, logits * np.float32(wrong_by)) == pytest.approx(wrong_by, rel=0.05)


def test_the_temperature_is_where_the_loss_has_no_slope() -> None:
    """The slope is autograd's, with respect to log T."""
    labels, logits = honest(500, 4, seed=1)
    exponent = torch.tensor(np.log(fit_temperature(labels, logits * 2)), requires_grad=True)
    scaled = torch.tensor(logits * 2).double() / exponent.exp()
    torch.nn.functional.cross_entropy(scaled, torch.tensor(labels)).backward()
    assert exponent.grad is not None
    assert abs(float(exponent.grad)) < 1e-6


def test_other_pictures_are_judged_by_logits_that_are_divided() -> None:
    labels, logits = honest(300, 6, seed=2)
    found, expected = calibrate(3.0, 40, labels, logits), score(labels, logits / np.float32(3), tuple("abcdef"))
    assert (found.nll, found.ece) == pytest.approx((expected.nll, expected.ece), abs=1e-6)
    assert (found.temperature, found.pictures) == (3.0, 40)


def test_without_a_mistake_it_stays_within_bounds() -> None:
    labels = np.arange(6) % 3
    assert fit_temperature(labels, np.eye(3, dtype=np.float32)[labels]) == pytest.approx(COLDEST, rel=1e-3)


def test_with_nothing_learnt_it_stays_within_bounds() -> None:
    labels = np.arange(6) % 3
    wrong = np.eye(3, dtype=np.float32)[(labels + 1) % 3]
    assert fit_temperature(labels, wrong) == pytest.approx(HOTTEST, rel=1e-3)


def test_where_the_temperature_changes_nothing_it_is_one() -> None:
    assert fit_temperature(np.zeros(3, np.int64), np.zeros((3, 2), np.float32)) == 1.0
