"""The second front end: the same events as text or JSON lines. Runs where Qt cannot even be imported.

Exit codes: 0; 2 with one line `error: what (file, field) - remedy`; 130 when interrupted, after the state was kept; 1
for a bug, with a report.
"""

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from kt_gui.bridge.failures import describe
from kt_gui.cli import (
    arguments,
    changes,
    compare,
    correct,
    embed,
    evaluate,
    explain,
    export,
    listing,
    options,
    predict,
    proof,
    rank,
    rate,
    reports,
    screens,
    study,
    suspects,
    telling,
)
from kt_gui.cli.following import FINE, INTERRUPTED, follow
from kt_gui.schema.codec import dump_experiment, load_experiment, override, resolved
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.texts import one_line, tr
from kt_gui.store import preferences
from kt_gui.store.contents import saved
from kt_gui.store.folders import home
from kt_gui.store.runs import Runs, read_experiment
from kt_gui.store.translations import speak

BUG, MENDABLE = 1, 2


def main(words: Sequence[str]) -> int:
    """Do what is asked; return the exit code."""
    _accept_all_letters(json="--json" in words)
    speak(preferences.load(home())[0].language)
    try:
        asked = arguments.build().parse_args(words)
        return _COMMANDS[asked.command](asked)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read along has left, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except Exception as error:  # noqa: BLE001 - the last one to catch: everything is put into words
        return _explain(error)


def _accept_all_letters(*, json: bool) -> None:
    """What a narrow console cannot show is written as its number, rather than end the program; JSON is UTF-8."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8" if json else None, errors="backslashreplace")


def _explain(error: Exception) -> int:
    failure = describe(error)
    if failure.kind == "bug":
        sys.stderr.write(f"{failure.report}\n\n{failure.message} {failure.remedy}\n")
        return BUG
    sys.stderr.write(f"error: {one_line(failure.message)} - {failure.remedy}\n")
    return MENDABLE


# --- commands --------------------------------------------------------------------------------------------------------


def _run(asked: argparse.Namespace) -> int:
    if asked.fields:
        screens.write(reports.fields_text())
        return FINE
    experiment = _experiment(asked)
    if asked.print:
        sys.stdout.write(dump_experiment(experiment))
        return FINE
    from kt_gui import session

    return follow(lambda stop: session.run(experiment, stop, home()), json=asked.json)


def _experiment(asked: argparse.Namespace) -> Experiment:
    """Read what is to be run, with what was changed on the way. Paths given here start where one stands."""
    if (asked.file is None) == (asked.example is None):
        raise UserError(
            tr("Nothing to run was named, or two things were."),
            tr("Name an experiment file, or write kt run --example."),
        )
    from kt_gui import session

    experiment = load_experiment(Path(asked.file)) if asked.file else session.example(asked.example)
    experiment = resolved(override(experiment, asked.set), Path.cwd())
    return msgspec.structs.replace(experiment, name=asked.name) if asked.name else experiment


def _resume(asked: argparse.Namespace) -> int:
    from kt_gui import session

    folder = options.folder_of(asked)
    return follow(lambda stop: session.resume(folder, stop, home()), json=asked.json)


def _show(asked: argparse.Namespace) -> int:
    record = Runs(home()).find(asked.run)
    experiment = read_experiment(record.folder)
    if asked.json:
        kept = {"checkpoints": msgspec.to_builtins(saved(record.folder))}
        told = reports.run_object(record) | kept | {"experiment": msgspec.to_builtins(experiment)}
        screens.write(msgspec.json.encode(told).decode())
        return FINE
    ended = reports.ended(record)
    said = [*(telling.summary(ended)[:-1] if ended else []), *reports.checkpoints_text(saved(record.folder))]
    screens.write(reports.run_text(record, experiment, said))
    return FINE


def _doctor(asked: argparse.Namespace) -> int:
    from kt_gui.session.doctor import examine

    checks = list(examine(home()))
    is_fine = all(check.state != "missing" for check in checks)
    if asked.json:
        told = {"ok": is_fine, "checks": checks}
        screens.write(msgspec.json.encode(told).decode())
    else:
        screens.write(reports.doctor_text(checks))
    return FINE if is_fine else MENDABLE


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "run": _run,
    "resume": _resume,
    "runs": listing.call,
    "compare": compare.call,
    "show": _show,
    "doctor": _doctor,
    "changes": changes.call,
    "evaluate": evaluate.call,
    "correct": correct.call,
    "suspects": suspects.call,
    "export": export.call,
    "verify": proof.verify,
    "reproduce": proof.reproduce,
    "explain": explain.call,
    "embed": embed.call,
    "predict": predict.call,
    "rank": rank.call,
    "lr": rate.call,
    "study": study.call,
}
