"""The curves of the arms of a transfer study, for the chart that comparisons of runs are drawn with."""

from collections.abc import Mapping, Sequence

from kt_gui.bridge import study_words as words
from kt_gui.bridge.study_model import Cell
from kt_gui.schema.studies import Trial
from kt_gui.studies.repetitions import band, repeated
from kt_gui.widgets.comparison.curves import Curve


def arm_curves(trials: Sequence[Trial], cells: Mapping[str, Cell]) -> list[Curve]:
    """Make a curve of each arm that has a run: mean validation accuracy over its seeds, and a band around it."""
    found: dict[str, list[Trial]] = {}
    for trial in trials:
        found.setdefault(trial.row, []).append(trial)
    made = [_curve(place, row, cells) for place, row in enumerate(found.values())]
    return [curve for curve in made if curve is not None]


def _curve(style: int, row: Sequence[Trial], cells: Mapping[str, Cell]) -> Curve | None:
    numbers = [each for trial in row if (each := cells.get(trial.key, Cell()).numbers) is not None]
    lines = [each.accuracies for each in numbers if each.accuracies]
    if not lines:
        return None
    return Curve(
        letters=words.row_name(row[0]),
        name=words.row_name(row[0]),
        style=style,
        runs=(),
        first=style,
        group=repeated(range(len(numbers)), [each.accuracy for each in numbers]),
        bands={("accuracy", "validation"): band(lines)},
    )
