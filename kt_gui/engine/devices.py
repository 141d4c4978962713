"""What this machine can do, and how a run uses it: device, precision, memory format, threads, memory, seeds.

All of it is resolved once, before a run, and never asked again when the run is resumed.
"""

import ctypes
import hashlib
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal, assert_never

import msgspec
import psutil
import torch
from torch import Tensor, nn

from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Training
from kt_gui.schema.texts import tr

Precision = Literal["fp32", "bf16", "fp16"]
MemoryFormat = Literal["contiguous", "channels_last"]

Way = tuple[Precision, MemoryFormat]
"""In which precision and memory format a network learns."""


MOST_THREADS = 4096
"""More than any machine has; asked for far more, torch takes the whole process down."""

M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -4, -8


@dataclass(frozen=True)
class Resolved:
    """How a run uses the machine. Plain values, to be written down with the run."""

    device: str
    precision: Precision
    memory_format: MemoryFormat
    threads: Annotated[int, msgspec.Meta(ge=1, le=MOST_THREADS)]
    reuse: bool = True
    """Whether what frozen blocks compute is kept and used again."""

    def autocast(self) -> torch.autocast:
        """Give the context in which the forward pass runs."""
        dtype = torch.float16 if self.precision == "fp16" else torch.bfloat16
        return torch.autocast(torch.device(self.device).type, dtype, enabled=self.precision != "fp32")

    @property
    def layout(self) -> torch.memory_format:
        """The memory format, as torch names it."""
        return torch.channels_last if self.memory_format == "channels_last" else torch.contiguous_format

    def place(self, module: nn.Module) -> None:
        """Move a network to the device and into the memory format, in place."""
        module.to(device=self.device)
        module.to(memory_format=self.layout)


@dataclass(frozen=True)
class Options:
    """What a training leaves to the program: the ways that come into question, the simplest first."""

    device: str
    ways: tuple[Way, ...]

    def resolved(self, way: Way) -> Resolved:
        """Take one of the ways, on all cores unless told otherwise.

        The window needs no core to itself (`python -m benchmarks.watching`), and on two cores a step on one thread
        takes 1.1 to 1.5 times as long (`python -m benchmarks.ways`).
        """
        precision, memory_format = way
        return Resolved(self.device, precision, memory_format, threads=threads())


def options(training: Training) -> Options:
    """Say on which device a training runs, and in which ways it could.

    Raises UserError for a device this machine does not have, and for fp16 without CUDA.
    """
    device = _device(training.device)
    precisions = _precisions(training.precision, device)
    formats = _formats(training.memory_format, device)
    return Options(str(device), tuple((precision, layout) for precision in precisions for layout in formats))


def _device(wanted: str) -> torch.device:
    if wanted == "auto":
        return torch.device(_best_device())
    try:
        device = torch.device(wanted)
    except RuntimeError:
        raise _no_such_device(wanted) from None
    if str(device) not in _devices():
        raise _no_such_device(wanted)
    return device


def _best_device() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _devices() -> tuple[str, ...]:
    """Name every device one can ask for."""
    cuda = tuple(f"cuda:{index}" for index in range(torch.cuda.device_count())) if torch.cuda.is_available() else ()
    mps = ("mps",) if torch.backends.mps.is_available() else ()
    return ("cpu", *(("cuda", *cuda) if cuda else ()), *mps)


def _no_such_device(wanted: str) -> UserError:
    return UserError(
        tr("This machine has no device “{device}” (training.device).", device=wanted),
        tr("Choose auto or one of: {devices}.", devices=", ".join(_devices())),
    )


def _precisions(wanted: Literal["auto", "fp32", "bf16", "fp16"], device: torch.device) -> tuple[Precision, ...]:
    match wanted:
        case "fp16" if device.type != "cuda":
            raise UserError(
                tr("fp16 needs a CUDA device (training.precision); this run uses {device}.", device=str(device)),
                tr("Choose auto, bf16 or fp32."),
            )
        case "fp32" | "bf16" | "fp16":
            return (wanted,)
        case "auto":
            return ("fp32", *_half_precision(device))
        case _:
            assert_never(wanted)


def _half_precision(device: torch.device) -> tuple[Precision, ...]:
    """Name the half precision that may gain; whether it does is measured (`probing`)."""
    if device.type == "cuda":
        return ("bf16",) if torch.cuda.is_bf16_supported(including_emulation=False) else ("fp16",)
    return ("bf16",) if device.type == "cpu" and has_fast_bf16() else ()


def _formats(wanted: Literal["auto", "contiguous", "channels_last"], device: torch.device) -> tuple[MemoryFormat, ...]:
    if wanted != "auto":
        return (wanted,)
    return ("contiguous",) if device.type == "mps" else ("contiguous", "channels_last")


