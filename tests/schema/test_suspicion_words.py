import msgspec
import numpy as np
import pytest

from kt_gui.samples.labels import suspected
from kt_gui.schema.columns import pack
from kt_gui.schema.suspicion_words import headline, judge
from kt_gui.schema.suspicions import Suspected, agreement


def judged(agreed: int, of: int) -> Suspected:
    """A judge that takes so many of the pictures for what their labels say."""
    shares = np.where(np.arange(of)[:, None] < agreed, [[0.7, 0.3]], [[0.2, 0.8]])
    return msgspec.structs.replace(suspected(of, 3), probabilities=pack(shares.astype(np.float32)))


@pytest.mark.parametrize(("agreed", "of", "share"), [(0, 4, 0.0), (3, 4, 0.75), (4, 4, 1.0), (0, 0, 1.0)])
def test_the_agreement_is_the_share_of_labels_that_look_right(agreed: int, of: int, share: float) -> None:
    assert agreement(judged(agreed, of)) == share


def test_a_good_judge_is_believed() -> None:
    found = judged(95, 100)
    assert headline(found, 3) == "3 of 100 labels are probably wrong"
    assert judge(found) == "Judged by the network the run started from, which never saw these labels."


def test_a_weak_judges_doubts_are_told_as_such() -> None:
    found = judged(60, 100)
    assert headline(found, 1) == "1 of 100 labels looks wrong to a weak judge"
    said = judge(found).replace("\N{NO-BREAK SPACE}", " ")
    assert said.endswith("It agrees with only 60 % of all labels: many of its doubts are its own mistakes.")
