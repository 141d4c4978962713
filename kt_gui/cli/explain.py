"""`kt explain`: what a run's network looks at in pictures, as PNG files, beside what it looked at before it learnt."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from kt_gui.cli import options, screens
from kt_gui.cli.following import FINE, answers
from kt_gui.cli.telling import line
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event, Noticed
from kt_gui.schema.insights import Explained, Method
from kt_gui.schema.quantities import percent
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import one_line, tr
from kt_gui.store.drawings import save_drawings
from kt_gui.store.folders import home

if TYPE_CHECKING:
    from kt_gui.cli.arguments import Parser


class _Drawn(Event, frozen=True):
    """An explanation whose pictures are written: they need not be held any more."""

    told: dict[str, Any]
    sentence: str


def add(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Say what can be asked."""
    parser = commands.add_parser("explain", help=tr("draw what a run's network looks at in pictures"))
    options.add_run(parser)
    parser.add_argument("pictures", nargs="*", metavar="PICTURE", help=tr("a picture file"))
    parser.add_argument(
        "--index",
        type=int,
        action="append",
        default=[],
        metavar="N",
        help=tr("a picture of the run's own data by its number, from 0 on; may be repeated"),
    )
    parser.add_argument(
        "--method", choices=get_args(Method), default="auto", help=tr("how to ask; auto: what suits the network")
    )
    parser.add_argument("--class", dest="target", metavar="NAME", help=tr("the class to explain; else what it says"))
    options.add_checkpoint(parser)
    parser.add_argument("--out", required=True, metavar="FOLDER", help=tr("where the drawings go"))
    options.add_json(parser, tr("print one JSON line a picture"))
    parser.set_defaults(call=call)


def call(asked: argparse.Namespace) -> int:
    """Draw; return the exit code."""
    from kt_gui import session

    if not asked.pictures and not asked.index:
        raise UserError(tr("No picture was named."), tr("Name a file, or a picture of the run's data with --index."))
    folder = options.folder_of(asked)
    pictures = [*asked.index, *(Path(each).expanduser() for each in asked.pictures)]

    def begin(stop: StopToken) -> Iterator[Event]:
        found = session.explain(
            folder, pictures, asked.checkpoint, stop, home(), method=asked.method, target=asked.target
        )
        return _draw(found, Path(asked.out).expanduser())

    drawn = [event for event in answers(begin, json=asked.json) if isinstance(event, _Drawn | Noticed)]
    if not any(isinstance(event, _Drawn) for event in drawn):
        raise _nothing(drawn)
    for event in drawn:
        _write(event, json=asked.json)
    return FINE


def _draw(events: Iterator[Event], folder: Path) -> Iterator[Event]:
    """Write the pictures of each explanation as it comes, and hand on what there is to say of it."""
    number = 0
    for event in events:
        if not isinstance(event, Explained):
            yield event
            continue
        files = save_drawings(folder, number, event)
        number += 1
        yield _Drawn(told=_told(event, files), sentence=_sentence(event, files["after"]))


def _told(event: Explained, files: dict[str, Path]) -> dict[str, Any]:
    pixels = ("at", "picture", "before", "after", "before_map", "after_map", "words")
    told = {name: value for name, value in msgspec.structs.asdict(event).items() if name not in pixels}
    words = [str(each) for each in event.words]
    return {**told, "words": words, "files": {kind: str(path) for kind, path in files.items()}}


def _sentence(event: Explained, path: Path) -> str:
    said = {
        "name": one_line(event.name),
        "target": event.target,
        "probability": percent(event.probability),
        "method": event.method,
        "path": str(path),
    }
    return tr("{name}: {target} {probability} ({method}) -> {path}", **said)


def _write(event: Event, *, json: bool) -> None:
    if isinstance(event, _Drawn):
        screens.write(msgspec.json.encode(event.told).decode() if json else event.sentence)
    elif json:
        screens.write(msgspec.json.encode(event).decode())
    else:
        screens.write(line(event) or "")


def _nothing(told: Sequence[Event]) -> UserError:
    first = next((event for event in told if isinstance(event, Noticed)), None)
    reason = str(first.message) if first is not None else ""
    return UserError(tr("None of the pictures could be read. {reason}", reason=reason), tr("Name other files."))
