"""An invented ranking of sources: for pictures of pages, and for their tests. Nothing here was measured."""

from random import Random

import msgspec
import numpy as np

from kt_gui import samples
from kt_gui.schema.columns import pack
from kt_gui.schema.experiment import EarlierRun, Scratch, Zoo
from kt_gui.schema.rankings import (
    Bridge,
    Candidate,
    Learnt,
    Offer,
    Outcome,
    Ranked,
    Scores,
    Standing,
    Trust,
    Weighed,
)

PICTURES = 42
SOURCES: tuple[tuple[Candidate, str, float], ...] = (
    (Zoo(model="bundled/efficientnet_lite0"), "bundled/efficientnet_lite0", 0.86),
    (EarlierRun(run="/runs/0002"), "emoji (0002)", 0.81),
    (Zoo(model="torchvision/resnet18"), "torchvision/resnet18", 0.79),
    (EarlierRun(run="/runs/0005"), "hymenoptera (0005)", 0.55),
    (Scratch(network="efficientnet_lite0"), "random initialisation of efficientnet_lite0", 0.38),
    (Scratch(network="small_cnn"), "random initialisation of small_cnn", 0.31),
)


def standings() -> tuple[Standing, ...]:
    """Candidates by their probe, and one whose weights are not there."""
    ranked = [_standing(place, *each) for place, each in enumerate(SOURCES)]
    absent = Standing(
        source=Zoo(model="torchvision/resnet50"),
        name="torchvision/resnet50",
        state="download",
        reason="Its weights are not on this machine.",
        remedy="Download them, then rank again.",
    )
    return (*ranked, absent)


def weighed(count: int) -> list[Weighed]:
    """The first candidates, one after the other."""
    return [Weighed(standing=each, done=place, total=4) for place, each in enumerate(standings()[:count], 1)]


def ranked() -> Ranked:
    """The answer."""
    numbers = np.arange(PICTURES)
    return Ranked(
        data=samples.EXPERIMENT.target.data,
        title="Noto emoji",
        classes=samples.CLASSES,
        seed=0,
        available=PICTURES,
        names=tuple(f"emoji {place}" for place in range(PICTURES)),
        digests=tuple(f"{place:064x}" for place in range(PICTURES)),
        indexes=pack(numbers),
        labels=pack(numbers % len(samples.CLASSES)),
        chance=1 / len(samples.CLASSES),
        standings=standings(),
        best=0,
        trust=(
            Trust(score="probe", candidates=4, right=5, pairs=6, tau=0.78),
            Trust(score="log_me", candidates=4, right=4, pairs=6, tau=0.41),
            Trust(score="h_score", candidates=4, right=4, pairs=6, tau=0.52),
        ),
    )


def ranked_first() -> Ranked:
    """The answer where no candidate has been run yet."""
    fresh = tuple(msgspec.structs.replace(each, outcome=None) for each in standings())
    return msgspec.structs.replace(ranked(), standings=fresh, trust=())


def offers() -> tuple[Offer, ...]:
    """Candidates to choose from: some known, some timed, some neither."""
    more: tuple[tuple[Candidate, str], ...] = (
        (EarlierRun(run="/runs/0002", checkpoint="source"), "emoji (0002), its source"),
        (EarlierRun(run="/runs/0009"), "flowers (0009)"),
    )
    listed = [*((source, name) for source, name, _ in SOURCES[:5]), *more]
    return tuple(
        Offer(
            source=source,
            name=name,
            origin="has learnt emoji-noto" if isinstance(source, EarlierRun) else "comes with the program",
            is_usual=place < 5,
            is_known=place < 2,
            seconds=2.4 * place if place < 6 else None,
        )
        for place, (source, name) in enumerate(listed)
    )


def _standing(place: int, source: Candidate, name: str, probe: float) -> Standing:
    chance = Random(place)
    has_head = not isinstance(source, Scratch)
    learnt = Learnt(
        run="/runs/0002", data=samples.EXPERIMENT.target.data, title="Twemoji emoji", pictures=812, exact=0, near=3
    )
    return Standing(
        source=source,
        name=name,
        network=name,
        features=1280,
        image_size=224,
        scores=Scores(
            probe=probe,
            low=probe - 0.11,
            high=probe + 0.07,
            knn=probe - 0.06,
            log_me=0.9 * probe - 0.3,
            h_score=9 * probe,
            trans_rate=14 * probe,
            gbc=-2.1 * (1 - probe),
            leep=-2.6 * (1.1 - probe) if has_head else None,
            nce=-2.2 * (1.1 - probe) if has_head else None,
        ),
        p=None if place == 0 else max(0.0004, 0.4 - 0.13 * place),
        bridge=_bridge(chance) if has_head else None,
        seconds=1.4 + 2.2 * chance.random(),
        is_known=place in (1, 4, 5),
        learnt=(learnt,) if place == 1 else (),
        outcome=Outcome(runs=2, accuracy=probe - 0.07 + chance.gauss(0, 0.03)) if place < 4 else None,
    )


def _bridge(chance: Random) -> Bridge:
    classes = ("analog clock", "wall clock", "palace", "strawberry", "street sign", "sports car", "teddy")
    labels = np.arange(PICTURES) % len(samples.CLASSES)
    rows = [[chance.random() ** 4 for _ in classes] for _ in samples.CLASSES]
    shares = np.array([[value / sum(each) for value in each] for each in rows], dtype=np.float32)
    spread = np.array([[chance.uniform(0.6, 1.2) for _ in classes] for _ in labels], dtype=np.float32)
    pictures = np.minimum(shares[labels] * spread, 1)
    return Bridge(classes=classes, total=1000, shares=pack(shares), pictures=pack(pictures))