def has_fast_bf16() -> bool:
    """Tell whether this CPU multiplies bf16 by instructions of its own."""
    # Public only as get_capabilities() in newer torch; these two have been there since 2.4.
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def _cores() -> int:
    """Count the cores this process may use: two threads on one core only get in each other's way."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(allowed, psutil.cpu_count(logical=False) or allowed)


def threads() -> int:
    """Say how many threads a run takes: one a core, or as many as `KT_THREADS` says. Raises UserError."""
    asked = os.environ.get("KT_THREADS")
    if asked is None:
        return _cores()
    if not asked.isdecimal() or not 1 <= int(asked) <= MOST_THREADS:
        raise UserError(
            tr("KT_THREADS is no number of threads: {text}", text=asked), tr("Set it to 1 or more, or leave it out.")
        )
    return int(asked)


def machine() -> str:
    """Name what decides how fast networks learn here: processor, cores, accelerator, torch."""
    told = describe_machine()
    parts = ("processor", "cpu_capability", "cpu_bf16", "cores", "accelerator", "torch")
    return ", ".join(f"{part} {told[part]}" for part in parts if told[part] != "")


def computer(resolved: Resolved) -> str:
    """Name what computes, as far as the last bits of results may depend on it."""
    if torch.device(resolved.device).type == "cuda":
        return torch.cuda.get_device_name(resolved.device)
    return f"{resolved.device} {torch.backends.cpu.get_cpu_capability()} {resolved.threads}"


def use_threads(count: int) -> None:
    """Take so many threads, on the thread that does the work."""
    if torch.get_num_threads() != count:
        torch.set_num_threads(count)


def prepare(resolved: Resolved) -> None:
    """Take as many threads as resolved, on the thread that will do the work; keep memory between steps."""
    use_threads(resolved.threads)
    if torch.device(resolved.device).type == "cpu":
        _keep_memory()


@cache
def _keep_memory() -> None:
    """Let the C library keep what a step gives back, until `let_go`.

    By itself it hands every large piece back to the system and asks for it again at the next step, to be cleared page
    by page: a quarter of a step of EfficientNet-Lite0 with 32 pictures of 224 px. One arena for all threads, since
    the others are too small for large pieces. Only the GNU library knows these calls, numbered as in its malloc.h.
    """
    library = _gnu_library()
    if library is not None:
        for option, value in ((M_ARENA_MAX, 1), (M_MMAP_MAX, 0), (M_TRIM_THRESHOLD, 2**31 - 1)):
            library.mallopt(option, value)


def wake() -> None:
    """Load what torch leaves until its first optimiser is made: one to two seconds that a person need not wait for."""
    torch.optim.SGD([torch.zeros(1)])


def let_go() -> None:
    """Give back to the system what was kept for further steps."""
    library = _gnu_library()
    if library is not None:
        library.malloc_trim(0)


@cache
def _gnu_library() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None


def synchronise(device: str) -> None:
    """Wait until the device has done all it was given."""
    kind = torch.device(device).type
    if kind == "cuda":
        torch.cuda.synchronize(device)
    elif kind == "mps":
        torch.mps.synchronize()


def send(tensor: Tensor, device: torch.device) -> Tensor:
    """Bring a tensor from main memory to the device, without waiting for what that still has to do.

    A plain copy to a CUDA device waits until it has done everything it was given.
    """
    if device.type != "cuda" or tensor.device.type != "cpu":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)


def memory_in_use(device: str) -> int:
    """Count the bytes the device has allocated, or on a CPU those the process holds."""
    match torch.device(device).type:
        case "cuda":
            return torch.cuda.memory_allocated(device)
        case "mps":
            return torch.mps.current_allocated_memory()
        case _:
            return int(psutil.Process().memory_info().rss)


def memory_available(device: str) -> int:
    """Count the bytes that can still be had on the device."""
    if torch.device(device).type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    return int(psutil.virtual_memory().available)


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error means that memory ran out, on the device or on the machine."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    said = str(error).lower()
    return isinstance(error, RuntimeError) and any(
        sign in said for sign in ("out of memory", "can't allocate memory", "not enough memory", "alloc_failed")
    )


def free(device: str) -> None:
    """Give back what the allocator keeps for later: a smaller piece may not fit into what a larger one left."""
    kind = torch.device(device).type
    if kind == "cuda":
        torch.cuda.empty_cache()
    elif kind == "mps":
        torch.mps.empty_cache()


def derive(seed: int, *parts: str | int) -> int:
    """Derive one seed of many from the run's: the same parts give the same one, on every machine. In [0, 2^63)."""
    written = "/".join(str(part) for part in (seed, *parts))
    return int.from_bytes(hashlib.blake2b(written.encode(), digest_size=8).digest(), "big") >> 1


def seed_chance(device: str, seed: int) -> None:
    """Seed torch's own chance, of which dropout draws, on the processor and on the device that computes.

    `torch.manual_seed` seeds every kind of device there might be, and notes where it was called for each that is not
    awake yet: half a millisecond, as long as a step on activations.
    """
    torch.default_generator.manual_seed(seed)
    kind = torch.device(device).type
    if kind == "cuda":
        with torch.cuda.device(device):
            torch.cuda.manual_seed(seed)
    elif kind == "mps":
        torch.mps.manual_seed(seed)


@contextmanager
def untouched_chance(device: str) -> Iterator[None]:
    """Leave torch's random state as it was, whatever happens inside."""
    place = torch.device(device)
    index = torch.cuda.current_device() if place.type == "cuda" and place.index is None else place.index
    devices = [] if place.type == "cpu" else [index or 0]
    with torch.random.fork_rng(devices, device_type="cuda" if place.type == "cpu" else place.type):
        yield


def describe_machine() -> Mapping[str, str | int | bool]:
    """Tell what this machine offers: versions, processor, devices, half precision, memory in bytes."""
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": _cores(),
        "memory": int(psutil.virtual_memory().total),
        "memory_available": memory_available("cpu"),
        "cpu_bf16": has_fast_bf16(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "best_device": _best_device(),
        **_describe_accelerator(),
    }


def count_accelerators() -> int:
    """Count the CUDA devices."""
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def _describe_accelerator() -> Mapping[str, str | int | bool]:
    if torch.cuda.is_available():
        names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
        bf16 = torch.cuda.is_bf16_supported(including_emulation=False)
        memory = torch.cuda.get_device_properties(0).total_memory
        return {"accelerator": ", ".join(names), "accelerator_bf16": bf16, "accelerator_memory": memory}
    return {"accelerator": "Apple GPU (MPS)"} if torch.backends.mps.is_available() else {"accelerator": ""}
