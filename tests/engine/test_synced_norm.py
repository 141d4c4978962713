"""Batch norm over a team against torch's own over the whole batch."""

import pytest
import torch
from torch import Tensor, nn

from kt_gui.engine.synced_norm import SyncedBatchNorm
from kt_gui.engine.team import Team
from tests.engine.small_team import together

SHAPES = {"vectors": (nn.BatchNorm1d, (7, 4)), "pictures": (nn.BatchNorm2d, (7, 4, 3, 5))}


def noise(shape: tuple[int, ...]) -> Tensor:
    """Values far from zero beside their spread, where sums of squares would cancel out."""
    chance = torch.Generator().manual_seed(3)
    return torch.randn(shape, generator=chance, dtype=torch.float32) + 1000


@pytest.mark.parametrize("case", list(SHAPES))
@pytest.mark.parametrize("size", [2, 3])
def test_values_gradients_and_statistics_are_those_of_the_whole_batch(case: str, size: int) -> None:
    make, shape = SHAPES[case]
    whole, pull = noise(shape).requires_grad_(), noise(shape) - 1000
    layer = make(shape[1])
    nn.init.uniform_(layer.weight)
    nn.init.uniform_(layer.bias)
    state = {name: tensor.clone() for name, tensor in layer.state_dict().items()}
    expected = layer(whole)
    (expected * pull).sum().backward()

    def work(team: Team) -> tuple[Tensor, Tensor, nn.Module]:
        mine = make(shape[1])
        mine.load_state_dict(state)
        own = team.own(torch.arange(len(whole)))
        values = whole.detach()[own].requires_grad_()
        with SyncedBatchNorm(team):
            given = mine(values)
        (given * pull[own]).sum().backward()
        assert values.grad is not None
        return given.detach(), values.grad, mine

    done = together(size, work)
    assert whole.grad is not None
    torch.testing.assert_close(torch.cat([given for given, *_ in done]), expected.detach(), rtol=1e-4, atol=1e-3)
    torch.testing.assert_close(torch.cat([gradient for _, gradient, _ in done]), whole.grad, rtol=1e-3, atol=1e-3)
    for _, _, mine in done:
        for name, tensor in layer.named_buffers():
            torch.testing.assert_close(dict(mine.named_buffers())[name], tensor, rtol=1e-5, atol=1e-5)
    weights = sum(mine.weight.grad for *_, mine in done)
    torch.testing.assert_close(weights, layer.weight.grad, rtol=1e-3, atol=1e-3)


def test_a_layer_that_does_not_learn_asks_nobody() -> None:
    def refuse(_tensor: Tensor) -> None:
        raise AssertionError("nobody is there")

    layer, values = nn.BatchNorm2d(4).eval(), noise((2, 4, 3, 3))
    with SyncedBatchNorm(Team(size=2, all_reduce=refuse)):
        assert torch.equal(layer(values), layer(values))
        with pytest.raises(AssertionError, match="nobody is there"):
            layer.train()(values)
