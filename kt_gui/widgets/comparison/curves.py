"""What the chart of several runs draws: one curve a run, or one a group of seeds with its band. No Qt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from kt_gui.schema import comparison_words as words
from kt_gui.schema.comparisons import MOST, Contender, Contrasted, Repeated
from kt_gui.schema.texts import trn
from kt_gui.studies.repetitions import Band, band, repeated
from kt_gui.widgets.curve_data import Measure, Split


@dataclass(frozen=True)
class Curve:
    """A line of the chart, and a row of the table below it."""

    letters: str
    """Of its runs: `B`, or `A, C`."""
    name: str
    style: int
    """Which of the colours, dashes and marks is its own."""
    runs: tuple[Contender, ...]
    first: int
    """The place of its first run among all that are compared."""
    group: Repeated
    bands: Mapping[tuple[Measure, Split], Band]


def must_be_together(contrasted: Contrasted) -> bool:
    """Whether there are more runs than a chart holds lines."""
    return len(contrasted.runs) > MOST


def curves(contrasted: Contrasted, *, is_together: bool) -> list[Curve]:
    """Make the curves: of each run, or of runs that differ in their seed only together."""
    if is_together or must_be_together(contrasted):
        groups: Sequence[Repeated] = contrasted.groups
    else:
        accuracies = [run.accuracy for run in contrasted.runs]
        groups = [repeated((place,), accuracies) for place in range(len(contrasted.runs))]
    return [_curve(contrasted, group, style) for style, group in enumerate(groups[:MOST])]


def _curve(contrasted: Contrasted, group: Repeated, style: int) -> Curve:
    runs = tuple(contrasted.runs[place] for place in group.members)
    return Curve(
        letters=words.members(group),
        name=_name(runs),
        style=style,
        runs=runs,
        first=group.members[0],
        group=group,
        bands={
            (measure, split): band([getattr(run.lines, f"{split}_{measure}") for run in runs])
            for measure in get_args(Measure)
            for split in get_args(Split)
        },
    )


def _name(runs: Sequence[Contender]) -> str:
    if len(runs) == 1:
        return runs[0].name
    return trn("{name} · {count} run", "{name} · {count} runs", len(runs), name=runs[0].name)
