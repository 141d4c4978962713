"""What is odd about the pictures a network was judged by: classes that are missing, classes it does not know."""

from collections.abc import Iterator, Sequence

from kt_gui.schema.evaluations import Evaluated
from kt_gui.schema.texts import listed, tr, trn

NAMED = 5
"""Classes named in a sentence; more are counted."""


def remarks(evaluated: Evaluated) -> Iterator[str]:
    """Say it, a sentence each."""
    matching = evaluated.matching
    if matching.unknown:
        left = trn("{count} picture was left out", "{count} pictures were left out", matching.left_out)
        said = {"classes": _name(matching.unknown), "left": left}
        yield tr("The network does not know these classes, so {left}: {classes}.", **said)
    if matching.missing:
        yield tr("No picture is of these classes: {classes}.", classes=_name(matching.missing))
    if matching.learnt:
        yield trn(
            "It has learnt from {count} of these pictures: the accuracy may look better than it is.",
            "It has learnt from {count} of these pictures: the accuracy may look better than it is.",
            matching.learnt,
        )


def _name(classes: Sequence[str]) -> str:
    rest = len(classes) - NAMED
    more = trn("{count} more", "{count} more", rest) if rest > 0 else ""
    return listed([*classes[:NAMED], more])
