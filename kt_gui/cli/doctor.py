"""`kt doctor`: what this machine can do, and what is missing."""

import argparse
from typing import TYPE_CHECKING

import msgspec

from kt_gui.cli import options, reports, screens
from kt_gui.cli.following import FINE, MENDABLE
from kt_gui.schema.texts import tr
from kt_gui.store.folders import home

if TYPE_CHECKING:
    from kt_gui.cli.arguments import Parser


def add(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Say what can be asked."""
    parser = commands.add_parser("doctor", help=tr("say what this machine can do and what is missing"))
    options.add_json(parser, tr("print one JSON object"))
    parser.set_defaults(call=call)


def call(asked: argparse.Namespace) -> int:
    """Examine this machine; not fine where something is missing."""
    from kt_gui.session.doctor import examine

    checks = list(examine(home()))
    is_fine = all(check.state != "missing" for check in checks)
    if asked.json:
        told = {"ok": is_fine, "checks": checks}
        screens.write(msgspec.json.encode(told).decode())
    else:
        screens.write(reports.doctor_text(checks))
    return FINE if is_fine else MENDABLE
