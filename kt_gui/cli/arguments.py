"""What can be asked in the terminal."""

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from kt_gui import __version__
from kt_gui.cli import (
    advise,
    changes,
    compare,
    correct,
    diagnose,
    doctor,
    domains,
    embed,
    evaluate,
    explain,
    export,
    listing,
    overlap,
    predict,
    proof,
    rank,
    rate,
    run,
    show,
    study,
    suspects,
)
from kt_gui.schema.errors import UserError
from kt_gui.schema.texts import tr

COMMANDS = (
    run,
    study,
    listing,
    show,
    rate,
    rank,
    domains,
    overlap,
    advise,
    diagnose,
    compare,
    evaluate,
    changes,
    explain,
    embed,
    suspects,
    correct,
    proof,
    predict,
    export,
    doctor,
)
"""Each adds its commands, and says with them which of its functions is called; in the order of the help."""


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
    for each in COMMANDS:
        each.add(commands)
    return parser


def names() -> frozenset[str]:
    """Name all that can be asked."""
    commands = Parser().add_subparsers()
    for each in COMMANDS:
        each.add(commands)
    return frozenset(commands.choices)
