import itertools
import math
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import msgspec
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from kt_gui.engine import trainer
from kt_gui.engine.devices import Resolved, derive
from kt_gui.engine.optimisation import learning_rate_factor
from kt_gui.engine.state import State
from kt_gui.engine.trainer import Task, Trainer
from kt_gui.schema.choices import (
    SGD,
    Adam,
    AdamW,
    Cosine,
    CustomAugmentation,
    Everything,
    Features,
    Gradual,
    HeadFirst,
    LastBlocks,
    NoAugmentation,
    OneCycle,
)
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import EpochEnded, Event, PhaseStarted, StepEnded
from kt_gui.schema.experiment import Transfer
from kt_gui.schema.stop import StopToken
from tests.engine.small_task import CPU, digest, pictures, small_network, task, weights


@pytest.fixture
def every_step_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "REPORT_S", 0.0)


def train(of: Task) -> list[Event]:
    return list(Trainer(of).train(StopToken()))


def epochs(events: list[Event]) -> list[EpochEnded]:
    return [event for event in events if isinstance(event, EpochEnded)]


def timeless(events: list[Event]) -> list[EpochEnded]:
    """What must be reproducible of the epochs."""
    return [msgspec.structs.replace(e, at=0, seconds=0, samples_per_s=0, memory=0) for e in epochs(events)]


# --- what is computed ------------------------------------------------------------------------------------------------


def plain_loop(of: Task, optimiser: torch.optim.Optimizer) -> None:
    """Fine-tune as anyone would write it, through the same order of pictures."""
    module, count = of.network.module, len(of.train)
    steps = math.ceil(count / of.training.batch_size)
    for epoch in range(of.training.epochs):
        module.train()
        order = torch.randperm(count, generator=torch.Generator().manual_seed(derive(of.seed, of.phase, epoch)))
        for step, batch in enumerate(order.tensor_split(steps)):
            torch.manual_seed(derive(of.seed, of.phase, epoch, step))
            for group in optimiser.param_groups:
                group["lr"] = 0.05 * learning_rate_factor(of.training.schedule, epoch + step / steps, 3)
            optimiser.zero_grad()
            inputs = of.train.batch(batch, NoAugmentation(), 0)
            functional.cross_entropy(module(inputs), of.train.labels[batch]).backward()
            optimiser.step()


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_without_lambda_fine_tuning_is_plain_fine_tuning_bit_for_bit(dropout: float) -> None:
    ours, theirs = small_network(dropout=dropout), small_network(dropout=dropout)
    transfer = Transfer(freezing=Everything(), strength=0.0, beta=0.0)
    train(task(ours, transfer, schedule=Cosine(warmup_epochs=1)))
    optimiser = torch.optim.SGD(theirs.module.parameters(), lr=0.05, momentum=0.9)
    plain_loop(task(theirs, transfer, schedule=Cosine(warmup_epochs=1)), optimiser)
    assert digest(ours.module.state_dict().values()) == digest(theirs.module.state_dict().values())


def test_without_lambda_adam_is_plain_adam_bit_for_bit() -> None:
    ours, theirs = small_network(), small_network()
    transfer = Transfer(strength=0.0, beta=0.0)
    train(task(ours, transfer, optimiser=Adam(learning_rate=0.05)))
    optimiser = torch.optim.Adam(theirs.module.parameters(), lr=0.05, fused=True)
    plain_loop(task(theirs, transfer), optimiser)
    assert digest(ours.module.state_dict().values()) == digest(theirs.module.state_dict().values())


def test_pretraining_is_plain_training_with_weight_decay_on_everything() -> None:
    ours, theirs = small_network(), small_network()
    train(task(ours, optimiser=SGD(learning_rate=0.05, momentum=0.9, weight_decay=0.01)))
    optimiser = torch.optim.SGD(theirs.module.parameters(), lr=0.05, momentum=0.9, weight_decay=0.01)
    plain_loop(task(theirs), optimiser)
    assert digest(ours.module.state_dict().values()) == digest(theirs.module.state_dict().values())


