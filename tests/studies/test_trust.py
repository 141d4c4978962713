"""Whether scores have foretold outcomes."""

import numpy as np
import pytest
from scipy.stats import weightedtau

from kt_gui.schema.experiment import Zoo
from kt_gui.schema.rankings import Outcome, Scores, Standing
from kt_gui.studies.trust import in_order, trust, weighted_tau


def standing(probe: float, accuracy: float | None, leep: float | None = None) -> Standing:
    plain = {"low": 0.0, "high": 1.0, "knn": 0.5, "log_me": probe, "h_score": -probe, "trans_rate": 0.0, "gbc": 0.0}
    outcome = None if accuracy is None else Outcome(runs=1, accuracy=accuracy)
    return Standing(source=Zoo(model="x"), name="x", scores=Scores(probe=probe, leep=leep, **plain), outcome=outcome)


def test_pairs_with_unlike_outcomes_are_counted_and_ties_of_the_score_are_wrong() -> None:
    assert in_order([1, 2, 3], [10, 20, 30]) == (3, 3)
    assert in_order([1, 2, 3], [30, 20, 10]) == (0, 3)
    assert in_order([1, 1, 3], [10, 20, 30]) == (2, 3)
    assert in_order([1, 2, 3], [10, 10, 30]) == (2, 2)
    assert in_order([1], [10]) == (0, 0)


def test_the_weighted_tau_is_scipys_and_none_where_nothing_varies() -> None:
    chance = np.random.default_rng(0)
    scores, outcomes = chance.normal(size=8).tolist(), chance.normal(size=8).tolist()
    assert weighted_tau(scores, outcomes) == pytest.approx(weightedtau(scores, outcomes).statistic)
    assert weighted_tau([1, 2, 3], [4, 5, 6]) == pytest.approx(1)
    assert weighted_tau([1, 2, 3], [6, 5, 4]) == pytest.approx(-1)
    assert weighted_tau([1, 1, 1], [4, 5, 6]) is None
    assert weighted_tau([1, 2], [5, 5]) is None
    assert weighted_tau([], []) is None


def test_mistakes_among_the_best_weigh_more_than_among_the_worst() -> None:
    outcomes = [5.0, 4.0, 3.0, 2.0, 1.0]
    worst_swapped, best_swapped = [5.0, 4.0, 3.0, 1.0, 2.0], [4.0, 5.0, 3.0, 2.0, 1.0]
    assert (weighted_tau(worst_swapped, outcomes) or 0) > (weighted_tau(best_swapped, outcomes) or 0)


def test_every_score_is_judged_by_the_candidates_that_have_it_and_an_outcome() -> None:
    found = {each.score: each for each in trust([standing(0.9, 0.8), standing(0.5, 0.6, -1.0), standing(0.7, None)])}
    assert (found["probe"].candidates, found["probe"].right, found["probe"].pairs) == (2, 1, 1)
    assert (found["h_score"].right, found["h_score"].tau) == (0, pytest.approx(-1))
    assert (found["gbc"].right, found["gbc"].tau) == (0, None)
    assert "leep" not in found


def test_one_outcome_judges_nothing() -> None:
    assert trust([standing(0.9, 0.8), standing(0.5, None)]) == ()
    assert trust([]) == ()
