from dataclasses import replace

import pytest
import torch

from kt_gui.engine.rehearsal import rehearse
from kt_gui.schema.choices import Adam, Features, HeadFirst
from kt_gui.schema.experiment import Transfer
from kt_gui.schema.stop import Stopped, StopToken
from tests.engine.small_task import digest, pictures, small_network, task
from tests.engine.test_accumulation import short_of_memory


def test_a_rehearsal_leaves_network_gradients_modes_and_chance_as_they_were() -> None:
    network = small_network(dropout=0.5)
    network.module.stem.eval()
    network.module.head[2].weight.grad = torch.ones(3, 8)
    before = digest(network.module.state_dict().values())
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    rehearse(task(network, Transfer(freezing=Features())))
    assert torch.equal(torch.rand(3), expected)
    assert digest(network.module.state_dict().values()) == before
    assert torch.equal(network.module.head[2].weight.grad, torch.ones(3, 8))
    assert all(parameter.requires_grad for parameter in network.module.parameters())
    assert [network.module.stem.training, network.module.middle.training] == [False, True]


def test_the_first_step_only_warms_up() -> None:
    told = rehearse(task(), batches=2)
    assert len(told.steps) == 2
    assert told.steps_per_epoch == 3
    assert min(told.steps) > 0
    assert told.validation > 0


def test_an_epoch_of_a_single_step_is_rehearsed_too() -> None:
    told = rehearse(replace(task(), train=pictures(5)), batches=3)
    assert (len(told.steps), told.steps_per_epoch) == (3, 1)


def test_memory_grows_with_what_learns_and_what_the_optimiser_keeps() -> None:
    probe = rehearse(task(small_network(), Transfer(freezing=Features())))
    later = rehearse(task(small_network(), Transfer(freezing=HeadFirst(head_epochs=1))))
    everything = rehearse(task(small_network(), Transfer()))
    adam = rehearse(task(small_network(), Transfer(), optimiser=Adam()))
    assert probe.held < later.held == everything.held < adam.held
    assert probe.per_picture < later.per_picture == everything.per_picture == adam.per_picture
    weights = sum(tensor.nbytes for tensor in small_network().module.state_dict().values())
    assert everything.held > weights
    # by hand: the first convolution's output alone, 6 x 8 x 8 floats
    assert everything.per_picture > 6 * 8 * 8 * 4


def test_what_a_step_keeps_grows_with_the_pictures_it_takes_at_once() -> None:
    told = [
        rehearse(replace(task(small_network(), batch_size=batch, accumulation=parts), train=pictures(24)))
        for batch, parts in ((6, 1), (12, 1), (12, 4))
    ]
    assert [each.parts for each in told] == [1, 1, 4]
    six, twelve, parted = (each.per_picture for each in told)
    assert twelve == pytest.approx(six, rel=0.1)
    assert six <= parted < 1.5 * six, "the pixels of the whole batch are there with each part"


def test_memory_that_runs_out_in_a_rehearsal_is_told_by_the_parts_it_took() -> None:
    told = rehearse(task(short_of_memory(2), Transfer()))
    enough = rehearse(task(short_of_memory(1000), Transfer(), accumulation=3))
    assert (told.parts, told.per_picture) == (3, enough.per_picture)


def test_a_rehearsal_stops_when_asked() -> None:
    stop = StopToken()
    stop.stop()
    with pytest.raises(Stopped):
        rehearse(task(), stop=stop)
