"""From what a network answers to how likely it takes each class to be.

It imports numpy, and is imported inside functions.
"""

import numpy as np
from numpy.typing import NDArray

Shares = NDArray[np.float64]


def log_probabilities(logits: NDArray[np.float32], temperature: float = 1.0) -> Shares:
    """Give the log-softmax of each row, [n, classes], in double precision; logits are divided by the temperature."""
    scaled = logits.astype(np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    whole: Shares = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
    return whole


def confidences(logits: NDArray[np.float32], temperature: float = 1.0) -> Shares:
    """Give the probability of the most probable class of each row: [n]."""
    sure: Shares = np.exp(log_probabilities(logits, temperature).max(axis=1))
    return sure
