import random
from dataclasses import replace

import msgspec
import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from kt_gui.engine.rate_finder import climb
from kt_gui.engine.task import Task
from kt_gui.engine.trainer import Trainer
from kt_gui.schema.choices import SGD, Adam, CustomAugmentation, Features, HeadFirst
from kt_gui.schema.events import FeaturesKept
from kt_gui.schema.experiment import Transfer
from kt_gui.schema.rates import HIGHEST, LOWEST, STEPS, RateTried
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.studies.rate_reading import read
from tests.engine.small_task import CLASSES, as_network, digest, pictures, small_network, task


def tried(given: Task, steps: int = STEPS) -> list[RateTried]:
    return [event for event in climb(given, StopToken(), steps) if isinstance(event, RateTried)]


def test_rates_rise_evenly_on_a_log_scale() -> None:
    found = tried(task(optimiser=Adam()), steps=9)
    rates = np.array([each.rate for each in found])
    assert rates[0] == LOWEST
    assert np.allclose(np.diff(np.log(rates)), np.log(HIGHEST / LOWEST) / 8)
    assert [each.done for each in found] == [*range(1, len(found) + 1)]


def test_all_is_as_it_was_between_any_two_steps() -> None:
    """The network, its gradients and modes, a training's optimiser and its momenta, and all three kinds of chance."""
    recipe = CustomAugmentation(mixup=0.2)
    given = task(small_network(dropout=0.5), Transfer(strength=0.1), augmentation=recipe)
    trainer = Trainer(given)
    trainer.enter_epoch(0)
    trainer.step()
    given.network.module.stem.eval()
    network, state = given.network.module, trainer.state()
    before = digest([*network.state_dict().values(), *(each.grad for each in network.parameters())])
    random.seed(1)
    np.random.seed(2)
    torch.manual_seed(3)
    chance = (random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state())
    for place, _event in enumerate(climb(given, StopToken())):
        if place % 20 == 0:
            assert torch.equal(torch.get_rng_state(), chance[2])
    assert digest([*network.state_dict().values(), *(each.grad for each in network.parameters())]) == before
    assert [network.stem.training, network.middle.training] == [False, True]
    assert all(parameter.requires_grad for parameter in network.parameters())
    assert random.getstate() == chance[0]
    assert np.random.get_state()[1].tolist() == chance[1]
    assert torch.equal(torch.get_rng_state(), chance[2])
    after = trainer.state()
    momenta = [[each["momentum_buffer"] for each in kept.optimiser["state"].values()] for kept in (state, after)]
    assert digest(momenta[0]) == digest(momenta[1])
    assert [group["lr"] for group in state.optimiser["param_groups"]] == [
        group["lr"] for group in after.optimiser["param_groups"]
    ]
    assert state.progress == after.progress


def test_a_frozen_network_stays_frozen_and_what_it_computes_is_used() -> None:
    events = list(climb(task(small_network(), Transfer(freezing=Features()), epochs=3), StopToken(), 12))
    assert any(isinstance(event, FeaturesKept) for event in events)
    assert isinstance(events[-1], RateTried)


def test_what_is_unfrozen_late_learns_here_from_the_first_step_on() -> None:
    """The first loss is before any step; the second differs by what learnt: the whole network, not the head alone."""
    rate = {"optimiser": SGD(learning_rate=0.05, momentum=0)}
    late, everything, head = (
        [each.loss for each in tried(task(small_network(), transfer, **rate), 40)][-1]
        for transfer in (
            Transfer(freezing=HeadFirst(head_epochs=1)),
            Transfer(),
            Transfer(freezing=Features()),
        )
    )
    assert late != head
    assert everything != head


def test_a_schedule_and_its_warm_up_leave_the_rates_alone() -> None:
    plain, warm = (
        [each.loss for each in tried(task(schedule=schedule), 30)]
        for schedule in (task().training.schedule, msgspec.structs.replace(task().training.schedule, warmup_epochs=2))
    )
    assert plain == warm


def softmax_regression() -> Task:
    """A convex loss: a linear layer on the pixels, plain gradient descent on all pictures at once."""
    torch.manual_seed(0)
    module = nn.Sequential()
    module.add_module("stem", nn.Flatten())
    module.add_module("head", nn.Linear(3 * 8 * 8, len(CLASSES)))
    nn.init.zeros_(module.head.weight)
    given = task(as_network(module), batch_size=18, optimiser=SGD(learning_rate=0.01, momentum=0), epochs=1000)
    return replace(given, train=pictures(18, seed=1))


def largest_curvature(given: Task) -> float:
    """The largest eigenvalue of the loss's Hessian where it starts, by torch's double differentiation."""
    inputs = given.train.batch(torch.arange(18), given.training.augmentation, 0).flatten(1)
    inputs = torch.cat([inputs, torch.ones(18, 1)], 1)

    def loss(flat: torch.Tensor) -> torch.Tensor:
        return functional.cross_entropy(inputs @ flat.view(len(CLASSES), -1).T, given.train.labels)

    start = torch.zeros(inputs.shape[1] * len(CLASSES))
    return float(torch.linalg.eigvalsh(torch.autograd.functional.hessian(loss, start))[-1])


def test_the_rate_suggested_for_a_convex_loss_is_stable_and_learns() -> None:
    given = softmax_regression()
    limit = 2 / largest_curvature(given)
    found = tried(given)
    read_off = read(
        [each.rate for each in found], [each.loss for each in found if each.loss is not None], has_run_away=False
    )
    assert read_off.suggestion is not None
    assert limit / 200 < read_off.suggestion < limit


def test_it_ends_where_the_loss_is_no_number() -> None:
    given = task(small_network())
    with torch.no_grad():
        given.network.module.head[2].weight.fill_(torch.nan)
    (only,) = tried(given)
    assert only.loss is None
    assert only.done < only.total


def test_it_ends_where_the_loss_runs_away() -> None:
    found = tried(task(small_network(), Transfer(strength=1.0)))
    assert found[-1].done < STEPS
    losses = [each.loss for each in found if each.loss is not None]
    assert losses[-1] > 4 * min(losses)


def test_it_stops_when_asked() -> None:
    stop = StopToken()
    events = climb(task(), stop)
    next(events)
    stop.stop()
    with pytest.raises(Stopped):
        next(events)
