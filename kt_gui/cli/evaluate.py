"""`kt evaluate`: what a run's network is worth on its test pictures, or on any other set."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kt_gui.cli import screens
from kt_gui.cli.checkpoints import add_checkpoint, name_of
from kt_gui.cli.following import FINE, answers
from kt_gui.cli.reports import table
from kt_gui.schema import verdicts
from kt_gui.schema.datasets import called
from kt_gui.schema.evaluations import Evaluated, Judged, Scores
from kt_gui.schema.quantities import number, percent
from kt_gui.schema.texts import columns, thousands, tr, trn
from kt_gui.store.folders import home
from kt_gui.store.runs import Runs

if TYPE_CHECKING:
    from kt_gui.cli.arguments import Parser

WHOLE = 12
"""Up to so many classes the confusion is shown as a matrix, with more as a list of the most frequent ones."""
LISTED = 10


def add(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Say what can be asked."""
    parser = commands.add_parser("evaluate", help=tr("say how good a run's network is, on its test pictures or others"))
    parser.add_argument("run", metavar="RUN", help=tr("a run's folder, its id, or its name where only one has it"))
    parser.add_argument(
        "--data",
        help=tr("judge it by another set: a folder, a zip, a CSV, or the name of a set; all its pictures count"),
    )
    add_checkpoint(parser)
    parser.add_argument("--pictures", metavar="FILE.csv", help=tr("write a table with the answer to every picture"))
    parser.add_argument("--force", action="store_true", help=tr("overwrite that table where it is there already"))
    parser.add_argument("--json", action="store_true", help=tr("print one JSON object"))


def call(asked: argparse.Namespace) -> int:
    """Judge the network; return the exit code."""
    from kt_gui import session
    from kt_gui.session.naming import data_named

    folder = Runs(home()).find(asked.run).folder
    data = data_named(asked.data) if asked.data is not None else None
    found = answers(lambda stop: session.evaluate(folder, data, asked.checkpoint, stop, home()), json=asked.json)
    judged, evaluated = found[-2:]
    assert isinstance(judged, Judged)
    assert isinstance(evaluated, Evaluated)
    if asked.pictures is not None:
        session.tabulate(judged, Path(asked.pictures).expanduser(), overwrite=asked.force)
    if asked.json:
        told = msgspec.to_builtins(evaluated) | {"sentence": verdicts.sentence(evaluated)}
        screens.write(msgspec.json.encode(told).decode())
    else:
        screens.write("\n\n".join(_paragraphs(evaluated)))
        if asked.pictures is not None:
            screens.write("\n" + tr("Every picture's answer is in {path}.", path=asked.pictures))
    return FINE


def _paragraphs(evaluated: Evaluated) -> Iterator[str]:
    """The sentence first, then what explains it."""
    scores = evaluated.scores
    yield " ".join(_sentences(evaluated))
    yield "\n".join((*verdicts.reservations(evaluated.matching), _whose(evaluated)))
    yield _aligned(list(_figures(evaluated)))
    yield table([_heading(), *_class_rows(scores)])
    yield from _confusion(scores)


def _sentences(evaluated: Evaluated) -> Iterator[str]:
    yield tr("{sentence}.", sentence=verdicts.sentence(evaluated))
    if stands_out := verdicts.stands_out(evaluated.scores):
        yield stands_out


def _whose(evaluated: Evaluated) -> str:
    """Say what was judged by what."""
    values = {"name": evaluated.name, "checkpoint": name_of(evaluated.checkpoint), "data": called(evaluated.title)}
    if evaluated.part == "test":
        return tr("Run “{name}”, checkpoint {checkpoint}, the test pictures of {data}.", **values)
    return tr("Run “{name}”, checkpoint {checkpoint}, all pictures of {data}.", **values)


def _figures(evaluated: Evaluated) -> Iterator[tuple[str, str]]:
    scores, calibration = evaluated.scores, evaluated.calibration
    yield tr("Balanced accuracy"), _share(scores.balanced_accuracy)
    yield tr("Macro precision, recall, F1"), ", ".join(map(_share, (scores.precision, scores.recall, scores.f1)))
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


def _aligned(pairs: Sequence[tuple[str, str]]) -> str:
    width = max(columns(name) for name, _ in pairs)
    return "\n".join(f"{name}{' ' * (width - columns(name))}  {value}" for name, value in pairs)


def _heading() -> tuple[str, ...]:
    return tr("class"), tr("precision"), tr("recall"), tr("F1"), tr("pictures"), tr("taken for it")


def _class_rows(scores: Scores) -> Iterator[tuple[str, ...]]:
    for each in scores.classes:
        shares = (_share(value) for value in (each.precision, each.recall, each.f1))
        yield each.name, *shares, thousands(each.support), thousands(each.predicted)


def _share(value: float | None) -> str:
    return "–" if value is None else percent(value)


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