def test_a_large_lambda_approaches_the_probe() -> None:
    """The shared weights stay; the head goes where the probe's goes."""
    distances, heads = [], []
    plain = SGD(learning_rate=0.05, momentum=0.0)
    for strength in (0.0, 0.1, 1.0, 8.0):
        network = small_network()
        transfer = Transfer(strength=strength, beta=0.0, batch_norm="eval")
        events = train(task(network, transfer, epochs=8, optimiser=plain))
        distances.append(sum(block.squared or 0.0 for block in epochs(events)[-1].drift))
        heads.append(network.module.head[2].weight.detach().clone())
    probe = small_network()
    train(task(probe, Transfer(freezing=Features(), beta=0.0), epochs=8, optimiser=plain))
    away = [float((head - probe.module.head[2].weight.detach()).norm()) for head in heads]
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] < 1e-2 * distances[0]
    assert away[-1] < 0.1 * away[0]


def test_the_penalty_told_is_lambda_times_the_drift() -> None:
    told = epochs(train(task(small_network(), Transfer(strength=0.1))))[-1]
    assert told.penalty == pytest.approx(0.1 * sum(block.squared or 0.0 for block in told.drift))
    assert [block.block for block in told.drift] == ["stem", "middle"], "a new head has no source"


def test_a_head_that_is_kept_is_anchored_like_the_rest() -> None:
    told = epochs(train(replace(task(small_network(), Transfer(strength=0.1)), new_head=False)))[-1]
    assert [block.block for block in told.drift] == ["stem", "middle", "head"]
    assert told.penalty == pytest.approx(0.1 * sum(block.squared or 0.0 for block in told.drift))


def test_weights_only_leaves_biases_and_norms_out_of_the_penalty() -> None:
    network = small_network()
    source = weights(network)
    told = epochs(train(task(network, Transfer(strength=0.1, penalised="weights"))))[-1]
    kernels = ("stem.0.weight", "middle.0.weight")
    now = network.module.state_dict()
    assert told.penalty == pytest.approx(
        0.1 * sum(float((now[name] - source[name]).square().sum()) for name in kernels)
    )
    assert told.penalty < 0.1 * sum(block.squared or 0.0 for block in told.drift)


def test_beta_pulls_a_new_head_towards_zero() -> None:
    sizes = []
    for beta in (0.0, 2.0):
        network = small_network()
        train(task(network, Transfer(beta=beta)))
        sizes.append(float(network.module.head[2].weight.detach().norm()))
    assert sizes[1] < sizes[0]


def test_in_pretraining_nothing_pulls_back() -> None:
    told = epochs(train(task()))[-1]
    assert told.penalty == 0.0
    assert told.drift == ()


def test_pictures_of_other_seeds_come_in_another_order() -> None:
    first, second = small_network(), small_network()
    train(task(first))
    train(replace(task(second), seed=8))
    assert digest(first.module.parameters()) != digest(second.module.parameters())


def test_no_batch_is_left_with_a_single_picture() -> None:
    sizes: list[int] = []
    network = small_network()
    network.module.register_forward_pre_hook(lambda module, inputs: sizes.append(len(inputs[0])))
    train(replace(task(network, epochs=1), train=pictures(19)))
    assert sorted(sizes[:4]) == [4, 5, 5, 5]


def test_mixed_pictures_are_learnt_with_soft_labels() -> None:
    recipe = CustomAugmentation(crop="none", mixup=0.4, cutmix=1.0)
    told = epochs(train(task(augmentation=recipe, label_smoothing=0.1)))
    assert len(told) == 3
    assert all(0 <= event.train_accuracy <= 1 and event.train_loss for event in told)


def test_clipping_bounds_the_step_of_the_data_but_not_of_the_penalty() -> None:
    network = small_network()
    source = weights(network)
    plain = SGD(learning_rate=1.0, momentum=0.0)
    train(task(network, Transfer(strength=0.0, beta=0.0), epochs=1, batch_size=18, optimiser=plain, clip=0.01))
    names = [name for name, _ in network.module.named_parameters()]
    now = network.module.state_dict()
    step = math.sqrt(sum(float((now[name] - source[name]).square().sum()) for name in names))
    assert step == pytest.approx(0.01, rel=1e-3)


# --- what is told ----------------------------------------------------------------------------------------------------


