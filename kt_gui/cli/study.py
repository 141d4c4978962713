"""`kt study`: a study from its file, gone on with, listed, or written to begin with."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kt_gui.cli import screens
from kt_gui.cli.following import FINE, follow
from kt_gui.cli.reports import table
from kt_gui.cli.run import FIRST_EXAMPLE
from kt_gui.schema import study_words
from kt_gui.schema.codec import dump_study, load_experiment, load_study
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event, Noticed, Progressed, StepEnded
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.stop import StopToken
from kt_gui.schema.studies import FreezingLadder, LabelSavings, LambdaSearch, Question, Study, TransferGain
from kt_gui.schema.study_events import StudyEnded, StudyEvent, TrialEnded, TrialTold
from kt_gui.schema.texts import tr
from kt_gui.schema.tuning import Tuning
from kt_gui.store.folders import home
from kt_gui.store.studies import Studies
from kt_gui.studies import tuning

if TYPE_CHECKING:
    from kt_gui.cli.arguments import Parser
    from kt_gui.session.crews import Engage

QUESTIONS: dict[str, Callable[[], Question]] = {
    "lambda": LambdaSearch,
    "gain": TransferGain,
    "ladder": FreezingLadder,
    "savings": LabelSavings,
    "tune": Tuning,
}


def add(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Say what can be asked."""
    parser = commands.add_parser("study", help=tr("many runs, one answer: which λ, does transfer help"))
    parser.add_argument("file", nargs="?", metavar="FILE.toml", help=tr("a study file; with --print, an experiment"))
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--resume", metavar="STUDY", help=tr("go on with one: its folder, its id or its name"))
    what.add_argument(
        "--print", choices=QUESTIONS, help=tr("print a study of an experiment (the example's, where none is named)")
    )
    what.add_argument("--list", action="store_true", help=tr("list the studies"))
    parser.add_argument(
        "--on",
        metavar="ray[:HOST:PORT]",
        help=tr("run trials on Ray, several at once: on this machine, or on a cluster"),
    )
    parser.add_argument("--workers", type=int, metavar="N", help=tr("with --on: how many trials at once"))
    parser.add_argument("--json", action="store_true", help=tr("print events as JSON lines; the last is StudyEnded"))
    parser.set_defaults(call=call)


def call(asked: argparse.Namespace) -> int:
    """Do what was asked."""
    if asked.print:
        sys.stdout.write(dump_study(_drafted(asked.print, asked.file)))
        return FINE
    if asked.list:
        return _list(json=asked.json)
    from kt_gui import session

    if (asked.file is None) == (asked.resume is None):
        raise UserError(
            tr("No study was named, or two were."), tr("Name a study file, or write kt study --resume STUDY.")
        )
    engage = _crew(asked.on, asked.workers)
    if asked.resume:
        folder = Studies(home()).find(asked.resume).folder
        return _follow(lambda stop: session.resume_study(folder, stop, home(), engage), json=asked.json)
    study = load_study(Path(asked.file))
    return _follow(lambda stop: session.study(study, stop, home(), engage), json=asked.json)


def _crew(on: str | None, workers: int | None) -> "Engage":
    """Read who is to do the trials. Raises UserError."""
    from kt_gui.session.crews import alone

    if on is None and workers is None:
        return alone
    if on is None:
        raise UserError(tr("In this program one trial runs after the other (--workers)."), tr("Write --on ray, too."))
    engine, _, address = on.partition(":")
    if engine != "ray":
        raise UserError(
            tr("Trials cannot run on “{engine}” (--on).", engine=on),
            tr("Write --on ray for this machine, or --on ray:HOST:PORT for a cluster."),
        )
    if workers is not None and workers < 1:
        raise UserError(
            tr("So many workers there cannot be: {count} (--workers).", count=workers), tr("Name 1 or more.")
        )
    from kt_gui.cluster.place import OnRay
    from kt_gui.cluster.ray_crew import on_ray

    return on_ray(OnRay(address or os.environ.get("RAY_ADDRESS", ""), workers or 0))


def _drafted(kind: str, file: str | None) -> Study:
    experiment = _experiment(file)
    question = tuning.drafted(experiment) if kind == "tune" else QUESTIONS[kind]()
    return Study(name=f"{experiment.name} {kind}", study=question, experiment=experiment)


def _experiment(file: str | None) -> Experiment:
    from kt_gui import session

    return load_experiment(Path(file)) if file else session.example(FIRST_EXAMPLE)


def _follow(begin: Callable[[StopToken], Iterator[Event]], *, json: bool) -> int:
    """For people, what the many runs tell is too much: over the bar of the run at work only the study speaks, and what
    runs take notice of, once each.
    """
    return follow(lambda stop: _answered(begin(stop) if json else _quiet(begin(stop))), json=json)


def _answered(events: Iterator[Event]) -> Iterator[Event]:
    """Pass on what a study tells. Raises UserError at its end where every trial failed, for what keeps them all from
    being run is for a person to mend.
    """
    reason, last = "", None
    for last in events:
        if isinstance(last, TrialEnded) and last.state == "failed":
            reason = last.reason
        yield last
    if isinstance(last, StudyEnded) and last.failed and last.verdict is None:
        raise UserError(
            tr("No trial came to its end: {reason}", reason=reason),
            tr("Mend that, then write kt study --resume {study}.", study=last.study),
        )


def _quiet(events: Iterator[Event]) -> Iterator[Event]:
    noticed = set[str]()
    with closing(events) as every:  # type: ignore[type-var]  # a generator, whatever its type says
        for event in every:
            told = event.told if isinstance(event, TrialTold) else event
            if isinstance(event, StudyEvent | Progressed | StepEnded):
                yield event
            elif isinstance(told, Noticed) and str(told.message) not in noticed:
                noticed.add(str(told.message))
                yield msgspec.structs.replace(told, details=())


def _list(*, json: bool) -> int:
    found = Studies(home()).list()
    if json:
        for each in found:
            told = {"id": each.id, "name": each.name, "kind": each.kind, "state": each.state, "verdict": each.verdict}
            screens.write(msgspec.json.encode(told | {"folder": str(each.folder)}).decode())
    elif found:
        heading = (tr("id"), tr("name"), tr("study"), tr("state"), tr("answer"))
        rows = [
            (each.id, each.name, tr(study_words.TITLES[each.kind]), each.state, study_words.answer(each.verdict))
            if each.verdict
            else (each.id, each.name, tr(study_words.TITLES[each.kind]), each.state, "–")
            for each in found
        ]
        screens.write(table([heading, *rows]))
    else:
        screens.write(tr("There is no study yet. Begin with kt study --print lambda."))
    return FINE
