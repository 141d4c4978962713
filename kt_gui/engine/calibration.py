"""Temperature scaling: one number, fitted on validation pictures, that makes confidence mean what it says.

Source: Guo, Pleiss, Sun, Weinberger 2017, "On Calibration of Modern Neural Networks", arXiv:1706.04599. The logits are
divided by T > 0, which minimises the mean −log of the true class's probability. No prediction changes.
"""

import math

import numpy as np
from scipy.optimize import minimize_scalar

from kt_gui.engine.scoring import Labels, Logits, believed, calibration_error, reliability
from kt_gui.schema.evaluations import Calibration

COLDEST, HOTTEST = 0.05, 20.0
"""Bounds of T: without a mistake among the validation pictures it would go to 0, with nothing learnt to infinity."""


def fit_temperature(labels: Labels, logits: Logits) -> float:
    """Find the T of these pictures, in double precision. The loss has one minimum along log T."""

    def loss(exponent: float) -> float:
        return float(believed(labels, logits, math.exp(exponent))[1].mean())

    bounds = (math.log(COLDEST), math.log(HOTTEST))
    found = minimize_scalar(  # type: ignore[no-untyped-call]
        loss, bounds=bounds, method="bounded", options={"xatol": 1e-6}
    )
    return math.exp(found.x) if found.fun < loss(0.0) else 1.0


def calibrate(temperature: float, pictures: int, labels: Labels, logits: Logits) -> Calibration:
    """Say what judged pictures look like at this temperature, which was fitted on so many others."""
    confidence, surprise = believed(labels, logits, temperature)
    bins = reliability(confidence, np.equal(logits.argmax(1), labels))
    return Calibration(
        temperature=temperature,
        pictures=pictures,
        nll=float(surprise.mean()),
        ece=calibration_error(bins),
        bins=bins,
    )
