"""`kt advise`: what to do with an experiment's target, by what was measured, each part with where it comes from."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from kt_gui.cli import options, screens
from kt_gui.cli.following import FINE, answers
from kt_gui.cli.reports import table
from kt_gui.schema import advice_words as words
from kt_gui.schema.advice import Advice, Advised, Part
from kt_gui.schema.codec import load_experiment
from kt_gui.schema.texts import tr
from kt_gui.store.folders import home

if TYPE_CHECKING:
    from kt_gui.cli.arguments import Parser

ASKS = {
    "ranking": "kt rank SOURCES... --target DATA",
    "lambda": "kt study --print lambda {file}",
    "ladder": "kt study --print ladder {file}",
    "gain": "kt study --print gain {file}",
}
"""What tells what is not known yet."""


def add(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Say what can be asked."""
    parser = commands.add_parser("advise", help=tr("say which source, what learns and how strongly it is held"))
    parser.add_argument("file", metavar="EXPERIMENT.toml", help=tr("an experiment file"))
    parser.add_argument("--dry-run", action="store_true", help=tr("try three real batches, too, for memory and time"))
    options.add_experiment(parser, tr("write the experiment as it is advised"))
    options.add_json(parser, tr("print one JSON object"))
    parser.set_defaults(call=call)


def call(asked: argparse.Namespace) -> int:
    """Say it; return the exit code."""
    from kt_gui import session

    experiment = load_experiment(Path(asked.file))
    told = answers(
        lambda stop: session.advise(experiment, stop, home(), rehearses=asked.dry_run),
        json=asked.json,
    )[-1]
    assert isinstance(told, Advised)
    advice = told.advice
    if asked.json:
        screens.write(msgspec.json.encode(_object(advice)).decode())
    else:
        screens.write("\n".join(_lines(advice, str(asked.write or asked.file))))
    options.write_experiment(asked, advice.experiment)
    return FINE


def _lines(advice: Advice, file: str) -> list[str]:
    said = [words.sentence(advice), table([_row(part) for part in advice.parts])]
    if basis := words.basis(advice):
        said.append(basis)
    if advice.next != "none":
        said.append(tr("What would tell more: {command}", command=ASKS[advice.next].format(file=file)))
    return said


def _row(part: Part) -> tuple[str, ...]:
    return tr(words.ASPECTS[part.aspect]), part.value, words.where_from(part), str(part.why)


def _object(advice: Advice) -> dict[str, Any]:
    parts = [msgspec.structs.asdict(part) | {"why": str(part.why)} for part in advice.parts]
    return {"sentence": words.sentence(advice), **msgspec.structs.asdict(advice), "parts": parts}
