"""A team learns what one process would: the same batches, statistics and decisions, up to the order of sums."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from kt_gui.engine.team import ALONE, deal
from kt_gui.engine.trainer import Task, Trainer
from kt_gui.schema.choices import Adam, CustomAugmentation, Gradual, HeadFirst
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import EpochEnded, Event, Noticed
from kt_gui.schema.experiment import Transfer
from kt_gui.schema.stop import StopToken
from tests.engine.small_task import pictures, small_network, task, weights
from tests.engine.small_team import learn_together

VARIED = CustomAugmentation(flip="horizontal", crop="shift", colour=0.2)
MIXED = CustomAugmentation(flip="horizontal", crop="shift", mixup=0.4)
TASKS: dict[str, Callable[[], Task]] = {
    "everything, batch norm learning": lambda: task(epochs=4),
    "batches that cannot be shared evenly": lambda: task(batch_size=5, epochs=4),
    "held by λ and β": lambda: task(transfer=Transfer(strength=0.1, beta=0.1), clip=0.5, label_smoothing=0.1),
    "the head first": lambda: task(transfer=Transfer(strength=0.1, freezing=HeadFirst(head_epochs=2)), epochs=4),
    "unfrozen by and by": lambda: task(transfer=Transfer(freezing=Gradual(epochs_per_block=2)), epochs=6),
    "the source's statistics": lambda: task(transfer=Transfer(strength=0.1, batch_norm="eval")),
    "in parts": lambda: task(batch_size=9, accumulation=2),
    "in more parts than there are pictures": lambda: task(transfer=Transfer(batch_norm="eval"), accumulation=100),
    "varied by chance": lambda: task(augmentation=VARIED),
    "varied in fixed views": lambda: task(
        transfer=Transfer(freezing=HeadFirst(head_epochs=2), views=2), augmentation=VARIED
    ),
    "mixed": lambda: task(augmentation=MIXED),
    # A bias before a batch norm that learns has no gradient but rounding, which Adam would make a step of.
    "by Adam": lambda: task(transfer=Transfer(batch_norm="eval"), optimiser=Adam(learning_rate=0.01)),
}


def learn(of: Task) -> tuple[Trainer, list[Event]]:
    trainer = Trainer(of)
    return trainer, list(trainer.train(StopToken()))


def distance(one: Trainer, other: Trainer) -> float:
    """The largest difference of any weight or buffer."""
    ours, theirs = weights(one.task.network), weights(other.task.network)
    return max(float((ours[name].double() - theirs[name].double()).abs().max()) for name in ours)


def epochs(events: list[Event]) -> list[EpochEnded]:
    return [event for event in events if isinstance(event, EpochEnded)]


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("case", list(TASKS))
def test_a_team_learns_what_one_process_would(case: str, size: int) -> None:
    alone, told = learn(TASKS[case]())
    members, heard = learn_together(size, TASKS[case])
    assert distance(alone, members[0]) < 1e-4
    assert all(distance(members[0], other) == 0 for other in members[1:]), "all hold the same weights, bit for bit"
    assert distance(alone, Trainer(TASKS[case]())) > 1e-2, "it has learnt"
    for one, other in zip(epochs(told), epochs(heard), strict=True):
        assert (one.train_loss, one.validation_loss) == pytest.approx(
            (other.train_loss, other.validation_loss), rel=1e-4
        )
        assert (one.train_accuracy, one.validation_accuracy) == (other.train_accuracy, other.validation_accuracy)
        assert (one.best, one.trainable_blocks) == (other.best, other.trainable_blocks)


def test_some_pictures_of_a_batch_are_varied_as_among_all() -> None:
    portion, indexes, places = pictures(12), torch.randperm(12), torch.tensor([7, 2, 3])
    whole = portion.batch(indexes, VARIED, seed=5)
    assert torch.equal(portion.batch(indexes, VARIED, 5, places), whole[places])
    assert not torch.equal(portion.batch(indexes[places], VARIED, 5), whole[places])


def test_what_is_dropped_by_chance_is_told_of_once() -> None:
    members, heard = learn_together(2, lambda: task(small_network(dropout=0.5)))
    assert distance(*members) == 0
    assert [event.message.text for event in heard if isinstance(event, Noticed)] == [
        "Dropout draws in each process by itself: results differ a little from those of one process."
    ]


def test_what_is_dropped_by_chance_is_told_of_when_it_is_unfrozen() -> None:
    head_first = Transfer(freezing=HeadFirst(head_epochs=1))
    _, heard = learn_together(2, lambda: task(small_network(dropout=0.5), head_first))
    (told,) = (place for place, event in enumerate(heard) if isinstance(event, Noticed))
    assert isinstance(heard[told - 1], EpochEnded), "the head alone, which drops nothing, came before"


def test_a_batch_too_small_for_the_team_is_refused() -> None:
    with pytest.raises(UserError, match="A batch of 3 pictures cannot be dealt out to 4 processes"):
        Trainer(replace(task(batch_size=4), team=replace(ALONE, size=4)))


@pytest.mark.parametrize(("pictures", "parts", "size"), [(10, 1, 2), (11, 3, 3), (7, 2, 3), (2, 1, 2)])
def test_every_picture_is_learnt_by_one_process(pictures: int, parts: int, size: int) -> None:
    shares = [deal(replace(ALONE, rank=rank, size=size), pictures, parts) for rank in range(size)]
    assert sorted(torch.cat([share.places for share in shares]).tolist()) == list(range(pictures))
    lengths = [[len(part) for part in share.parts] for share in shares]
    assert all(max(part) - min(part) <= 1 for part in zip(*lengths, strict=True))
