"""`kt verify` and `kt reproduce`: what a run proves of itself, and whether it comes out again."""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from kt_gui.cli import options, screens
from kt_gui.cli.following import FINE, answers, follow
from kt_gui.cli.reports import MARKS, table
from kt_gui.schema import proof_words
from kt_gui.schema.proofs import Passport, Verified
from kt_gui.schema.texts import tr
from kt_gui.store.folders import home

if TYPE_CHECKING:
    from kt_gui.cli.arguments import Parser

CHANGED = 2


def add(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Say what can be asked."""
    verify = commands.add_parser("verify", help=tr("prove that frozen blocks did not move; what a run was made from"))
    options.add_run(verify)
    options.add_json(verify, tr("print one JSON object"))
    verify.set_defaults(call=prove)
    again = commands.add_parser("reproduce", help=tr("run a run again and say how far the two lie apart"))
    options.add_run(again)
    options.add_json(again, tr("print events as JSON lines; the last is Reproduced"))
    again.set_defaults(call=reproduce)


def prove(asked: argparse.Namespace) -> int:
    """Compare what was frozen with the source; not fine where it has changed."""
    from kt_gui import session

    folder = options.folder_of(asked)
    found = answers(lambda stop: session.verify(folder, stop, home()), json=asked.json)
    told, verified = found[0], found[-1]
    assert isinstance(told, Passport)
    assert isinstance(verified, Verified)
    if asked.json:
        screens.write(msgspec.json.encode({"verified": verified, "passport": told}).decode())
    else:
        screens.write("\n\n".join(_paragraphs(verified, told)))
    return CHANGED if verified.outcome == "changed" else FINE


def _paragraphs(verified: Verified, told: Passport) -> Iterator[str]:
    sign = MARKS[{"unchanged": "fine", "changed": "missing"}.get(verified.outcome, "limited")]
    yield f"{sign} {proof_words.badge(verified)}\n{proof_words.explained(verified)}"
    if verified.blocks:
        yield table([(tr("block"), tr("tensors"), tr("same"), "sha256"), *_rows(verified)])
    yield table([(fact.title, fact.whole or fact.short) for fact in proof_words.passport(told)])


def _rows(verified: Verified) -> Iterator[tuple[str, ...]]:
    for block in verified.blocks:
        same = tr("yes") if block.is_equal else tr("no")
        sums = dict(block.sums)
        kept = ", ".join(dict.fromkeys(proof_words.short_hash(digest) for digest in sums.values()))
        yield block.block, str(block.tensors), same, kept


def reproduce(asked: argparse.Namespace) -> int:
    """Run it again, to its end."""
    from kt_gui import session

    folder = options.folder_of(asked)
    return follow(lambda stop: session.reproduce(folder, stop, home()), json=asked.json)
