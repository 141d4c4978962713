"""`kt evaluate`: what a run's network is worth on its test pictures, or on any other set."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kt_gui.cli import options, screens
from kt_gui.cli.following import FINE, answers
from kt_gui.cli.reports import table
from kt_gui.schema import verdicts
from kt_gui.schema.checkpoints import say
from kt_gui.schema.datasets import called
from kt_gui.schema.evaluations import Evaluated, Judged, Scores
from kt_gui.schema.experiment import Scratch
from kt_gui.schema.gains import GainKnown
from kt_gui.schema.quantities import number, percent
from kt_gui.schema.stop import StopToken
from kt_gui.schema.study_words import answer
from kt_gui.schema.texts import thousands, tr, trn
from kt_gui.store.folders import home
from kt_gui.store.runs import read_experiment

if TYPE_CHECKING:
    from kt_gui.cli.arguments import Parser

WHOLE = 12
"""Up to so many classes the confusion is shown as a matrix, with more as a list of the most frequent ones."""
LISTED = 10


def add(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Say what can be asked."""
    parser = commands.add_parser("evaluate", help=tr("say how good a run's network is, on its test pictures or others"))
    options.add_run(parser)
    parser.add_argument(
        "--data",
        help=tr("judge it by another set: a folder, a zip, a CSV, or the name of a set; all its pictures count"),
    )
    options.add_checkpoint(parser)
    options.add_table(parser, tr("write a table with the answer to every picture"))
    options.add_json(parser, tr("print one JSON object"))
    parser.set_defaults(call=call)


def call(asked: argparse.Namespace) -> int:
    """Judge the network; return the exit code."""
    from kt_gui import session
    from kt_gui.session.naming import data_named

    folder = options.folder_of(asked)
    data = data_named(asked.data) if asked.data is not None else None
    found = answers(lambda stop: session.evaluate(folder, data, asked.checkpoint, stop, home()), json=asked.json)
    gain = _gain(folder)
    judged, evaluated = found[-2:]
    assert isinstance(judged, Judged)
    assert isinstance(evaluated, Evaluated)
    if asked.csv is not None:
        session.tabulate(judged, asked.csv, overwrite=asked.force)
    if asked.json:
        told = msgspec.to_builtins(evaluated) | {"sentence": verdicts.sentence(evaluated), "gain": gain}
        screens.write(msgspec.json.encode(told).decode())
    else:
        screens.write("\n\n".join(_paragraphs(evaluated)))
        if not isinstance(read_experiment(folder).source, Scratch):
            screens.write("\n" + _helps(gain))
        if asked.csv is not None:
            screens.write("\n" + tr("Every picture's answer is in {path}.", path=str(asked.csv)))
    return FINE


def _gain(folder: Path) -> GainKnown:
    """What a study has told of the run's transfer, if there is one."""
    from kt_gui import session

    (known,) = session.known_gain(folder, StopToken(), home())
    assert isinstance(known, GainKnown)
    return known


def _helps(gain: GainKnown) -> str:
    if gain.verdict is None:
        return tr("Whether the source has helped was not measured yet: kt study --print gain begins a study of it.")
    return tr("{answer} Study “{name}”, {folder}", answer=answer(gain.verdict), name=gain.name, folder=gain.study)


def _paragraphs(evaluated: Evaluated) -> Iterator[str]:
    """The sentence first, then what explains it."""
    scores = evaluated.scores
    yield " ".join(_sentences(evaluated))
    yield "\n".join((*verdicts.reservations(evaluated.matching), _whose(evaluated)))
    yield table(list(_figures(evaluated)))
    yield table([_heading(), *_class_rows(scores)])
    yield from _confusion(scores)


def _sentences(evaluated: Evaluated) -> Iterator[str]:
    yield tr("{sentence}.", sentence=verdicts.sentence(evaluated))
    if stands_out := verdicts.stands_out(evaluated.scores):
        yield stands_out


def _whose(evaluated: Evaluated) -> str:
    """Say what was judged by what."""
    values = {
        "name": evaluated.name,
        "checkpoint": say(evaluated.checkpoint, evaluated.epoch),
        "data": called(evaluated.title),
    }
    if evaluated.part == "test":
        return tr("Run “{name}”, checkpoint {checkpoint}, the test pictures of {data}.", **values)
    return tr("Run “{name}”, checkpoint {checkpoint}, all pictures of {data}.", **values)


def _figures(evaluated: Evaluated) -> Iterator[tuple[str, str]]:
    scores, calibration = evaluated.scores, evaluated.calibration
    yield tr("Balanced accuracy"), percent(scores.balanced_accuracy)
    yield tr("Macro precision, recall, F1"), ", ".join(map(percent, (scores.precision, scores.recall, scores.f1)))
    for k, share in scores.top[1:]:
        yield tr("Class among the first {count}", count=k), percent(share)
    yield tr("Mean −log probability (NLL)"), number(scores.nll)
    yield tr("Calibration error (ECE)"), percent(scores.ece)
    if calibration is None:
        yield tr("After temperature scaling"), tr("not known: no validation pictures to fit it on")
    else:
        yield (
            tr("After temperature scaling"),
            trn(
                "NLL {nll}, ECE {ece} (temperature {temperature}, fitted on {count} validation picture)",
                "NLL {nll}, ECE {ece} (temperature {temperature}, fitted on {count} validation pictures)",
                calibration.pictures,
                nll=number(calibration.nll),
                ece=percent(calibration.ece),
                temperature=number(calibration.temperature),
            ),
        )


def _heading() -> tuple[str, ...]:
    return tr("class"), tr("precision"), tr("recall"), tr("F1"), tr("pictures"), tr("taken for it")


def _class_rows(scores: Scores) -> Iterator[tuple[str, ...]]:
    for each in scores.classes:
        shares = map(percent, (each.precision, each.recall, each.f1))
        yield each.name, *shares, thousands(each.support), thousands(each.predicted)


def _confusion(scores: Scores) -> Iterator[str]:
    """The matrix, rows the truth; of many classes only what is confused most often."""
    if len(scores.classes) <= WHOLE:
        letters = [chr(ord("a") + place) for place in range(len(scores.classes))]
        rows = [
            (letter, *map(str, row), each.name)
            for letter, row, each in zip(letters, scores.confusion, scores.classes, strict=True)
        ]
        yield tr("Rows are the truth, columns what was answered:")
        yield table([("", *letters, ""), *rows])
        return
    found = verdicts.confusions(scores, LISTED)
    if found:
        yield tr("Confused most often:")
        yield table([(tr("truth"), tr("answer"), tr("pictures")), *((a, b, str(count)) for count, a, b in found)])
