"""What several commands are asked alike: which run, which of its weights, a table, JSON."""

import argparse
from pathlib import Path

from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.texts import tr
from kt_gui.store import experiments
from kt_gui.store.folders import home
from kt_gui.store.runs import Runs

NAMED: tuple[Checkpoint, ...] = ("best", "last", "source")


def add_run(parser: argparse.ArgumentParser) -> None:
    """Let a command be asked of a run."""
    parser.add_argument("run", metavar="RUN", help=which_run())


def which_run() -> str:
    """Say how a run is named."""
    return tr("a run's folder, its id, or its name where only one has it")


def folder_of(asked: argparse.Namespace) -> Path:
    """Find the run that a command is asked of. Raises UserError."""
    return Runs(home()).find(asked.run).folder


def add_json(parser: argparse.ArgumentParser, text: str) -> None:
    """Let a command answer programs."""
    parser.add_argument("--json", action="store_true", help=text)


def add_table(parser: argparse.ArgumentParser, text: str) -> None:
    """Let a command write a table."""
    parser.add_argument("--csv", metavar="FILE.csv", type=_path, help=text)
    parser.add_argument("--force", action="store_true", help=tr("overwrite that table where it is there already"))


def _path(text: str) -> Path:
    return Path(text).expanduser()


def add_checkpoint(parser: argparse.ArgumentParser) -> None:
    """Let a command be asked of other weights than the best."""
    parser.add_argument(
        "--checkpoint", type=checkpoint, default="best", help=tr("best, last, source, or the number of an epoch kept")
    )


def checkpoint(text: str) -> Checkpoint:
    """Read the name of a checkpoint: epochs count from 1 for people, from 0 for the program. Raises UserError."""
    for name in NAMED:
        if text == name:
            return name
    if text.isdecimal() and int(text) > 0:
        return int(text) - 1
    raise UserError(
        tr("“{text}” is no checkpoint (--checkpoint).", text=text),
        tr("Write best, last, source, or the number of an epoch that was kept, from 1 on."),
    )


def add_experiment(parser: argparse.ArgumentParser, text: str) -> None:
    """Let a command write an experiment that it proposes."""
    parser.add_argument("--write", metavar="FILE.toml", type=_path, help=text)
    parser.add_argument("--force", action="store_true", help=tr("overwrite that file where it is there already"))


def write_experiment(asked: argparse.Namespace, experiment: Experiment | None) -> None:
    """Write what a command proposes, where that was asked for. Raises UserError, also where it proposes none."""
    if asked.write is None:
        return
    if experiment is None:
        raise UserError(
            tr("There is no other experiment to write (--write)."), tr("Leave --write out; what to do is said above.")
        )
    experiments.save(asked.write, experiment, overwrite=asked.force)


def count(text: str) -> int:
    """Read how many: one at least. Raises ArgumentTypeError."""
    return _whole(text, least=1)


def seed(text: str) -> int:
    """Read what fixes chance. Raises ArgumentTypeError."""
    return _whole(text, least=0)


def _whole(text: str, *, least: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if not least <= number < 2**31:
        raise argparse.ArgumentTypeError(tr("“{text}” is no whole number from {least} on", text=text, least=least))
    return number
