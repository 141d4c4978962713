"""The pictures behind a cell of a class bridge: a class of the target, by how like a class of the source each is."""

import msgspec

from kt_gui.cli.reports import table
from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Picture
from kt_gui.schema.quantities import percent
from kt_gui.schema.ranking_words import short
from kt_gui.schema.rankings import Bridge, Ranked, likest
from kt_gui.schema.texts import tr


class Like(msgspec.Struct, frozen=True):
    """What one candidate says of the pictures of a class."""

    source: str
    label: str
    taken_for: str
    pictures: tuple[Picture, ...]


def listed(ranked: Ranked, asked: str) -> list[Like]:
    """List the pictures of CLASS=SOURCE_CLASS for every candidate that knows that class. Raises UserError."""
    label, taken_for = _label(ranked, asked)
    bridges = [(each.name, each.bridge) for each in ranked.standings if each.bridge is not None]
    places = [(name, bridge, _place(bridge, taken_for)) for name, bridge in bridges]
    found = [
        Like(name, ranked.classes[label], bridge.classes[place], tuple(likest(ranked, bridge, label, place)))
        for name, bridge, place in places
        if place is not None
    ]
    if not found:
        known = dict.fromkeys(short(name) for _, bridge in bridges for name in bridge.classes)
        raise UserError(
            tr("No candidate takes pictures for {name} (--like).", name=taken_for),
            tr("Name one of those that they are taken for most: {names}.", names=", ".join(known) or "–"),
        )
    return found


def _label(ranked: Ranked, asked: str) -> tuple[int, str]:
    """Take CLASS=SOURCE_CLASS apart; names may hold = themselves. Raises UserError."""
    for label, name in enumerate(ranked.classes):
        if asked.startswith(f"{name}=") and len(asked) > len(name) + 1:
            return label, asked[len(name) + 1 :]
    raise UserError(
        tr("“{text}” names no class of the target and one of the source (--like).", text=asked),
        tr("Write it as CLASS=SOURCE_CLASS, with one of the classes {names}.", names=", ".join(ranked.classes)),
    )


def _place(bridge: Bridge, name: str) -> int | None:
    wanted = name.casefold()
    known = (place for place, each in enumerate(bridge.classes) if wanted in (each.casefold(), short(each).casefold()))
    return next(known, None)


def text(like: Like) -> str:
    """Put them into a table."""
    title = tr(
        "{label}, by how much {source} takes each for {other}:",
        label=like.label,
        source=like.source,
        other=short(like.taken_for),
    )
    return f"{title}\n" + table([(percent(each.confidence or 0.0), each.name) for each in like.pictures])
