"""What a map of two sets says, in sentences: the same in the terminal and the window."""

from kt_gui.schema.datasets import called
from kt_gui.schema.domains import Distance, Domain, Mapped
from kt_gui.schema.quantities import percent
from kt_gui.schema.texts import mark, thousands, tr

NEAR, FAR = 0.5, 1.5
"""Distances up to which sets are told to lie close together, and from which on far apart: 37.5 % and 12.5 % errors."""
_PARTS = {"train": mark("training pictures"), "test": mark("test pictures")}


def verdict(mapped: Mapped) -> str:
    """Say how far the sets lie apart."""
    names = {"source": called(mapped.source.title), "target": called(mapped.target.title)}
    found = mapped.distance
    if found is None:
        return tr("There are too few pictures to say how far {source} and {target} lie apart.", **names)
    if found.low == 0:
        return tr("{source} and {target} cannot be told apart by what the network sees.", **names)
    if found.distance < NEAR:
        return tr("{source} and {target} lie close together for the network.", **names)
    if found.distance < FAR:
        return tr("{source} and {target} lie apart for the network, and overlap.", **names)
    return tr("{source} and {target} lie far apart for the network.", **names)


def figure(distance: Distance) -> str:
    """Give the distance with its interval."""
    low, high = (f"{value:.2f}" for value in (distance.low, distance.high))
    return tr("{distance} ({low}–{high})", distance=f"{distance.distance:.2f}", low=low, high=high)


def explanation(distance: Distance) -> str:
    """Say how the distance was found, and what it means."""
    return tr(
        "Proxy A-distance {figure}: 0 = the sets cannot be told apart, 2 = always. A linear classifier took {error} of "
        "{count} pictures of either set for one of the other.",
        figure=figure(distance),
        error=percent(distance.error),
        count=thousands(distance.pictures),
    )


def basis(mapped: Mapped) -> str:
    """Say whose features these are, and which pictures."""
    sets = {"source": _pictures(mapped.source), "target": _pictures(mapped.target)}
    return tr("Seen by {name}. Source: {source}; target: {target}.", name=mapped.name, **sets)


def _pictures(domain: Domain) -> str:
    values = {"data": called(domain.title), "count": thousands(len(domain.names)), "total": thousands(domain.total)}
    part = tr(_PARTS.get(domain.part, mark("pictures")))
    if len(domain.names) < domain.total:
        return tr("{data}, {count} of {total} {part}", part=part, **values)
    return tr("{data}, {count} {part}", part=part, **values)


def projection(mapped: Mapped) -> str:
    """Say what the places on the map mean."""
    if mapped.variance is None:
        return tr("t-SNE: near means alike, far means little")
    share = percent(sum(mapped.variance), 0)
    return tr("PCA: two directions that hold {share} of the variance", share=share)
