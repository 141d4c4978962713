"""Trainings that compute what is frozen once, beside the same ones that compute it every time."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from torch import nn

from kt_gui.engine import trainer
from kt_gui.engine.state import State
from kt_gui.engine.task import fixed_look
from kt_gui.engine.trainer import Task, Trainer
from kt_gui.schema.choices import (
    Adam,
    Augmentation,
    CustomAugmentation,
    Everything,
    Features,
    Freezing,
    Gradual,
    HeadFirst,
    LastBlocks,
    NoAugmentation,
)
from kt_gui.schema.events import EpochEnded, Event, FeaturesKept, Noticed
from kt_gui.schema.experiment import Transfer
from kt_gui.schema.stop import StopToken
from kt_gui.store.arrays import Arrays
from tests.engine.small_task import CPU, digest, small_network, task, weights

ALWAYS = replace(CPU, reuse=False)
VARIED = CustomAugmentation(flip="horizontal", crop="shift", colour=0.2)


@pytest.fixture(autouse=True)
def cuts_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """So small a network saves little in front of its middle block."""
    monkeypatch.setattr("kt_gui.engine.cutting.WORTH", 0)


def made(freezing: Freezing, augmentation: Augmentation | None = None, *, views: int = 2, **choices: object) -> Task:
    transfer = Transfer(freezing=freezing, strength=0.01, beta=0.01, views=views)
    network = small_network(dropout=0.2)
    return task(network, transfer, **{"epochs": 6, "augmentation": augmentation or NoAugmentation(), **choices})


def learnt(of: Task) -> tuple[list[Event], Trainer]:
    learner = Trainer(of)
    return list(learner.train(StopToken())), learner


def epochs(events: list[Event]) -> list[EpochEnded]:
    return [event for event in events if isinstance(event, EpochEnded)]


def kept(events: list[Event]) -> list[FeaturesKept]:
    return [event for event in events if isinstance(event, FeaturesKept)]


STRATEGIES = [
    Features(),
    LastBlocks(blocks=1),
    HeadFirst(head_epochs=3),
    Gradual(epochs_per_block=2),
]


@pytest.mark.parametrize("freezing", STRATEGIES)
@pytest.mark.parametrize("augmentation", [NoAugmentation(), VARIED])
@pytest.mark.parametrize("batch_norm", ["train", "eval"])
def test_reusing_changes_nothing_of_what_is_learnt(
    freezing: Freezing, augmentation: Augmentation, batch_norm: str
) -> None:
    reusing, plain = made(freezing, augmentation), replace(made(freezing, augmentation), resolved=ALWAYS)
    reusing, plain = (
        replace(each, transfer=msgspec.structs.replace(each.transfer, batch_norm=batch_norm))
        for each in (reusing, plain)
    )
    (told, quick), (told_plainly, slow) = learnt(reusing), learnt(plain)
    assert kept(told)
    assert not kept(told_plainly)
    for one, other in zip(epochs(told), epochs(told_plainly), strict=True):
        assert one.validation_accuracy == other.validation_accuracy
        assert one.train_loss == pytest.approx(other.train_loss, abs=1e-5)
        assert one.validation_loss == pytest.approx(other.validation_loss, abs=1e-5)
        assert one.trainable_blocks == other.trainable_blocks
    other_weights = slow.task.network.module.state_dict()
    for name, tensor in quick.task.network.module.state_dict().items():
        torch.testing.assert_close(tensor, other_weights[name], rtol=0, atol=1e-5)


def test_the_boundary_moves_with_the_strategy() -> None:
    told, _ = learnt(made(Gradual(epochs_per_block=2), epochs=6))
    assert [(event.epoch, event.blocks) for event in kept(told)] == [(0, ("stem", "middle")), (2, ("stem",)), (4, ())]
    told, _ = learnt(made(HeadFirst(head_epochs=3), epochs=6))
    assert [(event.epoch, event.blocks) for event in kept(told)] == [(0, ("stem", "middle")), (3, ())]


def test_a_run_that_goes_on_where_nothing_is_frozen_any_more_says_so() -> None:
    begun, resumed = (Trainer(made(HeadFirst(head_epochs=3), epochs=6)) for _ in range(2))
    stop = StopToken()
    for event in begun.train(stop):
        if isinstance(event, EpochEnded) and event.epoch == 2:
            stop.stop()
    resumed.load(begun.state())
    assert [(event.epoch, event.blocks) for event in kept(list(resumed.train(StopToken())))] == [(3, ())]


def test_a_stage_of_one_epoch_is_not_worth_the_trouble() -> None:
    told, _ = learnt(made(Gradual(epochs_per_block=1), epochs=4))
    assert kept(told) == []


class Counting(nn.Module):
    """Counts the pictures that pass."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner, self.pictures = inner, 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.pictures += len(x)
        passed: torch.Tensor = self.inner(x)
        return passed


def test_frozen_blocks_see_each_view_of_a_picture_once() -> None:
    of = made(Features(), VARIED, views=2, epochs=8)
    counter = Counting(of.network.module.get_submodule("stem"))
    owner = {name.replace("stem.", "stem.inner."): block for name, block in of.network.owner.items()}
    of.network.module.set_submodule("stem", counter)
    of = replace(of, network=replace(of.network, owner={**owner, "stem": "stem", "stem.inner": "stem"}))
    told, _ = learnt(of)
    (event,) = kept(told)
    assert (event.pictures, event.computed, event.looks) == (2 * 18 + 9, 2 * 18 + 9, 2)
    tried_and_filled_up = 4 + 64 * (2 + 1)  # two pictures of noise through whole and front, then full batches
    assert counter.pictures == tried_and_filled_up
    assert len(epochs(told)) == 8


