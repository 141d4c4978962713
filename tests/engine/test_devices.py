import pytest
import torch

from kt_gui.engine import devices
from kt_gui.engine.devices import (
    Resolved,
    derive,
    describe_machine,
    is_out_of_memory,
    memory_available,
    memory_in_use,
    resolve,
    untouched_chance,
)
from kt_gui.schema.errors import UserError
from tests.engine.small_task import small_network, training


@pytest.fixture
def plain_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of eight cores and no accelerator, with bf16 instructions."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(devices, "has_fast_bf16", lambda: True)
    monkeypatch.setattr(devices, "_cores", lambda: 8)


@pytest.mark.usefixtures("plain_cpu")
def test_small_networks_and_small_pictures_stay_exact_on_a_cpu() -> None:
    assert resolve(training(), image_size=32, parameters=11_000_000) == Resolved("cpu", "fp32", "contiguous", 7)
    assert resolve(training(), image_size=224, parameters=3_400_000) == Resolved("cpu", "fp32", "channels_last", 7)


@pytest.mark.usefixtures("plain_cpu")
def test_big_networks_take_half_precision_where_the_cpu_gains_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve(training(), image_size=224, parameters=11_000_000).precision == "bf16"
    monkeypatch.setattr(devices, "has_fast_bf16", lambda: False)
    assert resolve(training(), image_size=224, parameters=11_000_000).precision == "fp32"


@pytest.mark.usefixtures("plain_cpu")
def test_what_is_asked_for_is_taken() -> None:
    wanted = training(precision="bf16", memory_format="channels_last", device="cpu")
    assert resolve(wanted, image_size=8, parameters=10) == Resolved("cpu", "bf16", "channels_last", 7)


@pytest.mark.usefixtures("plain_cpu")
@pytest.mark.parametrize("device", ["cuda", "cuda:1", "mps", "toaster", "cpu:x"])
def test_a_device_that_is_not_there_is_refused_with_those_that_are(device: str) -> None:
    with pytest.raises(UserError, match=rf"{device}.*training.device.*auto or one of: cpu\."):
        resolve(training(device=device), image_size=8, parameters=10)


@pytest.mark.usefixtures("plain_cpu")
def test_fp16_is_refused_without_cuda() -> None:
    with pytest.raises(UserError, match=r"fp16 needs a CUDA device.*bf16 or fp32"):
        resolve(training(precision="fp16"), image_size=8, parameters=10)


@pytest.mark.parametrize(("has_bf16", "precision"), [(True, "bf16"), (False, "fp16")])
def test_a_gpu_takes_half_precision_and_channels_last(
    monkeypatch: pytest.MonkeyPatch, has_bf16: bool, precision: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: has_bf16)
    told = resolve(training(), image_size=32, parameters=10)
    assert (told.device, told.precision, told.memory_format) == ("cuda", precision, "channels_last")
    assert resolve(training(device="cuda:1"), image_size=32, parameters=10).device == "cuda:1"
    with pytest.raises(UserError, match="cuda:7"):
        resolve(training(device="cuda:7"), image_size=32, parameters=10)


def test_one_core_is_left_and_one_taken_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_cores", lambda: 1)
    assert resolve(training(device="cpu"), image_size=8, parameters=10).threads == 1


def test_a_network_is_placed_as_resolved() -> None:
    module = small_network().module
    Resolved("cpu", "fp32", "channels_last", 1).place(module)
    assert module.middle[0].weight.is_contiguous(memory_format=torch.channels_last)


def test_seeds_are_the_same_on_every_machine_and_apart_for_every_part() -> None:
    assert derive(0, "pretraining", 3, 4) == 3441164684637328430  # a change would break resuming older runs
    parts = [
        (seed, phase, epoch) for seed in range(20) for phase in ("pretraining", "finetuning") for epoch in range(20)
    ]
    seeds = {derive(*part) for part in parts}
    assert len(seeds) == len(parts)
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert derive(1, 23) != derive(12, 3)


def test_chance_is_left_as_it_was() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    with untouched_chance("cpu"):
        torch.manual_seed(99)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize(
    ("error", "is_memory"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), True),
        (MemoryError(), True),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory"), True),
        (RuntimeError("MPS backend out of memory"), True),
        (RuntimeError("shape mismatch"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_running_out_of_memory_is_told_apart(error: BaseException, is_memory: bool) -> None:
    assert is_out_of_memory(error) == is_memory


def test_the_machine_is_described_in_plain_values() -> None:
    told = describe_machine()
    assert told["torch"] == torch.__version__
    assert told["cores"] >= 1
    assert all(isinstance(value, str | int | bool) for value in told.values())
    assert 0 < memory_in_use("cpu") < memory_available("cpu") + int(told["memory"])
