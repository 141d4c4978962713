"""`kt rank`: which source suits a target, told before anything is trained."""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from kt_gui.cli import likes, options, screens
from kt_gui.cli.following import FINE, answers
from kt_gui.cli.reports import table
from kt_gui.schema import ranking_words as words
from kt_gui.schema.columns import Column, unpack
from kt_gui.schema.quantities import duration, percent
from kt_gui.schema.rankings import Bridge, Ranked, Score, Scores, Standing
from kt_gui.schema.texts import tr
from kt_gui.store.folders import home

if TYPE_CHECKING:
    from kt_gui.cli.arguments import Parser

SHARES = ("probe", "knn")
"""Scores that are shares of 1."""


def add(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Say what can be asked."""
    parser = commands.add_parser("rank", help=tr("say which source suits a target, before anything is trained"))
    parser.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help=tr("a pretrained network, a run, NETWORK=FILE of weights, or a data set that a run has pretrained on"),
    )
    parser.add_argument(
        "--target", required=True, metavar="DATA", help=tr("a folder, a zip, a CSV, or the name of a set")
    )
    parser.add_argument(
        "--per-class", type=options.count, metavar="N", help=tr("use only so many training pictures a class")
    )
    parser.add_argument("--seed", type=options.seed, default=0, help=tr("fixes which pictures are used, and the folds"))
    parser.add_argument(
        "--like",
        metavar="CLASS=SOURCE_CLASS",
        help=tr("list a class's pictures by how like a class of the source they are"),
    )
    parser.add_argument("--json", action="store_true", help=tr("print one JSON object"))
    parser.set_defaults(call=call)


def call(asked: argparse.Namespace) -> int:
    """Rank them; return the exit code."""
    from kt_gui import session
    from kt_gui.schema.experiment import Target
    from kt_gui.session.candidates import named
    from kt_gui.session.naming import data_named

    target = Target(data=data_named(asked.target), per_class=asked.per_class)
    sources = [candidate for text in asked.sources for candidate in named(text, home())]
    found = answers(lambda stop: session.rank(sources, target, stop, home(), seed=asked.seed), json=asked.json)
    ranked = found[-1]
    assert isinstance(ranked, Ranked)
    like = likes.listed(ranked, asked.like) if asked.like else []
    if asked.json:
        told = {"like": [msgspec.to_builtins(each) for each in like]} if asked.like else {}
        screens.write(msgspec.json.encode(_object(ranked) | told).decode())
    else:
        screens.write("\n\n".join([*_paragraphs(ranked), *map(likes.text, like)]))
    return FINE


# --- for people ------------------------------------------------------------------------------------------------------


def _paragraphs(ranked: Ranked) -> Iterator[str]:
    yield f"{words.headline(ranked)}\n{words.basis(ranked)}"
    yield table([_heading(ranked), *(_row(standing, ranked) for standing in ranked.standings)])
    noted = [text for standing in ranked.standings for text in words.reservations(standing)]
    if said := "\n".join(text for text in (*noted, words.looked_for(*ranked.standings), words.unknown(ranked)) if text):
        yield said
    if ranked.trust:
        told = ((tr(words.TITLES[each.score]), words.believed(each)) for each in ranked.trust)
        yield tr("How the scores have foretold the runs there are:") + f"\n{table(list(told))}"
    best = ranked.standings[ranked.best] if ranked.best is not None else None
    if best is not None and best.bridge is not None:
        yield tr("What {name} takes them for:", name=best.name) + f"\n{_bridge(best.bridge, ranked)}"


def _heading(ranked: Ranked) -> tuple[str, ...]:
    titles = (tr(words.TITLES[score]) for score in get_args(Score))
    return tr("source"), *titles, *([tr("runs")] if _has_outcomes(ranked) else []), tr("time")


def _row(standing: Standing, ranked: Ranked) -> tuple[str, ...]:
    values = (_value(score, standing.scores) for score in get_args(Score))
    outcome = standing.outcome
    ended = [percent(outcome.accuracy) if outcome else "–"] if _has_outcomes(ranked) else []
    name = f"{standing.name} *" if standing.own else standing.name
    return name, *values, *ended, duration(standing.seconds) if standing.scores else "–"


def _has_outcomes(ranked: Ranked) -> bool:
    return any(standing.outcome for standing in ranked.standings)


def _value(score: Score, scores: Scores | None) -> str:
    value = getattr(scores, score, None)
    if value is None:
        return "–"
    return percent(value) if score in SHARES else f"{value:.3f}"


def _bridge(bridge: Bridge, ranked: Ranked) -> str:
    return table([(name, words.likeness(bridge, label)) for label, name in enumerate(ranked.classes)])


# --- for programs ----------------------------------------------------------------------------------------------------


def _object(ranked: Ranked) -> dict[str, Any]:
    """All but what is of single pictures."""
    told = {name: value for name, value in msgspec.structs.asdict(ranked).items() if name not in _SINGLE}
    standings = [_standing(standing) for standing in ranked.standings]
    return {**told, "event": "ranked", "pictures": len(ranked.names), "standings": standings}


_SINGLE = ("at", "names", "digests", "indexes", "labels")


def _standing(standing: Standing) -> dict[str, Any]:
    told = {name: value for name, value in msgspec.structs.asdict(standing).items() if name != "right"}
    return {**told, "bridge": _numbers(standing.bridge) if standing.bridge else None}


def _numbers(bridge: Bridge) -> dict[str, Any]:
    return {"classes": bridge.classes, "total": bridge.total, "shares": _plain(bridge.shares)}


def _plain(column: Column) -> list[list[float | None]]:
    """Rows of numbers; None where there is none."""
    return [[value if value == value else None for value in row] for row in unpack(column).tolist()]
