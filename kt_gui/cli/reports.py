"""Answers that are no run: lists, one run in words, the machine, the fields of an experiment."""

import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from kt_gui.bridge.run_cells import STATES
from kt_gui.schema.checkpoints import Saved, say
from kt_gui.schema.codec import dump_experiment
from kt_gui.schema.events import RunEnded
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.fields import Field, every, form
from kt_gui.schema.quantities import duration
from kt_gui.schema.texts import columns, one_line, tr
from kt_gui.session.doctor import Check
from kt_gui.store.runs import RunRecord

MARKS = {"fine": "✓", "limited": "!", "missing": "✗"}


def table(rows: Sequence[Sequence[str]]) -> str:
    """Set rows in columns; the first row is the heading."""
    lines = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(columns(cell) for cell in column) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell + " " * (width - columns(cell)) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def run_object(record: RunRecord) -> dict[str, Any]:
    """What is said of a run, as plain values."""
    told: dict[str, Any] = msgspec.to_builtins(record, enc_hook=str)
    return told


def run_text(record: RunRecord, experiment: Experiment, summary: list[str]) -> str:
    """Show one run in words, with its experiment."""
    date = datetime.fromtimestamp(record.started).strftime("%Y-%m-%d %H:%M")
    lines = [
        tr("{name} ({id}), {state}", name=record.name, id=record.id, state=tr(STATES[record.state])),
        tr("Begun {date}, took {time}.", date=date, time=duration(record.seconds)),
        *summary,
    ]
    if record.tags:
        lines.append(tr("Tags: {tags}", tags=", ".join(record.tags)))
    if record.reason:
        lines.append(record.reason)
    return "\n".join([*lines, str(record.folder), "", dump_experiment(experiment).rstrip()])


def checkpoints_text(saved: Sequence[Saved]) -> list[str]:
    """List the weights that can be looked at, in one line; none where there are none."""
    said = [say(each.checkpoint, each.epoch) for each in saved]
    return [tr("Checkpoints: {list}", list=", ".join(said))] if said else []


def ended(record: RunRecord) -> RunEnded | None:
    """How a run ended, as it said itself; None where it has not."""
    if record.result is None or record.state not in ("finished", "stopped"):
        return None
    return RunEnded(
        ended="finished" if record.state == "finished" else "stopped",
        run=record.id,
        folder=str(record.folder),
        stopped=record.state == "stopped",
        result=record.result,
    )


def doctor_text(checks: Sequence[Check]) -> str:
    """Say what this machine can do, and the remedies for what it cannot."""
    width = max(columns(check.name) for check in checks)
    lines = []
    for check in checks:
        lines.append(f"{MARKS[check.state]} {check.name}{' ' * (width - columns(check.name))}  {check.found}")
        if check.remedy and check.state != "fine":
            lines.append(f"{' ' * (width + 4)}{check.remedy}")
    return "\n".join([*lines, "", verdict(checks)])


def verdict(checks: Sequence[Check]) -> str:
    """Sum up."""
    if any(check.state == "missing" for check in checks):
        return tr("Something is missing that every run needs; see ✗.")
    if any(check.state == "limited" for check in checks):
        return tr("Runs work here; what does not is marked with !.")
    return tr("All is well.")


def fields_text() -> str:
    """List every field of an experiment file."""
    return "\n".join(line for field in every(form(Experiment)) for line in _field_lines(field))


def _field_lines(field: Field) -> Iterator[str]:
    default = tr("default {value}", value=field.default) if field.default else ""
    yield "  ".join(part for part in (field.path, f"[{field.accepts}]", tr(field.unit), default) if part)
    if field.title:
        said = {"title": field.title, "description": field.description}
        text = tr("{title}. {description}", **said) if field.description else field.title
        yield from textwrap.wrap(text, 100, initial_indent="    ", subsequent_indent="    ")
