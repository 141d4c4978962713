"""`kt diagnose`: what went wrong with a run that is over, and the one thing to try next."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kt_gui.cli import options, screens
from kt_gui.cli.following import FINE, answers
from kt_gui.schema import diagnosis_words as words
from kt_gui.schema.diagnoses import Diagnosed, Diagnosis
from kt_gui.schema.texts import tr
from kt_gui.store.folders import home
from kt_gui.store.runs import EXPERIMENT

if TYPE_CHECKING:
    from kt_gui.cli.arguments import Parser


def add(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Say what can be asked."""
    parser = commands.add_parser("diagnose", help=tr("say what went wrong with a run, and what to try next"))
    options.add_run(parser)
    options.add_experiment(parser, tr("write the experiment to try next"))
    options.add_json(parser, tr("print one JSON object"))
    parser.set_defaults(call=call)


def call(asked: argparse.Namespace) -> int:
    """Say it; return the exit code."""
    from kt_gui import session

    folder = options.folder_of(asked)
    told = answers(lambda stop: session.diagnose(folder, stop, home()), json=asked.json)[-1]
    assert isinstance(told, Diagnosed)
    found = told.diagnosis
    if asked.json:
        values = {"why": str(found.why), "says": words.button(found), "title": words.title(found)}
        screens.write(msgspec.json.encode({"run": told.run, **msgspec.structs.asdict(found), **values}).decode())
    else:
        screens.write("\n".join(_lines(found, folder)))
    options.write_experiment(asked, found.experiment if found.cure == "experiment" else None)
    return FINE


def _lines(found: Diagnosis, folder: Path) -> list[str]:
    said = [tr("{title}.", title=words.title(found)), str(found.why)]
    match found.cure:
        case "experiment":
            said.append(tr("{cure}: kt diagnose {run} --write FILE.toml", cure=words.button(found), run=folder.name))
        case "ladder":
            said.append(
                tr("{cure}: kt study --print ladder {file}", cure=words.button(found), file=str(folder / EXPERIMENT))
            )
        case "labels":
            said.append(tr("{cure}: kt suspects {run}", cure=words.button(found), run=folder.name))
        case _:
            pass
    return said
