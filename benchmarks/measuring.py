"""What all measurements share: sides that take turns, ratios with their spread, a table, the machine and its versions.

A measurement is a module of this folder with a `measure(runs: int) -> Measured`; `python -m benchmarks` does them all,
`python -m benchmarks NAME` one, each in a process of its own. A side is one way to do the same work: the app's, or what
a person would use instead. The sides take turns within one run, so that what else the machine does meets them alike.
"""

import argparse
import multiprocessing
import os
import platform
import statistics
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field, fields
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TypeVar

import psutil

from kt_gui import waiting

PACKAGES = (
    "torch",
    "torchvision",
    "timm",
    "PySide6-Essentials",
    "numpy",
    "lightning",
    "fastai",
    "accelerate",
    "transformers",
    "skorch",
)

Options = TypeVar("Options")
Result = TypeVar("Result")


class UnavailableError(Exception):
    """A measurement cannot be done here, and why."""


@dataclass(frozen=True)
class Turn:
    """What one side did in one turn."""

    seconds: float
    notes: Mapping[str, str] = field(default_factory=dict)
    """What else is worth a column, such as the accuracy reached."""


@dataclass(frozen=True)
class Measured:
    """One measurement, done: every turn of every side; ratios are against the first."""

    title: str
    turns: Mapping[str, Sequence[Turn]]
    unit: str = "s"
    remarks: Sequence[str] = ()
    against: Mapping[str, str] = field(default_factory=dict)
    """Which other side a side is held against, where it is not the first."""


def take_turns(sides: Mapping[str, Callable[[], Turn]], runs: int, once: Collection[str] = ()) -> dict[str, list[Turn]]:
    """Let every side do its work once, and again, `runs` times in all; those in `once` in the first run only."""
    turns: dict[str, list[Turn]] = {name: [] for name in sides}
    for run in range(runs):
        for name, work in sides.items():
            if run == 0 or name not in once:
                turns[name].append(work())
                print(f"  {name}: {number(turns[name][-1].seconds)}", file=sys.stderr, flush=True)
    return turns


def apart(work: Callable[..., Result], *arguments: object, as_app: bool = False) -> Result:
    """Do some work in a new process: threads, caches and settings of one side never reach another.

    Its threads wait for each other as the app says (`as_app`), or as torch has them by itself. What it prints goes to
    the error output, so that tables stand alone.
    """
    anew = multiprocessing.get_context("spawn")
    with _threads(waiting.WAITING if as_app else {}), ProcessPoolExecutor(1, mp_context=anew) as process:
        return process.submit(_quietly, work, *arguments).result()


@contextmanager
def _threads(wanted: Mapping[str, str]) -> Iterator[None]:
    """Let the processes that are started meanwhile find these settings of their threads, and no others."""
    before = {name: os.environ.pop(name, None) for name in waiting.WAITING}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _quietly(work: Callable[..., Result], *arguments: object) -> Result:
    with redirect_stdout(sys.stderr):
        return work(*arguments)


def measure(name: str, runs: int) -> Measured:
    """Do the measurement of this name."""
    measured: Measured = import_module(f"benchmarks.{name}").measure(runs)
    return measured


def show(measure: Callable[[Options, int], Measured], defaults: Options, about: str) -> None:
    """Measure as the command line asks, and print the table: an option for each of these defaults, and --runs."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1)
    for each in fields(defaults):  # type: ignore[arg-type]
        value = getattr(defaults, each.name)
        parser.add_argument(f"--{each.name.replace('_', '-')}", type=type(value), default=value)
    asked = vars(parser.parse_args())
    runs = asked.pop("runs")
    measured = measure(type(defaults)(**asked), runs)
    print(f"{surroundings()}\n\n{table(measured)}")


def ratios(measured: Measured, name: str) -> list[float]:
    """How many times longer a side took than the one it is held against, turn by turn."""
    other = measured.against.get(name, next(iter(measured.turns)))
    pairs = zip(measured.turns[name], measured.turns[other], strict=False)  # a side may take one turn only
    return [theirs.seconds / ours.seconds for theirs, ours in pairs]


def table(measured: Measured) -> str:
    """Write a measurement as a table: median, spread and ratio of each side, and what it noted last."""
    notes = list(dict.fromkeys(note for turns in measured.turns.values() for turn in turns for note in turn.notes))
    head = ["side", f"median, {measured.unit}", "spread", "times as long as the first", "spread", *notes]
    lines = [f"### {measured.title}", "", _row(head), _row("---" for _ in head)]
    lines += [_row(_cells(measured, name, notes)) for name in measured.turns]
    return "\n".join([*lines, "", *measured.remarks])


def _cells(measured: Measured, name: str, notes: Sequence[str]) -> list[str]:
    turns, against = measured.turns[name], ratios(measured, name)
    seconds = [turn.seconds for turn in turns]
    other = f" (as “{measured.against[name]}”)" if name in measured.against else ""
    cells = [name, number(statistics.median(seconds)), _spread(seconds), number(statistics.median(against)) + other]
    return [*cells, _spread(against), *(turns[-1].notes.get(note, "") for note in notes)]


def _spread(values: Sequence[float]) -> str:
    return f"{number(min(values))} – {number(max(values))}"


def number(value: float) -> str:
    """Write a figure with three digits that count."""
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def surroundings() -> str:
    """Say on which machine and with which versions."""
    from kt_gui.engine.devices import describe_machine

    told = describe_machine()
    bf16 = "with bf16" if told["cpu_bf16"] else "without bf16"
    machine = (
        f"{_processor() or told['processor']}, {told['cores']} cores ({told['cpu_capability']}, {bf16})",
        f"{psutil.virtual_memory().total / 1e9:.0f} GB",
        f"accelerator: {told['accelerator'] or 'none'}",
        platform.platform(),
    )
    return f"{', '.join(machine)}; Python {platform.python_version()}, {', '.join(_versions())}"


def _processor() -> str:
    """The processor's name, where the system tells it."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _versions() -> Iterable[str]:
    for package in PACKAGES:
        try:
            yield f"{package} {version(package)}"
        except PackageNotFoundError:
            continue
