import pytest
import torch

from kt_gui.engine import devices
from kt_gui.engine.devices import (
    Options,
    Resolved,
    derive,
    describe_machine,
    is_out_of_memory,
    memory_available,
    memory_in_use,
    options,
    untouched_chance,
)
from kt_gui.schema.errors import UserError
from tests.engine.small_task import CPU, small_network, training


@pytest.fixture
def plain_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of eight cores and no accelerator, with bf16 instructions."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(devices, "has_fast_bf16", lambda: True)
    monkeypatch.setattr(devices, "_cores", lambda: 8)


@pytest.mark.usefixtures("plain_cpu")
def test_what_is_left_to_the_program_is_open_and_the_simplest_way_comes_first() -> None:
    told = options(training())
    both = ("contiguous", "channels_last")
    assert told == Options("cpu", tuple((precision, layout) for precision in ("fp32", "bf16") for layout in both))


@pytest.mark.usefixtures("plain_cpu")
def test_half_precision_is_not_thought_of_where_the_cpu_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "has_fast_bf16", lambda: False)
    assert {precision for precision, _ in options(training()).ways} == {"fp32"}


@pytest.mark.parametrize("count", ["1", "3"])
def test_a_run_takes_as_many_threads_as_the_environment_says(count: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KT_THREADS", count)
    assert options(training()).resolved(("fp32", "contiguous")).threads == int(count)


@pytest.mark.parametrize("text", ["", "0", "two", "-1", "5000"])
def test_what_is_no_number_of_threads_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KT_THREADS", text)
    with pytest.raises(UserError, match="KT_THREADS"):
        devices.threads()


@pytest.mark.usefixtures("plain_cpu")
def test_what_is_asked_for_is_taken_on_all_cores() -> None:
    wanted = options(training(precision="bf16", memory_format="channels_last", device="cpu"))
    assert wanted.ways == (("bf16", "channels_last"),)
    assert wanted.resolved(wanted.ways[0]) == Resolved("cpu", "bf16", "channels_last", 8)
    assert options(training(precision="fp32")).ways == (("fp32", "contiguous"), ("fp32", "channels_last"))


@pytest.mark.usefixtures("plain_cpu")
@pytest.mark.parametrize("device", ["cuda", "cuda:1", "mps", "toaster", "cpu:x"])
def test_a_device_that_is_not_there_is_refused_with_those_that_are(device: str) -> None:
    with pytest.raises(UserError, match=rf"{device}.*training.device.*auto or one of: cpu\."):
        options(training(device=device))


@pytest.mark.usefixtures("plain_cpu")
def test_fp16_is_refused_without_cuda() -> None:
    with pytest.raises(UserError, match=r"fp16 needs a CUDA device.*bf16 or fp32"):
        options(training(precision="fp16"))


@pytest.mark.parametrize(("has_bf16", "precision"), [(True, "bf16"), (False, "fp16")])
def test_a_gpu_is_asked_for_the_half_precision_it_has(
    monkeypatch: pytest.MonkeyPatch, has_bf16: bool, precision: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: has_bf16)
    told = options(training())
    assert (told.device, told.ways[-1]) == ("cuda", (precision, "channels_last"))
    assert options(training(device="cuda:1")).device == "cuda:1"
    with pytest.raises(UserError, match="cuda:7"):
        options(training(device="cuda:7"))


def test_the_machine_is_named_by_what_makes_it_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    before = devices.machine()
    assert torch.__version__ in before
    assert devices.machine() == before
    monkeypatch.setattr(devices, "_cores", lambda: 999)
    assert devices.machine() != before


def test_a_network_is_placed_as_resolved() -> None:
    module = small_network().module
    Resolved("cpu", "fp32", "channels_last", 1).place(module)
    assert module.middle[0].weight.is_contiguous(memory_format=torch.channels_last)
    CPU.place(module)
    assert module.middle[0].weight.is_contiguous()


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
