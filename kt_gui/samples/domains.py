"""An invented map of two sets: for pictures of pages, and for their tests. Nothing here was measured."""

import numpy as np
from numpy.typing import NDArray

from kt_gui import samples
from kt_gui.schema.columns import pack
from kt_gui.schema.datasets import Bundled
from kt_gui.schema.domains import Distance, Domain, Mapped
from kt_gui.schema.experiment import Zoo
from kt_gui.schema.insights import Projection

SOURCE, TARGET = 180, 42


def mapped(method: Projection = "pca") -> Mapped:
    """Two clouds, one a little beside the other."""
    chance = np.random.default_rng(5)
    centres = 0.7 * chance.normal(size=(len(samples.CLASSES), 2))
    return Mapped(
        candidate=Zoo(model="bundled/efficientnet_lite0"),
        name="bundled/efficientnet_lite0",
        method=method,
        source=_domain("emoji-twemoji", "Twemoji emoji", SOURCE, centres - np.array([0.5, 0.2]), chance),
        target=_domain("emoji-noto", "Noto emoji", TARGET, centres + np.array([0.6, 0.3]), chance),
        distance=Distance(distance=0.93, low=0.79, high=1.06, error=0.268, pictures=TARGET, seed=0),
        variance=(0.21, 0.13) if method == "pca" else None,
    )


def _domain(name: str, title: str, count: int, centres: NDArray[np.float64], chance: np.random.Generator) -> Domain:
    labels = np.arange(count) % len(samples.CLASSES)
    places = centres[labels] + 0.25 * chance.normal(size=(count, 2))
    return Domain(
        data=Bundled(name=name),
        title=title,
        classes=samples.CLASSES,
        part="test" if count == SOURCE else "train",
        total=count,
        names=tuple(f"emoji {place}" for place in range(count)),
        digests=tuple(f"{title} {place}" for place in range(count)),
        indexes=pack(np.arange(count)),
        labels=pack(labels),
        places=pack(places.astype(np.float32)),
    )
