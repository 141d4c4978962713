"""Positions behind numbers, compared with counting one picture after the other."""

import math

import numpy as np
import pytest

from kt_gui.bridge.judgement import Judgement, weigh
from kt_gui.bridge.selection import Selection
from kt_gui.samples import evaluation as samples_evaluation
from kt_gui.schema.columns import pack, unpack
from kt_gui.schema.datasets import Bundled
from kt_gui.schema.evaluations import Evaluated, Judged


@pytest.fixture(scope="module")
def told() -> tuple[Judgement, Evaluated]:
    judged, evaluated = samples_evaluation.evaluation(samples_evaluation.class_names(7), 300)
    assert isinstance(judged, Judged)
    assert isinstance(evaluated, Evaluated)
    return weigh(judged), evaluated


def by_hand(logits: list[list[float]], labels: list[int], temperature: float = 1.0) -> Judgement:
    count = len(labels)
    return weigh(
        Judged(
            run="/runs/x",
            checkpoint="best",
            data=Bundled(name="fashion"),
            part="test",
            classes=("ant", "bee", "cat"),
            names=tuple(f"{place}.png" for place in range(count)),
            digests=tuple(str(place) for place in range(count)),
            indexes=pack(np.arange(100, 100 + count)),
            labels=pack(np.array(labels, dtype=np.int64)),
            logits=pack(np.array(logits, dtype=np.float32).reshape(count, 3)),
            temperature=temperature,
        )
    )


def test_every_cell_of_the_matrix_is_as_many_pictures(told: tuple[Judgement, Evaluated]) -> None:
    judgement, evaluated = told
    for row, truth in enumerate(evaluated.classes):
        for column, predicted in enumerate(evaluated.classes):
            behind = judgement.behind(Selection(truth=truth, predicted=predicted))
            assert len(behind) == evaluated.scores.confusion[row][column] == judgement.confusion[row, column]
            assert {judgement.picture(each).label for each in behind} <= {truth}


def test_every_bin_is_as_many_pictures_before_and_after_scaling(told: tuple[Judgement, Evaluated]) -> None:
    judgement, evaluated = told
    assert evaluated.calibration is not None
    for bins, is_calibrated in ((evaluated.scores.bins, False), (evaluated.calibration.bins, True)):
        counts = [
            len(judgement.behind(Selection(confidence=(each.low, each.high), is_calibrated=is_calibrated)))
            for each in bins
        ]
        assert counts == [each.count for each in bins]
        assert sum(counts) == len(judgement)


def test_mistakes_and_what_is_not_in_the_top_agree_with_the_scores(told: tuple[Judgement, Evaluated]) -> None:
    judgement, evaluated = told
    scores = evaluated.scores
    assert len(judgement.behind(Selection(verdict="right"))) == scores.correct
    assert len(judgement.behind(Selection(verdict="wrong"))) == scores.total - scores.correct
    for k, share in scores.top:
        assert 1 - len(judgement.behind(Selection(beyond=k))) / len(judgement) == pytest.approx(share)


def test_pictures_are_ordered_by_confidence_and_by_loss() -> None:
    judgement = by_hand([[2, 0, 0], [0, 1, 0], [0, 0, 3], [9, 0, 0]], [0, 1, 2, 1])
    assert judgement.behind(Selection()).tolist() == [3, 2, 0, 1]
    assert judgement.behind(Selection(order="unsure")).tolist() == [1, 0, 2, 3]
    assert judgement.behind(Selection(order="loss")).tolist() == [3, 1, 0, 2]


def test_the_worst_come_first_even_where_their_probability_is_too_small_for_a_number() -> None:
    judgement = by_hand([[5000, 0, 0], [9000, 0, 0], [7000, 0, 0]], [1, 1, 1])
    assert judgement.behind(Selection(order="loss")).tolist() == [1, 2, 0]


def test_probabilities_are_the_softmax_of_the_logits() -> None:
    judgement = by_hand([[1, 2, 4]], [1])
    whole = sum(math.exp(each) for each in (1, 2, 4))
    (first, sure), (second, less) = judgement.likeliest(0, 2)
    assert (first, second) == ("cat", "bee")
    assert sure == pytest.approx(math.exp(4) / whole, abs=1e-12)
    assert less == pytest.approx(math.exp(2) / whole, abs=1e-12)
    assert judgement.confidence[0] == pytest.approx(sure, abs=1e-12)


def test_a_pictures_own_class_is_told_however_improbable_it_is() -> None:
    judgement = by_hand([[1, 2, 4]], [0])
    whole = sum(math.exp(each) for each in (1, 2, 4))
    assert [name for name, _ in judgement.likeliest(0, 2)] == ["cat", "ant"]
    assert judgement.likeliest(0, 2)[1][1] == pytest.approx(math.e / whole, abs=1e-12)
    assert [name for name, _ in judgement.likeliest(0, 1)] == ["cat"]


def test_a_temperature_changes_how_sure_it_is_and_nothing_else() -> None:
    judgement = by_hand([[1, 2, 4]], [0], temperature=2.0)
    whole = sum(math.exp(each / 2) for each in (1, 2, 4))
    assert judgement.calibrated[0] == pytest.approx(math.exp(2) / whole, abs=1e-12)
    assert judgement.predicted.tolist() == [2]


def test_a_picture_is_described_by_its_place_in_the_data() -> None:
    judgement = by_hand([[1, 2, 4], [0, 1, 0]], [0, 1])
    picture = judgement.picture(1)
    assert (picture.index, picture.name, picture.label, picture.predicted) == (101, "1.png", "bee", "bee")
    assert picture.split == "test"
    assert judgement.find(101) == 1
    assert judgement.find(7) is None


def test_what_is_not_finite_has_no_confidence_and_comes_last() -> None:
    judgement = by_hand([[math.nan, 0, 0], [0, 1, 0]], [0, 1])
    assert judgement.picture(0).confidence is None
    assert judgement.behind(Selection()).tolist() == [1, 0]


def test_nothing_judged_is_nothing_behind_any_number() -> None:
    judgement = by_hand([], [])
    assert len(judgement.behind(Selection(truth="ant"))) == 0
    assert judgement.confusion.sum() == 0


def test_a_class_that_is_none_of_them_has_no_pictures() -> None:
    assert len(by_hand([[1, 2, 4]], [0]).behind(Selection(truth="dog"))) == 0


def test_pictures_are_described_only_when_they_are_asked_for() -> None:
    judgement = by_hand([[1, 2, 4]] * 50, [0] * 50)
    pictures = judgement.pictures(judgement.behind(Selection()))
    assert len(pictures) == 50
    assert pictures[-1].index == 149
    assert [each.index for each in pictures[1:3]] == [101, 102]


def test_many_portions_give_what_one_gives(monkeypatch: pytest.MonkeyPatch, told: tuple[Judgement, Evaluated]) -> None:
    judgement, _ = told
    monkeypatch.setattr("kt_gui.bridge.judgement.ROWS", 64)
    again = weigh(judgement.judged)
    assert np.array_equal(again.confidence, judgement.confidence)
    assert np.array_equal(again.by_loss, judgement.by_loss)
    assert np.array_equal(again.ranks, judgement.ranks)
    assert len(unpack(judgement.judged.labels)) == 300
