"""`kt compare`: runs side by side, and each of them against the first, picture by picture."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from kt_gui.cli import options, screens
from kt_gui.cli.following import FINE, follow
from kt_gui.cli.reports import table
from kt_gui.schema import comparison_words as words
from kt_gui.schema.comparisons import Contender, Contrasted, Matched, Setting, Turned, Unmatched, Value
from kt_gui.schema.events import Event
from kt_gui.schema.quantities import duration, number
from kt_gui.schema.stop import Stopped
from kt_gui.schema.texts import tr, trn
from kt_gui.store.folders import home
from kt_gui.store.runs import Runs

if TYPE_CHECKING:
    from kt_gui.cli.arguments import Parser

SHOWN = 20
"""Pictures that changed sides, of each side, that a person is told of; `--json` tells of all."""
_OWN = (Contrasted, Matched, Unmatched)


def add(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Describe the command."""
    parser = commands.add_parser("compare", help=tr("hold runs against each other: settings, results, test pictures"))
    parser.add_argument("runs", nargs="+", metavar="RUN", help=options.which_run())
    options.add_json(parser, tr("print events as JSON lines: Contrasted, then Matched or Unmatched"))
    parser.set_defaults(call=call)


def call(asked: argparse.Namespace) -> int:
    """Compare the runs."""
    from kt_gui import session

    store = Runs(home())
    folders = [store.find(text).folder for text in asked.runs]
    found: list[Event] = []
    code = follow(
        lambda stop: _kept(session.compare(folders, stop, home()), [] if asked.json else found), json=asked.json
    )
    if code == FINE and not asked.json:
        screens.write("\n\n".join(_told(found)))
    return code


def _kept(events: Iterator[Event], found: list[Event]) -> Iterator[Event]:
    """Pass on what goes on, and keep what was found, to be told at the end."""
    with suppress(Stopped):
        for event in events:
            if isinstance(event, _OWN):
                found.append(event)
            yield event


def _told(found: Sequence[Event]) -> Iterator[str]:
    contrasted = next(event for event in found if isinstance(event, Contrasted))
    letters = {run.folder: words.letter(place) for place, run in enumerate(contrasted.runs)}
    yield _results(contrasted.runs)
    if words.has_repetitions(contrasted.groups):
        groups = (f"{words.members(group)}: {words.repetition(group)}" for group in contrasted.groups)
        yield "\n".join([tr("The same but for the seed:"), *groups])
    yield _settings(contrasted.settings, list(letters.values()))
    for event in found:
        if isinstance(event, Matched):
            yield "\n".join(_matched(event, letters[event.first], letters[event.second]))
        if isinstance(event, Unmatched):
            values = {"first": letters[event.first], "second": letters[event.second]}
            said = tr("{first} and {second} cannot be compared picture by picture:", **values)
            yield f"{said} {event.reason} {event.remedy}"


def _results(runs: Sequence[Contender]) -> str:
    heading = ("", tr("name"), tr("id"), tr("seed"), tr("test accuracy"), tr("best epoch"), tr("drift"), tr("time"))
    return table([heading, *(_result(words.letter(place), run) for place, run in enumerate(runs))])


def _result(letter: str, run: Contender) -> tuple[str, ...]:
    best = "–" if run.best_epoch is None else str(run.best_epoch + 1)
    return letter, run.name, run.id, str(run.seed), words.accuracy(run), best, number(run.drift), duration(run.seconds)


def _settings(settings: Sequence[Setting], letters: Sequence[str]) -> str:
    if not settings:
        return tr("The settings are the same but for name and seed.")
    rows = [(each.path, *(_value(value) for value in each.values), tr(each.unit)) for each in settings]
    return table([(tr("settings that differ"), *letters, ""), *rows])


def _value(value: Value) -> str:
    """As an experiment file writes it."""
    match value:
        case None:
            return "–"
        case bool():
            return str(value).lower()
        case tuple():
            return ", ".join(value) or "–"
        case _:
            return str(value)


def _matched(matched: Matched, first: str, second: str) -> Iterator[str]:
    yield words.scope(matched, first, second)
    yield f"{words.disagreement(matched, first, second)} {words.chance(matched)}"
    yield words.difference(matched, first, second)
    yield from _pictures(tr("Wrong with {first}, right with {second}:", first=first, second=second), matched.gained)
    yield from _pictures(tr("Right with {first}, wrong with {second}:", first=first, second=second), matched.lost)


def _pictures(title: str, turned: Sequence[Turned]) -> Iterator[str]:
    if not turned:
        return
    yield title
    yield from (f"  {words.turned(each)}" for each in turned[:SHOWN])
    if len(turned) > SHOWN:
        yield "  " + trn(
            "and {count} more; --json lists it", "and {count} more; --json lists them", len(turned) - SHOWN
        )
