"""`kt export`: takes a run along in another form, and says how that was held against the run."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kt_gui.cli import options, screens
from kt_gui.cli.following import FINE, answers
from kt_gui.schema.errors import UserError
from kt_gui.schema.export_words import PURPOSES, findings
from kt_gui.schema.exports import FORMATS, Exported
from kt_gui.schema.quantities import file_size
from kt_gui.schema.texts import tr
from kt_gui.store.folders import home

if TYPE_CHECKING:
    from kt_gui.cli.arguments import Parser


def add(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Say what can be asked."""
    parser = commands.add_parser(
        "export",
        help=tr("take a run along: weights, ONNX, TorchScript, a card, a report, or one plain script"),
        epilog="\n".join(f"  {form:<13}{tr(PURPOSES[form])}" for form in FORMATS),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_run(parser)
    parser.add_argument("--format", required=True, choices=FORMATS, metavar="FORMAT", help=", ".join(FORMATS))
    parser.add_argument(
        "--out", metavar="PATH", help=tr("a file, or a folder that is there; left out, the run's folder exports")
    )
    parser.add_argument(
        "--with-preprocessing", action="store_true", help=tr("ONNX only: the graph takes whole pictures, of any size")
    )
    options.add_checkpoint(parser)
    options.add_json(parser, tr("print one JSON object"))
    parser.set_defaults(call=call)


def call(asked: argparse.Namespace) -> int:
    """Take the run along; return the exit code."""
    from kt_gui import session

    if asked.with_preprocessing and asked.format != "onnx":
        raise UserError(
            tr("Only an ONNX graph can prepare pictures itself (--with-preprocessing)."),
            tr("Leave it out, or write --format onnx."),
        )
    folder = options.folder_of(asked)
    found = answers(
        lambda stop: session.export(
            folder,
            asked.format,
            stop,
            home(),
            out=Path(asked.out) if asked.out is not None else None,
            checkpoint=asked.checkpoint,
            with_preprocessing=asked.with_preprocessing,
        ),
        json=asked.json,
    )
    exported = found[-1]
    assert isinstance(exported, Exported)
    screens.write(msgspec.json.encode(exported).decode() if asked.json else _told(exported))
    return FINE


def _told(exported: Exported) -> str:
    first, *others = exported.paths
    beside = [tr("Beside it: {names}", names=", ".join(Path(path).name for path in others))] if others else []
    return "\n".join([f"{first} ({file_size(exported.bytes)})", *beside, *findings(exported)])
