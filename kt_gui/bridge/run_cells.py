"""The list of runs in words: columns, what a cell reads, what it is sorted by, what a filter looks at. No Qt: the
terminal lists them alike.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, TypeVar, assert_never

from kt_gui.schema.quantities import UNKNOWN, duration, with_interval, with_spread
from kt_gui.schema.texts import mark, tr, trn
from kt_gui.store.runs import RunRecord
from kt_gui.studies import repetitions

Column = Literal["name", "source", "target", "network", "state", "accuracy", "started", "seconds"]
COLUMNS: tuple[Column, ...] = ("name", "source", "target", "network", "state", "accuracy", "started", "seconds")
TITLES = {
    "name": mark("Name"),
    "source": mark("Source"),
    "target": mark("Target"),
    "network": mark("Network"),
    "state": mark("State"),
    "accuracy": mark("Test accuracy"),
    "started": mark("Date"),
    "seconds": mark("Duration"),
}
STATES = {
    "running": mark("running"),
    "finished": mark("finished"),
    "stopped": mark("stopped"),
    "cancelled": mark("cancelled"),
    "interrupted": mark("interrupted"),
    "failed": mark("failed"),
}
NUMBERS: frozenset[Column] = frozenset({"accuracy", "started", "seconds"})
"""Columns of which a person wants to see the largest first."""


@dataclass(frozen=True)
class RunGroup:
    """Runs that differ in seed and name only, in the order they are listed in."""

    id: str
    runs: tuple[RunRecord, ...]

    @cached_property
    def accuracies(self) -> tuple[float, ...]:
        """Of those runs that have one."""
        return tuple(each for each in map(accuracy_of, self.runs) if each is not None)

    @cached_property
    def spread(self) -> tuple[float | None, float | None]:
        """Mean and standard deviation of the accuracies, as far as there are enough."""
        return repetitions.spread(self.accuracies)


Row = RunRecord | RunGroup
AnyRow = TypeVar("AnyRow", bound=Row)


def grouped(records: Iterable[RunRecord], recipe: Callable[[RunRecord], str]) -> list[Row]:
    """Put repetitions together; a run that has none stays alone."""
    runs = tuple(records)
    groups = repetitions.group([recipe(record) for record in runs])
    return [
        RunGroup(recipe(runs[members[0]]), tuple(runs[place] for place in members))
        if len(members) > 1
        else runs[members[0]]
        for members in groups
    ]


def runs_in(row: Row) -> tuple[RunRecord, ...]:
    """Give the runs that a row stands for."""
    return row.runs if isinstance(row, RunGroup) else (row,)


# --- what is sought --------------------------------------------------------------------------------------------------


def text_of(record: RunRecord) -> str:
    """Give all that a filter looks at: the cells, and each tag behind a #."""
    return " ".join([*(cell(record, each) for each in COLUMNS), *(f"#{tag}" for tag in record.tags)]).casefold()


def sought(
    records: Iterable[RunRecord],
    words: str = "",
    tags: Collection[str] = (),
    text: Callable[[RunRecord], str] = text_of,
) -> list[RunRecord]:
    """Keep the runs in whose cells or tags every word is found, and which have all these tags; `#word` begins a tag."""
    wanted = words.casefold().split()
    return [
        record for record in records if set(tags) <= set(record.tags) and all(word in text(record) for word in wanted)
    ]


def in_order(rows: Sequence[AnyRow], column: Column, *, is_reversed: bool) -> list[AnyRow]:
    """Sort rows by a column; those in it that are alike keep their order."""
    return sorted(rows, key=lambda row: sort_value(row, column), reverse=is_reversed)


def sort_value(row: Row, column: Column) -> Any:
    """What a column is sorted by: a number, or a text; one kind a column."""
    match column:
        case "accuracy":
            accuracy = accuracy_of(row) if isinstance(row, RunRecord) else row.spread[0]
            return -1.0 if accuracy is None else accuracy
        case "started":
            return max(run.started for run in runs_in(row))
        case "seconds":
            return _seconds(row)
        case _:
            return cell(row, column).casefold()


def accuracy_of(record: RunRecord) -> float | None:
    """Give the test accuracy, where there is one."""
    return record.outcome.target_accuracy if record.outcome is not None else None


# --- cells -----------------------------------------------------------------------------------------------------------


def cell(row: Row, column: Column) -> str:
    """What a cell of the list reads."""
    return _cell(row, column) if isinstance(row, RunRecord) else _group_cell(row, column)


def with_tags(row: Row) -> str:
    """The name, and the tags behind it."""
    tags = row.tags if isinstance(row, RunRecord) else tuple(dict.fromkeys(tag for run in row.runs for tag in run.tags))
    return "  ".join([cell(row, "name"), *(f"#{tag}" for tag in tags)])


def _cell(record: RunRecord, column: Column) -> str:
    match column:
        case "name" | "target":
            return str(getattr(record, column))
        case "source" | "network":
            return str(getattr(record, column)).rpartition("/")[2]
        case "state":
            return tr(STATES[record.state])
        case "accuracy":
            return _accuracy(record)
        case "started":
            return datetime.fromtimestamp(record.started).strftime("%Y-%m-%d %H:%M") if record.started else UNKNOWN
        case "seconds":
            return duration(record.seconds) if record.seconds else UNKNOWN
        case _:
            assert_never(column)


def _accuracy(record: RunRecord) -> str:
    low, high = (record.result.target_interval if record.result is not None else None) or (None, None)
    return with_interval(accuracy_of(record), low, high)


def _group_cell(group: RunGroup, column: Column) -> str:
    newest = max(group.runs, key=lambda run: run.started)
    match column:
        case "name":
            return trn("{name} · {count} run", "{name} · {count} runs", len(group.runs), name=newest.name)
        case "state":
            return _states(group)
        case "accuracy":
            return with_spread(*group.spread, len(group.accuracies))
        case "seconds":
            return duration(_seconds(group)) if _seconds(group) else UNKNOWN
        case "source" | "target" | "network" | "started":
            return _cell(newest, column)
        case _:
            assert_never(column)


def _states(group: RunGroup) -> str:
    finished = sum(run.state == "finished" for run in group.runs)
    if 0 < finished < len(group.runs):
        return tr("{count}/{total} finished", count=finished, total=len(group.runs))
    states = {run.state for run in group.runs}
    return tr(STATES[states.pop()]) if len(states) == 1 else tr("none finished")


def _seconds(row: Row) -> float:
    """How long a run took; of a group, on average."""
    known = [run.seconds or 0.0 for run in runs_in(row)]
    return sum(known) / len(known)
