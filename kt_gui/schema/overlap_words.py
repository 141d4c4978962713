"""What is found of a test in a source, in words: the same in the terminal and the window."""

from kt_gui.schema.corrections import is_same
from kt_gui.schema.datasets import called
from kt_gui.schema.errors import UserError
from kt_gui.schema.overlaps import Overlap, Pair, Side, Sign, seen_tests
from kt_gui.schema.texts import listed, mark, prose, thousands, tr, trn

SIGNS: dict[Sign, str] = {
    "exact": mark("the same bit for bit"),
    "hash": mark("alike in its pixels"),
    "embedding": mark("alike to a network"),
}


def headline(overlap: Overlap) -> str:
    """Say how many pictures of the test the source has."""
    count = seen_tests(overlap)
    titles = {"target": called(overlap.target_title), "source": called(overlap.source_title)}
    if not count:
        return tr("No picture of the test of {target} was found in {source}.", **titles)
    return trn(
        "{count} picture of the test of {target} is in {source}, too.",
        "{count} pictures of the test of {target} are in {source}, too.",
        count,
        **titles,
    )


def basis(overlap: Overlap) -> str:
    """Say what was compared, and how often the network's rule finds a copy where none should be."""
    said = tr(
        "{tests} test pictures were held against {searched}.",
        tests=thousands(overlap.tests),
        searched=thousands(overlap.searched),
    )
    if overlap.own is None:
        return said
    doubt = trn(
        "By the same rule the network takes {count} test picture for a copy of another: a measure of its mistakes.",
        "By the same rule the network takes {count} test pictures for copies of each other: a measure of its mistakes.",
        overlap.own,
    )
    return prose((said, doubt))


def found_by(pair: Pair) -> str:
    """Say how a pair was found."""
    likeness = "" if pair.likeness is None else tr("cosine {likeness}", likeness=f"{pair.likeness:.2f}")
    return listed([*(tr(SIGNS[sign]) for sign in pair.signs), likeness])


def effect(overlap: Overlap, side: Side) -> str:
    """Say in one sentence what leaving pictures out of a side does."""
    if side == "source":
        return tr(
            "Out of the source: the next pretraining on {source} does without them, and the test stays whole.",
            source=called(overlap.source_title),
        )
    return tr(
        "Out of the test: from the next run on, {target} is judged by the other test pictures alone.",
        target=called(overlap.target_title),
    )


def refusal(overlap: Overlap, side: Side) -> UserError | None:
    """Say why leaving pictures out of a side would be of no use; None where it is."""
    if side == "source" and overlap.run:
        return UserError(
            tr("The run has learnt from {data} already.", data=called(overlap.source_title)),
            tr("Leave the pictures out of the test; or name the data set itself, for the next pretraining."),
        )
    if side == "source" and is_same(overlap.source, overlap.target):
        return UserError(
            tr("Source and target are the same set."),
            tr("Leave the pictures out of the test; or have the split leave out duplicates."),
        )
    return None