def test_a_later_training_finds_everything_and_learns_the_same_bit_for_bit(tmp_path: Path) -> None:
    place = Arrays(tmp_path, 10_000_000)
    (first, one), (second, other) = (learnt(replace(made(Features(), VARIED), store=place)) for _ in range(2))
    assert [event.computed for event in kept(first) + kept(second)] == [45, 0]
    assert digest(one.task.network.module.state_dict().values()) == digest(
        other.task.network.module.state_dict().values()
    )


def test_lambda_and_other_heads_share_what_is_kept(tmp_path: Path) -> None:
    place = Arrays(tmp_path, 10_000_000)
    learnt(replace(made(Features()), store=place))
    other = made(Features(), optimiser=Adam(), epochs=2)
    assert other.transfer is not None
    other = replace(other, store=place, transfer=msgspec.structs.replace(other.transfer, strength=1.0, beta=0.5))
    with torch.no_grad():
        other.network.module.get_parameter("head.2.weight").mul_(3)
    told, _ = learnt(other)
    assert [event.computed for event in kept(told)] == [0]


@pytest.mark.parametrize("freezing", STRATEGIES)
@pytest.mark.parametrize("steps", range(1, 18, 4))
def test_a_stopped_training_goes_on_to_the_same_end(
    freezing: Freezing, steps: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "REPORT_S", 0.0)
    place = Arrays(tmp_path, 10_000_000)
    _, whole = learnt(replace(made(freezing, VARIED), store=place))
    begun = Trainer(replace(made(freezing, VARIED), store=place))
    stop, left = StopToken(), steps
    for event in begun.train(stop):
        left -= type(event).__name__ == "StepEnded"
        if left == 0:
            stop.stop()
    resumed = Trainer(replace(made(freezing, VARIED), store=Arrays(tmp_path / "lost", 10_000_000)))
    resumed.load(State(**vars(begun.state())))
    list(resumed.train(StopToken()))
    assert digest(resumed.task.network.module.state_dict().values()) == digest(
        whole.task.network.module.state_dict().values()
    )


def test_views_take_turns_and_differ() -> None:
    of = made(Features(), VARIED, views=3, epochs=6)
    looks = [fixed_look(of, epoch) for epoch in range(6)]
    assert looks[:3] == looks[3:]
    assert len(set(looks)) == 3


@pytest.mark.parametrize(
    ("freezing", "augmentation", "views"),
    [
        (Features(), VARIED, 0),
        (Features(), CustomAugmentation(mixup=0.2), 2),
        (Everything(), VARIED, 2),
    ],
)
def test_pictures_that_vary_by_chance_are_not_kept(freezing: Freezing, augmentation: Augmentation, views: int) -> None:
    of = made(freezing, augmentation, views=views, epochs=3)
    assert kept(learnt(of)[0]) == []


def test_without_a_front_that_is_worth_it_pictures_vary_anew_in_every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fixed views are the price of what they save: where nothing is saved they are not paid."""
    monkeypatch.setattr("kt_gui.engine.cutting.WORTH", 10**9)
    (one, few), (other, many) = (learnt(made(Features(), VARIED, views=views)) for views in (1, 1000))
    assert kept(one) == kept(other) == []
    assert digest(few.task.network.module.state_dict().values()) == digest(
        many.task.network.module.state_dict().values()
    )


def test_no_room_is_told_once_and_the_training_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kt_gui.engine.activations.memory_available", lambda device: 0)
    told, _ = learnt(made(Features()))
    assert len([event for event in told if isinstance(event, Noticed)]) == 1
    assert len(epochs(told)) == 6


def test_stopping_while_features_are_computed_ends_the_training_and_can_be_gone_on_with() -> None:
    def told(of: Trainer, stop: StopToken) -> Iterator[Event]:
        for event in of.train(stop):
            if type(event).__name__ == "Progressed":
                stop.stop()
            yield event

    begun = Trainer(made(Features()))
    assert not epochs(list(told(begun, StopToken())))
    resumed = Trainer(made(Features()))
    resumed.load(begun.state())
    events = list(resumed.train(StopToken()))
    _, whole = learnt(made(Features()))
    assert len(epochs(events)) == 6
    assert digest(resumed.task.network.module.state_dict().values()) == digest(
        whole.task.network.module.state_dict().values()
    )


def test_the_test_pictures_are_judged_by_what_is_kept(tmp_path: Path) -> None:
    place = Arrays(tmp_path, 10_000_000)
    _, learner = learnt(replace(made(Features()), store=place))
    plain = Trainer(replace(made(Features()), resolved=ALWAYS))
    plain.task.network.module.load_state_dict(learner.task.network.module.state_dict())
    found = []

    def judged(by: Trainer) -> Iterator[Event]:
        found.append((yield from by.test(by.task.validation, StopToken())))

    list(judged(learner))
    list(judged(plain))
    np.testing.assert_allclose(found[0].logits, found[1].logits, atol=1e-5)
    assert found[0].correct == found[1].correct


def test_frozen_weights_and_buffers_stay_bit_for_bit() -> None:
    of = made(LastBlocks(blocks=1), VARIED)
    before = weights(of.network)
    learnt(of)
    after = of.network.module.state_dict()
    assert all(torch.equal(after[name], before[name]) for name in after if of.network.owner[name] == "stem")
    assert not torch.equal(after["middle.0.weight"], before["middle.0.weight"])
