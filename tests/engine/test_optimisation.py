import math

import pytest
import torch
from torch.nn import functional

from kt_gui.engine import optimisation
from kt_gui.engine.optimisation import (
    build_optimiser,
    count_correct,
    cross_entropy,
    learning_rate_factor,
    set_learning_rates,
    update,
)
from kt_gui.engine.regularisers import Penalty
from kt_gui.schema.choices import SGD, Adam, AdamW, Constant, Cosine, OneCycle, Optimiser, Schedule, Step
from tests.engine.small_task import small_network, training

OPTIMISERS: tuple[Optimiser, ...] = (
    SGD(learning_rate=0.1, momentum=0.0, nesterov=True),
    SGD(learning_rate=0.1, nesterov=True, weight_decay=0.2),
    Adam(learning_rate=0.1, weight_decay=0.2),
    AdamW(learning_rate=0.1, weight_decay=0.2),
)


def groups_by_block(optimiser: torch.optim.Optimizer) -> dict[str, dict[str, object]]:
    return {group["block"]: group for group in optimiser.param_groups}


@pytest.mark.parametrize("choice", OPTIMISERS)
def test_every_parameter_has_one_group_from_the_start(choice: Optimiser) -> None:
    network = small_network()
    optimiser = build_optimiser(network, training(optimiser=choice), spare_head=True)
    held = [id(parameter) for group in optimiser.param_groups for parameter in group["params"]]
    assert sorted(held) == sorted(id(parameter) for parameter in network.module.parameters())
    assert set(groups_by_block(optimiser)) == {"stem", "middle", "head"}


def test_the_head_learns_faster_and_each_block_below_slower() -> None:
    choices = training(optimiser=SGD(learning_rate=0.1), head_factor=10.0, layer_decay=0.5)
    groups = groups_by_block(build_optimiser(small_network(), choices, spare_head=True))
    rates = [groups[block]["base"] for block in ("stem", "middle", "head")]
    assert rates == pytest.approx([0.025, 0.05, 1.0])


def test_the_schedule_scales_every_groups_own_rate() -> None:
    optimiser = build_optimiser(small_network(), training(head_factor=10.0), spare_head=True)
    set_learning_rates(optimiser, 0.5)
    set_learning_rates(optimiser, 0.1)
    assert [group["lr"] for group in optimiser.param_groups] == pytest.approx([0.05, 0.005, 0.005])


