"""An invented search for pictures of the test in the source: for pictures of pages, and for their tests."""

from kt_gui import samples
from kt_gui.schema.evaluations import Picture
from kt_gui.schema.experiment import Pretrain
from kt_gui.schema.overlaps import Overlap, Pair, Sign

FOUND: tuple[tuple[tuple[Sign, ...], float | None], ...] = (
    (("exact",), None),
    (("exact",), None),
    (("hash", "embedding"), 0.99),
    (("hash",), None),
    (("embedding",), 0.94),
    (("embedding",), 0.91),
    (("embedding",), 0.87),
)


def overlap(count: int = len(FOUND), run: str = "") -> Overlap:
    """So many pairs; in a set, or in what a run has learnt."""
    source = samples.EXPERIMENT.source
    assert isinstance(source, Pretrain)
    return Overlap(
        source=source.data,
        target=samples.EXPERIMENT.target.data,
        source_title="Twemoji emoji",
        target_title="Noto emoji",
        classes=samples.CLASSES,
        run=run,
        searched=812,
        tests=207,
        by="both",
        network="bundled/efficientnet_lite0",
        own=1,
        pairs=tuple(_pair(place) for place in range(count)),
    )


def _pair(place: int) -> Pair:
    signs, likeness = FOUND[place % len(FOUND)]
    return Pair(
        first=_picture(place, "source"), second=_picture(place, "target", "test"), signs=signs, likeness=likeness
    )


def _picture(place: int, part: str, split: str = "") -> Picture:
    label = samples.CLASSES[place % len(samples.CLASSES)]
    return Picture(index=place, name=f"{label}/{place}.png", digest=f"{part} {place}", label=label, split=split)
