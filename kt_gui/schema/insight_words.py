"""What a map says in words: how well the classes lie apart, and what its places mean."""

from kt_gui.schema.insights import Embedded, Side
from kt_gui.schema.quantities import percent
from kt_gui.schema.texts import Value, thousands, tr


def say_apart(embedded: Embedded) -> str:
    """Say in a sentence how well the classes lie apart, and how well they did before."""
    after, before = embedded.apart_after.purity, embedded.apart_before
    if after is None or embedded.chance is None:
        return tr("There are too few pictures to say how well the classes lie apart.")
    said: dict[str, Value] = {
        "count": embedded.neighbours,
        "after": percent(after, 0),
        "chance": percent(embedded.chance, 0),
    }
    if before is None or before.purity is None:
        return tr("Of the {count} pictures nearest to each, {after} are of its class; by chance {chance}.", **said)
    return tr(
        "Of the {count} pictures nearest to each, {after} are of its class; before {before}, by chance {chance}.",
        before=percent(before.purity, 0),
        **said,
    )


def say_silhouette(embedded: Embedded) -> str:
    """Give the silhouettes, and what they mean."""
    after, before = embedded.apart_after.silhouette, embedded.apart_before
    if after is None:
        return ""
    meaning = tr("1: every class is a tight cluster far from the others; 0: they overlap; below: they lie mixed up.")
    if before is None or before.silhouette is None:
        return tr("Silhouette {after} ({meaning})", after=f"{after:.2f}", meaning=meaning)
    numbers = {"after": f"{after:.2f}", "before": f"{before.silhouette:.2f}"}
    return tr("Silhouette {after}, before {before} ({meaning})", meaning=meaning, **numbers)


def say_map(embedded: Embedded, side: Side) -> str:
    """Say what the places mean, what a hollow point is, and how many pictures there are."""
    said = (_say_places(embedded, side), tr("hollow: taken for another class"), _say_count(embedded))
    return " · ".join(words for words in said if words)


def _say_places(embedded: Embedded, side: Side) -> str:
    if embedded.method == "tsne":
        return tr("t-SNE: near means alike, far means little")
    variance = embedded.variance_after if side == "after" else embedded.variance_before
    if variance is None:
        return ""
    return tr("PCA: two directions that hold {share} of the variance", share=percent(sum(variance), 0))


def _say_count(embedded: Embedded) -> str:
    count = len(embedded.indexes)
    if count == embedded.total:
        return ""
    return tr(
        "{count} of {total} pictures, of each class its share",
        count=thousands(count),
        total=thousands(embedded.total),
    )
