"""What a machine gains by is measured: here by a clock that only the network under test moves."""

import pytest
import torch
from torch import Tensor, nn

from kt_gui.engine import probing
from kt_gui.engine.backbones import Network
from kt_gui.engine.devices import Options, Resolved, Way
from kt_gui.engine.probing import FEWEST, ROUNDS, choose, enough, measure
from kt_gui.schema.stop import Stopped, StopToken
from tests.engine.small_task import as_network, digest, small_network

PLAIN: Way = ("fp32", "contiguous")
LAST: Way = ("fp32", "channels_last")
HALF: Way = ("bf16", "contiguous")
HALF_LAST: Way = ("bf16", "channels_last")
ALL = Options("cpu", (PLAIN, LAST, HALF, HALF_LAST))


class Stopwatch:
    """A clock that each step moves by what its way is said to take, for each picture."""

    def __init__(self, **seconds: float) -> None:
        self.now = 0.0
        self.seconds = seconds
        self.steps: list[tuple[str, int]] = []

    def __call__(self) -> float:
        return self.now


class Watched(nn.Module):
    """Tells the clock in which way it is used."""

    def __init__(self, clock: Stopwatch) -> None:
        super().__init__()
        self.clock = [clock]  # in a list, so that a copy of the network moves the same clock
        self.convolution = nn.Conv2d(3, 4, 3)

    def __deepcopy__(self, memo: object) -> "Watched":
        other = Watched(self.clock[0])
        other.load_state_dict(self.state_dict())
        return other

    def forward(self, pictures: Tensor) -> Tensor:
        weight = self.convolution.weight
        last = weight.is_contiguous(memory_format=torch.channels_last)
        assert pictures.is_contiguous(memory_format=torch.channels_last if last else torch.contiguous_format)
        way = ("half" if torch.is_autocast_enabled("cpu") else "fp32") + ("_last" if last else "")
        clock = self.clock[0]
        clock.steps.append((way, len(pictures)))
        clock.now += clock.seconds.get(way, 0.001) * len(pictures)
        return self.convolution(pictures).mean((2, 3))


def watched(**seconds: float) -> tuple[Network, Stopwatch]:
    clock = Stopwatch(**seconds)
    module = nn.Sequential()
    module.add_module("head", Watched(clock))
    return as_network(module), clock


def test_each_way_is_told_by_what_its_quickest_step_took() -> None:
    network, clock = watched(fp32=0.004, fp32_last=0.003, half=0.002, half_last=0.001)
    found = measure(network, ALL, 8, StopToken(), clock=clock)
    assert found == pytest.approx({PLAIN: 0.032, LAST: 0.024, HALF: 0.016, HALF_LAST: 0.008})


def test_ways_take_turns_on_the_same_number_of_pictures() -> None:
    network, clock = watched()
    measure(network, ALL, 8, StopToken(), clock=clock)
    rounds = clock.steps[-4 * ROUNDS :]
    assert rounds == [(way, 8) for way in ("fp32", "fp32_last", "half", "half_last")] * ROUNDS


def test_a_slow_step_has_fewer_pictures_and_a_slow_network_two_rounds() -> None:
    network, clock = watched(fp32=0.15)
    measure(network, ALL, 32, StopToken(), clock=clock)
    assert clock.steps[-1] == ("half_last", 4)
    network, clock = watched(fp32=5.0, fp32_last=5.0, half=5.0, half_last=5.0)
    found = measure(network, ALL, 32, StopToken(), clock=clock)
    assert found[HALF_LAST] == 5.0 * FEWEST
    assert [way for way, _ in clock.steps[-4:]] == ["fp32", "fp32_last", "half", "half_last"]
    assert len(clock.steps) == 2 + 2 * 4, "two to find the number of pictures, two rounds"


def test_what_is_much_slower_in_the_first_round_takes_no_further_turn() -> None:
    network, clock = watched(half=0.002, half_last=0.0012)
    found = measure(network, ALL, 8, StopToken(), clock=clock)
    assert [way for way, _ in clock.steps].count("half") == 1
    assert [way for way, _ in clock.steps].count("half_last") == ROUNDS
    assert found[HALF] == pytest.approx(0.016)


def test_no_more_pictures_are_taken_than_the_run_has_in_a_batch() -> None:
    network, clock = watched()
    measure(network, ALL, 3, StopToken(), clock=clock)
    assert {count for _, count in clock.steps} == {2, 3}
    assert (enough(4, "cpu"), enough(512, "cpu"), enough(128, "cuda"), enough(4096, "cuda:1")) == (4, 8, 128, 512)
    assert enough(1, "cpu") == 2, "batch norm has no statistics of one picture"


def test_what_the_memory_does_not_hold_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    network, clock = watched()
    step = probing._step

    def narrow(module: nn.Module, pictures: Tensor, resolved: Resolved) -> None:
        if len(pictures) > 4 or (resolved.precision == "fp32" and resolved.memory_format == "channels_last"):
            raise torch.OutOfMemoryError
        step(module, pictures, resolved)

    monkeypatch.setattr(probing, "_step", narrow)
    found = measure(network, ALL, 8, StopToken(), clock=clock)
    assert max(count for _, count in clock.steps) == 4
    assert found[LAST] == float("inf")
    assert choose(ALL.ways, found) == PLAIN


def test_measuring_leaves_network_modes_gradients_chance_and_threads_as_they_were() -> None:
    network = small_network(dropout=0.5)
    network.module.stem.eval()
    network.module.head[2].weight.grad = torch.ones(3, 8)
    before = digest(network.module.state_dict().values())
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    measure(network, ALL, 4, StopToken())
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == 1
    assert digest(network.module.state_dict().values()) == before
    assert torch.equal(network.module.head[2].weight.grad, torch.ones(3, 8))
    assert [network.module.stem.training, network.module.middle.training] == [False, True]
    assert network.module.middle[0].weight.is_contiguous()


def test_measuring_stops_when_asked() -> None:
    stop = StopToken()
    stop.stop()
    with pytest.raises(Stopped):
        measure(small_network(), ALL, 4, stop)
    assert torch.get_num_threads() == 1


@pytest.mark.parametrize(
    ("seconds", "chosen"),
    [
        ({PLAIN: 1.0, LAST: 0.95, HALF: 1.2, HALF_LAST: 0.92}, PLAIN),
        ({PLAIN: 1.0, LAST: 0.8, HALF: 0.9, HALF_LAST: 0.78}, LAST),
        ({PLAIN: 1.0, LAST: 1.3, HALF: 0.7, HALF_LAST: 0.4}, HALF_LAST),
        ({PLAIN: 1.0, LAST: 1.3, HALF: 0.7, HALF_LAST: 0.69}, HALF),
    ],
)
def test_a_way_is_taken_only_where_it_clearly_gains_over_a_simpler_one(seconds: dict[Way, float], chosen: Way) -> None:
    assert choose(ALL.ways, seconds) == chosen


def test_what_was_not_asked_for_is_left_aside() -> None:
    seconds = {PLAIN: 0.1, LAST: 0.1, HALF: 1.0, HALF_LAST: 0.5}
    assert choose((HALF, HALF_LAST), seconds) == HALF_LAST


def test_a_clock_of_its_own_is_found_for_this_machine() -> None:
    found = measure(small_network(), ALL, 4, StopToken())
    assert set(found) == set(ALL.ways)
    assert all(0 < seconds < float("inf") for seconds in found.values())
