"""A batch taken in parts is the same step; memory that runs out is answered by more parts."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from kt_gui.engine.backbones import Network
from kt_gui.engine.trainer import State, Task, Trainer
from kt_gui.schema.choices import CustomAugmentation
from kt_gui.schema.events import EpochEnded, Event, Noticed
from kt_gui.schema.experiment import Transfer
from kt_gui.schema.stop import StopToken
from tests.engine.small_task import CLASSES, CPU, as_network, digest, pictures, small_network, task, weights

MIXED = CustomAugmentation(flip="horizontal", crop="shift", mixup=0.4)


def plain_network() -> Network:
    """Stem and head, without batch norm."""
    torch.manual_seed(3)
    module = nn.Sequential()
    module.add_module("stem", nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU()))
    module.add_module("head", nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, len(CLASSES))))
    return as_network(module)


def learn(of: Task) -> tuple[Trainer, list[Event]]:
    trainer = Trainer(of)
    return trainer, list(trainer.train(StopToken()))


def distance(one: Trainer, other: Trainer) -> float:
    """The largest difference of any weight or buffer."""
    ours, theirs = weights(one.task.network), weights(other.task.network)
    return max(float((ours[name] - theirs[name]).abs().max()) for name in ours)


NETWORKS: dict[str, tuple[Callable[[], Network], Transfer]] = {
    "without batch norm": (plain_network, Transfer(strength=0.1)),
    "with the source's statistics": (small_network, Transfer(strength=0.1, batch_norm="eval")),
}


@pytest.mark.parametrize("parts", [2, 4, 6, 100])
@pytest.mark.parametrize("case", list(NETWORKS))
def test_a_batch_in_parts_is_the_same_step(case: str, parts: int) -> None:
    network, transfer = NETWORKS[case]
    told = [
        learn(task(network(), transfer, accumulation=count, augmentation=MIXED, clip=0.5, label_smoothing=0.1))
        for count in (1, parts)
    ]
    (whole, once), (parted, events) = told
    assert distance(whole, parted) < 1e-5
    assert distance(whole, Trainer(task(network(), transfer))) > 1e-2, "it has learnt"
    one, other = ([event for event in each if isinstance(event, EpochEnded)] for each in (once, events))
    assert [event.train_loss for event in one] == pytest.approx([event.train_loss for event in other], rel=1e-5)
    assert [event.train_accuracy for event in one] == [event.train_accuracy for event in other]


def test_parts_differ_by_one_picture_at_most() -> None:
    network, seen = plain_network(), []
    network.module.register_forward_pre_hook(
        lambda module, given: seen.append(len(given[0])) if module.training else None
    )
    learn(task(network, accumulation=4, epochs=1))
    assert seen == [2, 2, 1, 1] * 3, "three batches of six"


def test_fp16_is_scaled_once_a_step() -> None:
    ours, theirs = (
        learn(replace(task(plain_network(), accumulation=parts), resolved=replace(CPU, precision="fp16")))[0]
        for parts in (1, 3)
    )
    assert distance(ours, theirs) < 1e-3
    assert ours.state().progress["_growth_tracker"] == theirs.state().progress["_growth_tracker"]


# --- out of memory ---------------------------------------------------------------------------------------------------


class Memory(nn.Module):
    """Holds only so many pictures at once."""

    def __init__(self, pictures: int) -> None:
        super().__init__()
        self.pictures = pictures

    def forward(self, given: Tensor) -> Tensor:
        if self.training and len(given) > self.pictures:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return given


def short_of_memory(pictures: int, *, network: Network | None = None, dropout: float = 0.0) -> Network:
    """Batch norm has moved its statistics by the time memory runs out."""
    module = (network or small_network(dropout=dropout)).module
    module.middle.append(Memory(pictures))
    return as_network(module)


def without_limit(network: Network) -> Network:
    network.module.middle[-1].pictures = 1000
    return network


def notices(events: list[Event]) -> list[Noticed]:
    return [event for event in events if isinstance(event, Noticed)]


def test_out_of_memory_goes_on_as_if_so_many_parts_had_been_asked_for() -> None:
    short, told = learn(task(short_of_memory(2, dropout=0.3), Transfer()))
    asked, quiet = learn(task(without_limit(short_of_memory(2, dropout=0.3)), Transfer(), accumulation=3))
    assert short.parts == asked.parts == 3
    assert digest(short.state().model.values()) == digest(asked.state().model.values())
    assert notices(quiet) == []
    assert [str(each.message) for each in notices(told)] == [
        "The memory did not hold a batch of 6: from now on it is taken in 2 parts.",
        "The memory did not hold a batch of 6: from now on it is taken in 3 parts.",
    ]


def test_what_changes_is_said_where_batch_norm_follows_the_parts_and_only_there() -> None:
    follows = notices(learn(task(short_of_memory(3), Transfer()))[1])
    keeps = notices(learn(task(short_of_memory(3), Transfer(batch_norm="eval")))[1])
    assert [each.level for each in (*follows, *keeps)] == ["warning", "information"]
    assert "batch norm" in str(follows[0].remedy)
    assert "batch norm" not in str(keeps[0].remedy)


def test_where_a_single_picture_does_not_fit_the_error_leaves() -> None:
    trainer = Trainer(task(short_of_memory(0), Transfer()))
    with pytest.raises(torch.OutOfMemoryError):
        list(trainer.train(StopToken()))


def test_another_error_is_not_taken_for_it() -> None:
    network = plain_network()
    network.module.register_forward_hook(lambda *_: (_ for _ in ()).throw(RuntimeError("shape mismatch")))
    with pytest.raises(RuntimeError, match="shape mismatch"):
        learn(task(network))


def test_a_resumed_training_goes_on_in_as_many_parts() -> None:
    learner = Trainer(task(short_of_memory(2), Transfer()))
    events = learner.train(StopToken())
    while not isinstance(next(events), EpochEnded):
        pass
    state = learner.state()
    list(events)
    again = Trainer(task(without_limit(short_of_memory(2)), Transfer()))
    again.load(state)
    assert notices(list(again.train(StopToken()))) == []
    assert again.parts == 3
    assert digest(again.state().model.values()) == digest(learner.state().model.values())


def test_a_state_of_an_older_version_has_the_parts_asked_for() -> None:
    state = Trainer(task()).state()
    older = State(state.model, state.best, state.anchor, state.optimiser, {**state.progress})
    del older.progress["parts"]
    again = Trainer(task(accumulation=3))
    again.load(older)
    assert again.parts == 3


def test_pictures_and_order_do_not_depend_on_the_parts() -> None:
    """By what the first layer sees: the same pixels, in the same order."""
    seen: list[Tensor] = []
    for parts in (1, 3):
        network = plain_network()
        given: list[Tensor] = []
        network.module.register_forward_pre_hook(lambda _, inputs, into=given: into.append(inputs[0].clone()))
        trainer = Trainer(replace(task(network, accumulation=parts, augmentation=MIXED), train=pictures(18)))
        trainer.enter_epoch(0)
        trainer.step()
        seen.append(torch.cat(given))
    assert torch.equal(*seen)


def test_batch_norm_is_never_given_a_single_picture() -> None:
    """It has no statistics of one: torch refuses where one value a channel is all there is."""
    network = as_network(nn.Sequential())
    network.module.add_module("stem", nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)))
    network.module.add_module("head", nn.Sequential(nn.Flatten(), nn.Linear(4, 3)))
    learn(task(as_network(network.module), accumulation=6))


def test_dropout_that_works_part_by_part_is_said() -> None:
    network = without_limit(short_of_memory(3, dropout=0.5))
    network.module.middle[-1].pictures = 3
    (told,) = notices(learn(task(network, Transfer(batch_norm="eval")))[1])
    assert "dropout" in str(told.remedy)
