"""What all measurements share: sides that take turns, ratios with their spread, a table, the machine and its versions.

A measurement is a module of this folder with a `measure(runs: int) -> Measured`; `python -m benchmarks` does them all,
`python -m benchmarks NAME` one, each in a process of its own. A side is one way to do the same work: the app's, or what
a person would use instead. The sides take turns within one run, so that what else the machine does meets them alike.
"""

import platform
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

import psutil

PACKAGES = (
    "torch",
    "torchvision",
    "timm",
    "PySide6-Essentials",
    "numpy",
    "lightning",
    "fastai",
    "accelerate",
    "skorch",
)


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


def take_turns(sides: Mapping[str, Callable[[], Turn]], runs: int) -> dict[str, list[Turn]]:
    """Let every side do its work once, and again, `runs` times in all."""
    turns: dict[str, list[Turn]] = {name: [] for name in sides}
    for _ in range(runs):
        for name, work in sides.items():
            turns[name].append(work())
    return turns


def ratios(measured: Measured, name: str) -> list[float]:
    """How many times longer a side took than the first, turn by turn."""
    first = next(iter(measured.turns))
    pairs = zip(measured.turns[name], measured.turns[first], strict=True)
    return [theirs.seconds / ours.seconds for theirs, ours in pairs]


def table(measured: Measured) -> str:
    """Write a measurement as a table: median, spread and ratio of each side, and what it noted last."""
    notes = list(dict.fromkeys(note for turns in measured.turns.values() for turn in turns for note in turn.notes))
    head = ["side", f"median, {measured.unit}", "spread", "times the first", "spread", *notes]
    lines = [f"### {measured.title}", "", _row(head), _row("---" for _ in head)]
    lines += [_row(_cells(measured, name, notes)) for name in measured.turns]
    return "\n".join([*lines, "", *measured.remarks])


def _cells(measured: Measured, name: str, notes: Sequence[str]) -> list[str]:
    turns, against = measured.turns[name], ratios(measured, name)
    seconds = [turn.seconds for turn in turns]
    cells = [name, number(statistics.median(seconds)), _spread(seconds), number(statistics.median(against))]
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
    machine = (
        f"{told['processor']}, {told['cores']} cores ({told['cpu_capability']}, bf16 {'yes' if told['cpu_bf16'] else 'no'}), "
        f"{psutil.virtual_memory().total / 1e9:.0f} GB, accelerator {told['accelerator'] or 'none'}, {platform.platform()}"
    )
    return f"{machine}; Python {platform.python_version()}, {', '.join(_versions())}"


def _versions() -> Iterable[str]:
    for package in PACKAGES:
        try:
            yield f"{package} {version(package)}"
        except PackageNotFoundError:
            continue
