"""`kt lr`: which learning rate suits an experiment, tried on a copy of its network."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from kt_gui.cli import options, screens
from kt_gui.cli.following import FINE, answers
from kt_gui.schema import rate_words
from kt_gui.schema.codec import encode_event, load_experiment, override, resolved
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Noticed
from kt_gui.schema.experiment import Experiment, Pretrain
from kt_gui.schema.rates import RateFound
from kt_gui.schema.texts import tr
from kt_gui.store.folders import home

if TYPE_CHECKING:
    from kt_gui.cli.arguments import Parser


def add(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Say what can be asked."""
    parser = commands.add_parser("lr", help=tr("find a learning rate, on a copy of the network"))
    parser.add_argument("file", metavar="EXPERIMENT.toml", help=tr("what to do, as an experiment file"))
    parser.add_argument("--source", action="store_true", help=tr("for the pretraining of its source"))
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help=tr("change a field, as in target.per_class=5; may be repeated"),
    )
    options.add_json(parser, tr("print one JSON object"))
    parser.set_defaults(call=call)


def call(asked: argparse.Namespace) -> int:
    """Find it; return the exit code."""
    from kt_gui import session

    experiment = _experiment(asked)
    found = answers(lambda stop: session.find_rate(experiment, stop, home(), is_source=asked.source), json=asked.json)
    answer = found[-1]
    assert isinstance(answer, RateFound)
    if asked.json:
        screens.write(encode_event(answer).decode())
        return FINE
    told = [str(event.message) for event in found if isinstance(event, Noticed)]
    screens.write("\n".join([*told, *rate_words.sentences(answer)]))
    return FINE


def _experiment(asked: argparse.Namespace) -> Experiment:
    experiment = resolved(override(load_experiment(Path(asked.file)), asked.set), Path.cwd())
    if asked.source and not isinstance(experiment.source, Pretrain):
        raise UserError(
            tr("The source is not pretrained in this experiment (--source)."),
            tr("Leave --source out: then the rate of the fine-tuning is looked for."),
        )
    return experiment