def test_a_training_tells_its_phase_its_steps_and_its_epochs(every_step_is_told: None) -> None:
    events = train(task(small_network(), Transfer(freezing=LastBlocks(blocks=1)), patience=9))
    started, rest = events[0], events[1:]
    assert isinstance(started, PhaseStarted)
    assert (started.phase, started.epochs, started.steps_per_epoch, started.batch_size) == ("finetuning", 3, 3, 6)
    assert [block.name for block in started.blocks] == ["stem", "middle", "head"]
    assert started.total_parameters == sum(block.parameters for block in started.blocks) == 655
    assert started.trainable_parameters == 655 - started.blocks[0].parameters
    assert [type(event) for event in rest] == [StepEnded, StepEnded, StepEnded, EpochEnded] * 3
    steps = [event for event in rest if isinstance(event, StepEnded)]
    assert [(event.epoch, event.step) for event in steps] == [(e, s) for e in range(3) for s in (1, 2, 3)]
    assert all(event.memory > 0 and event.samples_per_s > 0 for event in steps)


def test_the_epochs_loss_is_the_mean_over_its_pictures(every_step_is_told: None) -> None:
    events = train(replace(task(epochs=1), train=pictures(17)))
    steps = [event for event in events if isinstance(event, StepEnded)]
    sizes = [6, 6, 5]
    assert epochs(events)[0].train_loss == pytest.approx(
        sum((event.loss or 0) * size for event, size in zip(steps, sizes, strict=True)) / 17, rel=1e-6
    )
    assert epochs(events)[0].train_accuracy == pytest.approx(
        sum(event.accuracy * size for event, size in zip(steps, sizes, strict=True)) / 17
    )


def test_when_steps_are_told_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    seldom, often = small_network(), small_network()
    monkeypatch.setattr(trainer, "REPORT_S", math.inf)
    first = train(task(seldom, Transfer()))
    monkeypatch.setattr(trainer, "REPORT_S", 0.0)
    second = train(task(often, Transfer()))
    assert timeless(first) == timeless(second)
    assert digest(seldom.module.state_dict().values()) == digest(often.module.state_dict().values())


def test_steps_are_told_twenty_times_a_second_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(10**6))
    monkeypatch.setattr(trainer.time, "monotonic", lambda: next(clock) * 0.004)
    events = train(task(epochs=20))
    told = [event for event in events if isinstance(event, StepEnded)]
    assert 60 / 8 < len(told) < 60 / 3


def test_blocks_that_learn_are_told_for_each_epoch() -> None:
    told = epochs(train(task(small_network(), Transfer(freezing=Gradual()))))
    assert [event.trainable_blocks for event in told] == [("head",), ("middle", "head"), ("stem", "middle", "head")]
    assert [block.frozen for block in told[1].drift] == [True, False]


def test_the_learning_rate_told_is_the_last_steps() -> None:
    told = epochs(train(task(optimiser=SGD(learning_rate=0.1), schedule=Cosine(warmup_epochs=0))))
    expected = [0.05 * (1 + math.cos(math.pi * (epoch + 2 / 3) / 3)) for epoch in range(3)]
    assert [event.learning_rate for event in told] == pytest.approx(expected)


# --- the best epoch, early stopping --------------------------------------------------------------------------------


def judged(monkeypatch: pytest.MonkeyPatch, verdicts: list[tuple[int, float]]) -> None:
    """Let validation find so many right, with such a loss, epoch by epoch."""
    coming = iter(verdicts)
    real = trainer.evaluate

    def evaluate(*arguments: object) -> trainer.Evaluation:
        correct, loss = next(coming)
        return replace(real(*arguments), correct=correct, loss=loss)  # type: ignore[arg-type]

    monkeypatch.setattr(trainer, "evaluate", evaluate)


