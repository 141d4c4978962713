import pytest
import torch
from scipy.stats import binomtest
from torch.nn import functional

from kt_gui.engine import evaluation
from kt_gui.engine.evaluation import evaluate, wilson
from kt_gui.schema.choices import NoAugmentation
from kt_gui.schema.stop import Stopped, StopToken
from tests.engine.small_task import CPU, digest, pictures, small_network


def test_accuracy_and_loss_are_those_of_all_pictures_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    network, portion = small_network(), pictures(17)
    monkeypatch.setattr(evaluation, "PIXELS", 5 * 8 * 8)
    told = evaluate(network, portion, CPU, StopToken())
    with torch.no_grad():
        logits = network.module.eval()(portion.batch(torch.arange(17), NoAugmentation(), 0))
    right = int((logits.argmax(1) == portion.labels).sum())
    assert told.logits.shape == (17, 3)
    assert torch.allclose(told.logits, logits, atol=1e-5)
    assert (told.correct, told.total, told.accuracy) == (right, 17, right / 17)
    assert told.loss == pytest.approx(functional.cross_entropy(logits, portion.labels).item(), abs=1e-6)


def test_looking_changes_neither_weights_nor_statistics() -> None:
    network = small_network()
    before = digest(network.module.state_dict().values())
    evaluate(network, pictures(9), CPU, StopToken())
    assert digest(network.module.state_dict().values()) == before
    assert all(parameter.grad is None for parameter in network.module.parameters())


def test_evaluation_stops_between_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    network, stop, seen = small_network(), StopToken(), []

    def look(module: object, inputs: tuple[torch.Tensor]) -> None:
        seen.append(len(inputs[0]))
        stop.stop()

    network.module.register_forward_pre_hook(look)
    monkeypatch.setattr(evaluation, "PIXELS", 3 * 8 * 8)
    with pytest.raises(Stopped):
        evaluate(network, pictures(9), CPU, stop)
    assert seen == [3]


@pytest.mark.parametrize(
    ("correct", "total", "low", "high"),
    [
        # by hand, z = 1.959964: (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n)
        (8, 10, 0.49016, 0.94332),
        (0, 10, 0.0, 0.27753),
        (10, 10, 0.72247, 1.0),
        (50, 100, 0.40383, 0.59617),
    ],
)
def test_the_interval_of_an_accuracy_is_wilsons(correct: int, total: int, low: float, high: float) -> None:
    assert wilson(correct, total) == pytest.approx((low, high), abs=1e-5)


def test_without_pictures_any_accuracy_is_possible() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize("correct", [0, 1, 7, 100, 299, 300])
def test_the_interval_is_that_of_scipy(correct: int) -> None:
    theirs = binomtest(correct, 300).proportion_ci(confidence_level=0.95, method="wilson")
    assert wilson(correct, 300) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