@pytest.mark.parametrize(("spare_head", "head"), [(True, 0.0), (False, 0.2)])
def test_weight_decay_spares_a_head_that_beta_holds(spare_head: bool, head: float) -> None:
    choices = training(optimiser=SGD(weight_decay=0.2))
    groups = groups_by_block(build_optimiser(small_network(), choices, spare_head=spare_head))
    assert [groups[block]["weight_decay"] for block in ("stem", "middle", "head")] == [0.2, 0.2, head]


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("choice", OPTIMISERS)
def test_what_is_unfrozen_later_begins_to_move_beside_the_rest(
    choice: Optimiser, fused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(optimisation, "_is_worth_fusing", lambda groups: fused)
    network = small_network()
    optimiser = build_optimiser(network, training(optimiser=choice), spare_head=True)
    bias, weight = network.module.stem[0].bias, network.module.stem[0].weight
    before = weight.detach().clone()
    bias.grad = torch.ones_like(bias)
    update(optimiser, Penalty())
    assert torch.equal(weight, before)
    bias.grad, weight.grad = torch.ones_like(bias), torch.ones_like(weight)
    update(optimiser, Penalty())
    assert not torch.equal(weight, before)


def test_momentum_that_starts_at_zero_is_torchs_own_bit_for_bit() -> None:
    ours, theirs = small_network(), small_network()
    optimiser = build_optimiser(ours, training(optimiser=SGD(learning_rate=0.1, weight_decay=0.1)), spare_head=False)
    plain = torch.optim.SGD(theirs.module.parameters(), lr=0.1, momentum=0.9, weight_decay=0.1)
    for step in range(5):
        for network in (ours, theirs):
            torch.manual_seed(step)
            for parameter in network.module.parameters():
                parameter.grad = torch.randn_like(parameter)
        update(optimiser, Penalty())
        plain.step()
    for one, other in zip(ours.module.parameters(), theirs.module.parameters(), strict=True):
        assert torch.equal(one, other)


def test_the_datas_gradient_is_clipped_before_the_penaltys_is_added() -> None:
    weight = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    weight.grad = torch.tensor([30.0, 40.0], dtype=torch.float64)
    optimiser = torch.optim.SGD([weight], lr=1.0)
    update(optimiser, Penalty(shared=[weight], anchors=[torch.zeros(2, dtype=torch.float64)], strength=2.0), clip=1.0)
    # by hand: the clipped gradient is (0.6, 0.8), the penalty's 2·2·(3, 4) = (12, 16)
    assert weight.tolist() == pytest.approx([3 - 12.6, 4 - 16.8], abs=1e-5)


def test_a_scaled_gradient_is_unscaled_before_it_is_clipped_and_pulled() -> None:
    results = []
    for scaler in (None, torch.amp.GradScaler("cpu", init_scale=1024.0)):
        weight = torch.tensor([3.0, 4.0], requires_grad=True)
        loss = (weight * torch.tensor([30.0, 40.0])).sum()
        (scaler.scale(loss) if scaler else loss).backward()
        penalty = Penalty(shared=[weight], anchors=[torch.zeros(2)], strength=2.0)
        update(torch.optim.SGD([weight], lr=1.0), penalty, clip=1.0, scaler=scaler)
        results.append(weight.tolist())
    assert results[1] == pytest.approx(results[0], abs=1e-5)


def test_a_scaled_gradient_that_overflowed_moves_nothing() -> None:
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    weight = torch.tensor([3.0], requires_grad=True)
    scaler.scale((weight * math.inf).sum()).backward()
    update(
        torch.optim.SGD([weight], lr=1.0),
        Penalty(shared=[weight], anchors=[torch.zeros(1)], strength=2.0),
        scaler=scaler,
    )
    assert weight.item() == 3.0
    assert scaler.get_scale() == 512.0


@pytest.mark.parametrize("warmup", [0.0, 2.0])
@pytest.mark.parametrize("schedule", [Constant, Step, Cosine])
def test_a_warm_up_climbs_from_almost_nothing_to_the_whole_rate(schedule: type[Schedule], warmup: float) -> None:
    choice = schedule(warmup_epochs=warmup)  # type: ignore[call-arg]
    first = learning_rate_factor(choice, 0.0, 10)
    assert first == (1.0 if warmup == 0 else 0.01)
    assert learning_rate_factor(choice, warmup, 10) == pytest.approx(1.0)
    if warmup:
        assert learning_rate_factor(choice, 1.0, 10) == pytest.approx(0.505)


def test_steps_fall_by_their_factor() -> None:
    falls = [learning_rate_factor(Step(every=2, factor=0.5), epoch, 6) for epoch in (0, 1.99, 2, 3.9, 4)]
    assert falls == [1, 1, 0.5, 0.5, 0.25]


def torchs(scheduler: type, steps: int, **choices: object) -> list[float]:
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule, rates = scheduler(optimiser, **choices), []
    for _ in range(steps):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step()
    return rates


def test_cosine_is_torchs_own() -> None:
    ours = [learning_rate_factor(Cosine(warmup_epochs=0), step / 4, 5) for step in range(20)]
    theirs = torchs(torch.optim.lr_scheduler.CosineAnnealingLR, 20, T_max=20)
    assert ours == pytest.approx(theirs, abs=1e-12)


def test_cosine_begins_after_its_warm_up_and_ends_at_zero() -> None:
    assert learning_rate_factor(Cosine(warmup_epochs=1), 3, 5) == pytest.approx(0.5)
    assert learning_rate_factor(Cosine(warmup_epochs=1), 5, 5) == pytest.approx(0.0)
    assert learning_rate_factor(Cosine(warmup_epochs=5), 5, 5) == pytest.approx(1.0)


def test_one_cycle_is_torchs_own_but_for_the_grid() -> None:
    """torch puts its peak and its end on whole steps: on a fine grid the difference is below a step's change."""
    steps = 2000
    ours = [learning_rate_factor(OneCycle(climb=0.3), 5 * step / steps, 5) for step in range(steps)]
    theirs = torchs(torch.optim.lr_scheduler.OneCycleLR, steps - 1, max_lr=1.0, total_steps=steps, cycle_momentum=False)
    assert ours[:-1] == pytest.approx(theirs, abs=0.003)


def test_soft_labels_of_one_class_cost_what_hard_ones_do() -> None:
    logits, labels = torch.randn(6, 3, dtype=torch.float64), torch.tensor([0, 1, 2, 0, 1, 2])
    soft = functional.one_hot(labels, 3).double()
    for smoothing in (0.0, 0.1):
        hard = cross_entropy(logits, labels, smoothing)
        assert hard.item() == pytest.approx(cross_entropy(logits, soft, smoothing).item(), abs=1e-12)


def test_label_smoothing_spreads_its_share_over_all_classes() -> None:
    # by hand: two equal logits cost log 2 whatever the labels; (2, 0): -(0.95·log p1 + 0.05·log p2)
    p1 = math.exp(2) / (math.exp(2) + 1)
    expected = -(0.95 * math.log(p1) + 0.05 * math.log(1 - p1))
    logits = torch.tensor([[2.0, 0.0]], dtype=torch.float64)
    assert cross_entropy(logits, torch.tensor([0]), 0.1).item() == pytest.approx(expected, abs=1e-12)


def test_the_loss_of_half_precision_is_taken_in_single() -> None:
    assert cross_entropy(torch.randn(2, 3).bfloat16(), torch.tensor([0, 1])).dtype == torch.float32


def test_right_answers_are_counted_against_the_largest_share() -> None:
    logits = torch.tensor([[3.0, 1.0], [0.0, 1.0], [5.0, 4.0]])
    assert count_correct(logits, torch.tensor([0, 1, 1])).item() == 2
    assert count_correct(logits, torch.tensor([[0.6, 0.4], [0.9, 0.1], [0.7, 0.3]])).item() == 2
