import math

import pytest
import torch
from torch import Tensor
from torch.optim import Optimizer

from kt_gui.engine.optimisation import update
from kt_gui.engine.regularisers import Penalty, drift, l2, l2_gradient_, l2_sp, l2_sp_gradient_
from tests.engine.small_task import small_network


def tensors(*rows: list[float]) -> list[Tensor]:
    return [torch.tensor(row, dtype=torch.float64, requires_grad=True) for row in rows]


def test_l2_sp_is_lambda_times_the_squared_distance_without_a_half() -> None:
    # by hand: 0.1 * (1 + 4 + 9) = 1.4
    assert l2_sp(tensors([2.0, 0.0], [3.0]), tensors([1.0, 2.0], [0.0]), 0.1) == pytest.approx(1.4, abs=1e-12)


def test_its_gradient_is_what_autograd_finds() -> None:
    parameters, anchors = tensors([2.0, 0.0], [3.0]), tensors([1.0, 2.0], [0.0])
    for parameter in parameters:
        parameter.grad = torch.full_like(parameter, 0.5)
    l2_sp_gradient_(parameters, anchors, 0.1)
    value = sum(0.1 * ((p - a.detach()) ** 2).sum() for p, a in zip(parameters, anchors, strict=True))
    expected = torch.autograd.grad(value, parameters)
    for parameter, gradient in zip(parameters, expected, strict=True):
        assert torch.allclose(parameter.grad, gradient + 0.5, atol=1e-12, rtol=0)


def test_the_gradient_changes_neither_weights_nor_anchors() -> None:
    parameters, anchors = tensors([2.0, 0.0]), tensors([1.0, 2.0])
    parameters[0].grad = torch.zeros(2, dtype=torch.float64)
    l2_sp_gradient_(parameters, anchors, 0.1)
    assert parameters[0].tolist() == [2.0, 0.0]
    assert anchors[0].tolist() == [1.0, 2.0]


def test_parameters_without_a_gradient_or_frozen_are_left_alone() -> None:
    parameters, anchors = tensors([2.0], [3.0], [4.0]), tensors([0.0], [0.0], [0.0])
    parameters[1].grad = torch.ones(1, dtype=torch.float64)
    parameters[1].requires_grad_(False)
    parameters[2].grad = torch.ones(1, dtype=torch.float64)
    l2_sp_gradient_(parameters, anchors, 0.5)
    assert parameters[0].grad is None
    assert parameters[1].grad.tolist() == [1.0]
    assert parameters[2].grad.tolist() == [5.0]


def test_no_strength_changes_no_bit_even_of_a_gradient_that_is_no_number() -> None:
    parameters, anchors = tensors([math.inf, 1.0]), tensors([1.0, 2.0])
    parameters[0].grad = torch.tensor([-0.0, 2.0], dtype=torch.float64)
    l2_sp_gradient_(parameters, anchors, 0.0)
    assert math.copysign(1, parameters[0].grad[0].item()) == -1
    assert parameters[0].grad[1].item() == 2.0


def test_as_many_anchors_as_parameters_are_asked_for() -> None:
    with pytest.raises(ValueError, match="2 parameters, 1 anchors"):
        l2_sp(tensors([1.0], [2.0]), tensors([1.0]), 1.0)
    with pytest.raises(ValueError):
        l2_sp_gradient_(tensors([1.0], [2.0]), tensors([1.0]), 1.0)


def test_nothing_to_hold_costs_nothing() -> None:
    assert l2_sp([], [], 1.0) == 0.0
    l2_sp_gradient_([], [], 1.0)


def test_the_heads_pull_is_half_beta_times_its_square() -> None:
    head = tensors([3.0, 4.0])
    head[0].grad = torch.zeros(2, dtype=torch.float64)
    l2_gradient_(head, 0.1)
    assert l2(head, 0.1) == pytest.approx(0.05 * 25, abs=1e-12)
    assert head[0].grad.tolist() == pytest.approx([0.3, 0.4], abs=1e-12)


def test_anchors_in_single_precision_hold_weights_in_half() -> None:
    parameter = torch.tensor([2.0], dtype=torch.bfloat16, requires_grad=True)
    parameter.grad = torch.zeros(1, dtype=torch.bfloat16)
    l2_sp_gradient_([parameter], [torch.tensor([1.0])], 0.5)
    assert parameter.grad.item() == 1.0
    assert l2_sp([parameter], [torch.tensor([1.0])], 0.5) == 0.5


OPTIMISERS = {
    "SGD": lambda parameters, **more: torch.optim.SGD(parameters, lr=0.1, **more),
    "momentum": lambda parameters, **more: torch.optim.SGD(parameters, lr=0.05, momentum=0.9, **more),
    "Nesterov": lambda parameters, **more: torch.optim.SGD(parameters, lr=0.05, momentum=0.9, nesterov=True, **more),
    "Adam": lambda parameters, **more: torch.optim.Adam(parameters, lr=0.05, **more),
}


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("name", list(OPTIMISERS))
def test_the_path_equals_torchs_coupled_decay_of_the_distance_from_the_source(name: str, fused: bool) -> None:
    """The oracle: torch's optimiser on δ = θ'−θ with weight_decay = 2λ, on the same loss."""
    chance = torch.Generator().manual_seed(3)
    source = torch.randn(4, 5, generator=chance, dtype=torch.float64)
    inputs = torch.randn(60, 8, 5, generator=chance, dtype=torch.float64)
    strength = 0.03

    def loss(weight: Tensor, step: int) -> Tensor:
        return torch.tanh(inputs[step] @ weight.T).square().mean() + (inputs[step] @ weight.T).cos().mean()

    moved, distance = source.clone().requires_grad_(), torch.zeros_like(source).requires_grad_()
    ours: Optimizer = OPTIMISERS[name]([moved], fused=fused)
    theirs: Optimizer = OPTIMISERS[name]([distance], weight_decay=2 * strength)
    penalty = Penalty(shared=[moved], anchors=[source], strength=strength)
    for step in range(60):
        moved.grad = torch.autograd.grad(loss(moved, step), moved)[0]
        update(ours, penalty)
        distance.grad = torch.autograd.grad(loss(source + distance, step), distance)[0]
        theirs.step()
        assert (moved - (source + distance)).abs().max().item() < 1e-9
    assert (moved - source).abs().max().item() > 0.01


def test_drift_is_told_by_block_from_input_to_head() -> None:
    network = small_network()
    anchors = {
        name: parameter.detach().clone()
        for name, parameter in network.module.named_parameters()
        if network.owner[name] != "head"
    }
    with torch.no_grad():
        network.module.middle[0].weight.add_(0.5)
    told = drift(network, anchors, ["middle", "head"])
    count = network.module.middle[0].weight.numel()
    assert [block.block for block in told] == ["stem", "middle"]
    assert told[0].squared == 0.0
    assert told[1].squared == pytest.approx(0.25 * count, rel=1e-5)
    assert told[0].anchor_squared == pytest.approx(
        sum(float(anchors[name].square().sum()) for name in anchors if name.startswith("stem")), rel=1e-5
    )
    assert [block.frozen for block in told] == [True, False]


def test_a_drift_that_is_no_number_is_told_as_none() -> None:
    network = small_network()
    anchors = {name: parameter.detach().clone() for name, parameter in network.module.named_parameters()}
    with torch.no_grad():
        network.module.stem[0].weight.fill_(math.nan)
    assert [block.squared is None for block in drift(network, anchors, [])] == [True, False, False]
