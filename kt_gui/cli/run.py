"""`kt run` and `kt resume`: one run, from its beginning or from where it stopped."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kt_gui.cli import options, reports, screens
from kt_gui.cli.following import FINE
from kt_gui.cli.together import follow_together
from kt_gui.schema.codec import dump_experiment, load_experiment, override, resolved
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.texts import tr
from kt_gui.store.folders import home

if TYPE_CHECKING:
    from kt_gui.cli.arguments import Parser

FIRST_EXAMPLE = "emoji"


def add(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Say what can be asked."""
    run = commands.add_parser("run", help=tr("run an experiment"))
    run.add_argument("file", nargs="?", metavar="EXPERIMENT.toml", help=tr("what to do, as an experiment file"))
    run.add_argument(
        "--example", nargs="?", const=FIRST_EXAMPLE, metavar="NAME", help=tr("run one that comes along: emoji, fashion")
    )
    run.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help=tr("change a field, as in target.per_class=5; may be repeated"),
    )
    run.add_argument("--name", help=tr("what the run is called"))
    run.add_argument("--print", action="store_true", help=tr("print the experiment instead of running it"))
    run.add_argument("--fields", action="store_true", help=tr("list every field with its default and meaning"))
    options.add_json(run, tr("print events as JSON lines; the last is RunEnded"))
    run.set_defaults(call=call)
    resume = commands.add_parser("resume", help=tr("go on with a run after a crash or a stop, to the same end"))
    options.add_run(resume)
    options.add_json(resume, tr("print events as JSON lines"))
    resume.set_defaults(call=_resume)


def call(asked: argparse.Namespace) -> int:
    """Run an experiment; or print it, or what can be written into one."""
    if asked.fields:
        screens.write(reports.fields_text())
        return FINE
    experiment = _experiment(asked)
    if asked.print:
        sys.stdout.write(dump_experiment(experiment))
        return FINE
    from kt_gui import session

    return follow_together(lambda stop, team: session.run(experiment, stop, home(), team), json=asked.json)


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
    return follow_together(lambda stop, team: session.resume(folder, stop, home(), team), json=asked.json)
