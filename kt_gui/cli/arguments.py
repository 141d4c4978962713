"""What can be asked in the terminal."""

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from kt_gui import __version__
from kt_gui.cli import (
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
    study,
    suspects,
)
from kt_gui.schema.errors import UserError
from kt_gui.schema.texts import tr

FIRST_EXAMPLE = "emoji"


class Parser(argparse.ArgumentParser):
    """Says what is wrong as all other errors are said: what, and what to do.

    Words and options of a command may stand in any order: `kt explain RUN --out FOLDER PICTURE`.
    """

    _is_sorting = False

    def parse_known_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> tuple[Any, list[str]]:  # type: ignore[override]
        """Take the options first, then the words that are left. What has commands of its own has nothing to sort."""
        if self._is_sorting or self._subparsers is not None:
            return super().parse_known_args(args, namespace)
        self._is_sorting = True  # sorting calls this one again, for each half
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._is_sorting = False

    def error(self, message: str) -> NoReturn:
        """Raise a UserError."""
        raise UserError(message, tr("{program} --help shows what can be asked.", program=self.prog))


def build() -> Parser:
    """Make the parser; its texts are in the user's language."""
    parser = Parser(
        prog="kt",
        description=tr("Carry what a network learnt on one task to another, and measure whether it helped."),
    )
    parser.add_argument("--version", action="version", version=f"kt {__version__}")
    commands = parser.add_subparsers(dest="command", metavar=tr("COMMAND"), required=True)
    _add_run(commands)
    resume = commands.add_parser("resume", help=tr("go on with a run after a crash or a stop, to the same end"))
    options.add_run(resume)
    options.add_json(resume, tr("print events as JSON lines"))
    study.add(commands)
    listing.add(commands)
    show = commands.add_parser("show", help=tr("show what a run was asked and what it found"))
    options.add_run(show)
    options.add_json(show, tr("print one JSON object"))
    for each in (rate, rank, compare, evaluate, changes, explain, embed, suspects, correct, proof, predict, export):
        each.add(commands)
    doctor = commands.add_parser("doctor", help=tr("say what this machine can do and what is missing"))
    options.add_json(doctor, tr("print one JSON object"))
    return parser


def _add_run(commands: "argparse._SubParsersAction[Parser]") -> None:
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