def test_the_best_epoch_has_the_highest_accuracy_and_among_equals_the_lowest_loss(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judged(monkeypatch, [(5, 0.9), (6, 1.5), (6, 1.4), (6, 1.4), (5, 0.1)])
    learner, kept = Trainer(task(epochs=5)), {}
    for event in learner.train(StopToken()):
        if isinstance(event, EpochEnded):
            kept[event.epoch] = weights(learner.task.network)
            assert event.best == (event.epoch <= 2)
            assert event.best_epoch == min(event.epoch, 2)
            assert event.plateau == event.epoch - event.best_epoch
    assert learner.best_epoch == 2
    assert digest(learner.best.values()) == digest(kept[2].values())


def test_training_ends_when_patience_does(monkeypatch: pytest.MonkeyPatch) -> None:
    judged(monkeypatch, [(5, 0.9), (6, 0.8), (6, 0.9), (5, 0.9), (9, 0.1)])
    assert len(epochs(train(task(epochs=9, patience=2)))) == 4


def test_patience_waits_for_what_is_yet_to_be_unfrozen(monkeypatch: pytest.MonkeyPatch) -> None:
    judged(monkeypatch, [(6, 0.8)] + [(5, 0.9)] * 8)
    transfer = Transfer(freezing=HeadFirst(head_epochs=4))
    assert len(epochs(train(task(small_network(), transfer, epochs=9, patience=2)))) == 7


def test_before_an_epoch_has_ended_nothing_is_best() -> None:
    learner = Trainer(task())
    assert learner.best_epoch is None
    assert learner.best == {}


# --- numbers that run away -------------------------------------------------------------------------------------------


def test_a_loss_that_is_no_number_ends_in_plain_words() -> None:
    with pytest.raises(UserError, match=r"no longer a number.*Lower the learning rate; it is 100 now"):
        train(task(epochs=40, optimiser=SGD(learning_rate=100.0, weight_decay=10.0)))


def test_a_pull_that_is_too_strong_for_the_learning_rate_is_named() -> None:
    with pytest.raises(UserError, match="Lower λ or the learning rate: their product, 50,"):
        train(task(small_network(), Transfer(strength=500.0), epochs=40, optimiser=SGD(learning_rate=0.1)))


def test_weights_that_are_no_numbers_are_noticed_when_stopped_too() -> None:
    network, stop = small_network(), StopToken()
    learner = Trainer(task(network))
    events = learner.train(stop)
    next(events)
    with torch.no_grad():
        network.module.stem[0].weight.fill_(math.nan)
    stop.stop()
    with pytest.raises(UserError, match="no longer a number"):
        list(events)


def test_without_pictures_to_validate_with_nothing_begins() -> None:
    with pytest.raises(UserError, match=r"generated pictures.*none to validate"):
        Trainer(replace(task(), validation=pictures(0)))


# --- stopping and going on -------------------------------------------------------------------------------------------


class StopAtCall(StopToken):
    """Asks to stop at the n-th time it is asked."""

    def __init__(self, call: int) -> None:
        super().__init__()
        self.left = call

    def requested(self) -> bool:
        self.left -= 1
        return self.left < 0


def in_pieces(make: Iterator[Task], calls: int) -> tuple[Trainer, list[Event]]:
    """Train, stopping at every `calls`-th question, each piece by a new Trainer on a new network."""
    events: list[Event] = []
    learner = Trainer(next(make))
    while True:
        stop = StopAtCall(calls)
        events += learner.train(stop)
        if stop.left >= 0:
            return learner, events
        state = as_saved(learner.state())
        learner = Trainer(next(make))
        learner.load(state)


def as_saved(state: State) -> State:
    """What is left of a state when tensors were written and numbers went through JSON."""
    return replace(state, progress=msgspec.json.decode(msgspec.json.encode(state.progress)))


HARD = CustomAugmentation(flip="horizontal", crop="shift", mixup=0.4)
CASES = {
    "momentum, dropout, mixing": (SGD(learning_rate=0.05, weight_decay=0.01), Transfer(), CPU),
    "Adam, gradual": (Adam(learning_rate=0.01), Transfer(freezing=Gradual()), CPU),
    "AdamW, head first": (AdamW(learning_rate=0.01), Transfer(freezing=HeadFirst(head_epochs=1)), CPU),
    "pretraining": (SGD(learning_rate=0.05, nesterov=True), None, CPU),
    "channels last": (SGD(learning_rate=0.05), Transfer(), replace(CPU, memory_format="channels_last")),
    "channels last, Adam": (Adam(learning_rate=0.01), Transfer(), replace(CPU, memory_format="channels_last")),
    "fp16, as on a GPU": (Adam(learning_rate=0.01), Transfer(), replace(CPU, precision="fp16")),
    "bf16": (SGD(learning_rate=0.05), Transfer(), replace(CPU, precision="bf16")),
}


# Of an epoch's questions the first three come before its steps, the fourth before its evaluation.
@pytest.mark.parametrize("calls", [2, 3, 5])
@pytest.mark.parametrize("case", list(CASES))
def test_stopped_and_resumed_training_ends_the_same_bit_for_bit(case: str, calls: int) -> None:
    optimiser, transfer, resolved = CASES[case]

    def tasks() -> Iterator[Task]:
        seed = 0
        while True:
            again = task(
                small_network(seed, dropout=0.3),
                transfer,
                optimiser=optimiser,
                augmentation=HARD,
                schedule=OneCycle(),
                patience=2,
            )
            yield replace(again, resolved=resolved)
            seed = 99  # what is loaded must replace all there was

    whole = Trainer(next(tasks()))
    at_once = list(whole.train(StopToken()))
    learner, events = in_pieces(tasks(), calls)
    ours, theirs = learner.state(), whole.state()
    assert digest(ours.model.values()) == digest(theirs.model.values())
    assert digest(ours.best.values()) == digest(theirs.best.values())
    assert digest(ours.anchor.values()) == digest(theirs.anchor.values())
    assert learner.best_epoch == whole.best_epoch
    assert timeless(events) == timeless(at_once)
    assert len(epochs(events)) == 3
    assert [type(event) for event in events].count(PhaseStarted) == 1


def test_the_best_weights_come_back_with_a_state() -> None:
    learner = Trainer(task())
    list(learner.train(StopToken()))
    again = Trainer(task(small_network(99)))
    again.load(learner.state())
    assert again.best_epoch == learner.best_epoch is not None
    assert digest(again.best.values()) == digest(learner.best.values())


def test_the_scale_of_fp16_comes_back_with_a_state() -> None:
    of = replace(task(), resolved=replace(CPU, precision="fp16"))
    state = Trainer(of).state()
    state.progress["scale"] = 32.0
    again = Trainer(of)
    again.load(state)
    assert again.state().progress["scale"] == 32.0


def test_a_training_stopped_in_evaluation_judges_the_epoch_when_it_goes_on() -> None:
    learner = Trainer(task())
    events = list(learner.train(StopAtCall(3)))
    assert not epochs(events)
    position = learner.state().progress
    assert (position["epoch"], position["step"]) == (0, 3)


def test_a_state_is_a_copy_apart_from_what_goes_on_learning() -> None:
    learner = Trainer(task(small_network(), Transfer()))
    events = learner.train(StopToken())
    while not isinstance(next(events), EpochEnded):
        pass
    state = learner.state()
    before = digest([*state.model.values(), *momenta(state)])
    list(events)
    assert digest([*state.model.values(), *momenta(state)]) == before
    assert digest(momenta(state)) != digest(momenta(learner.state()))


def momenta(state: State) -> list[Tensor]:
    return [values["momentum_buffer"] for values in state.optimiser["state"].values()]


def test_a_state_is_written_contiguously_from_channels_last() -> None:
    resolved = Resolved("cpu", "fp32", "channels_last", 1)
    learner = Trainer(replace(task(), resolved=resolved))
    assert learner.task.network.module.middle[0].weight.is_contiguous(memory_format=torch.channels_last)
    assert all(tensor.is_contiguous() for tensor in learner.state().model.values())


def test_a_stop_before_the_first_step_leaves_everything_as_it_was() -> None:
    network = small_network()
    before = digest(network.module.state_dict().values())
    stop = StopToken()
    stop.stop()
    events = list(Trainer(task(network)).train(stop))
    assert [type(event) for event in events] == [PhaseStarted]
    assert digest(network.module.state_dict().values()) == before


def test_half_precision_keeps_weights_and_anchors_in_single() -> None:
    of = replace(task(small_network(), Transfer()), resolved=replace(CPU, precision="bf16"))
    learner = Trainer(of)
    list(learner.train(StopToken()))
    state = learner.state()
    floats = [*state.anchor.values(), *(t for t in state.model.values() if t.is_floating_point())]
    assert {tensor.dtype for tensor in floats} == {torch.float32}


def test_the_speed_that_a_step_tells_counts_the_step_itself(
    every_step_is_told: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock that moves on by a second whenever it is asked: six pictures a step take one at least."""
    seconds = itertools.count()
    monkeypatch.setattr(trainer, "time", SimpleNamespace(monotonic=lambda: float(next(seconds))))
    speeds = [event.samples_per_s for event in train(task()) if isinstance(event, StepEnded)]
    assert len(speeds) == 9
    assert all(0 < speed <= 6 for speed in speeds)
