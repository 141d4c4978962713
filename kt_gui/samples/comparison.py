"""Invented comparisons of runs: for pictures of pages, and for their tests. Nothing here was measured."""

import math
from random import Random

import msgspec

from kt_gui import samples
from kt_gui.schema.choices import Features
from kt_gui.schema.comparisons import Contender, Contrasted, Lines, Matched, McNemar, Turned
from kt_gui.schema.evaluations import Picture
from kt_gui.schema.experiment import Experiment
from kt_gui.studies.differences import differences
from kt_gui.studies.repetitions import group, repeated

STRENGTHS = (0.0, 0.005, 0.02, 0.1, 0.5, 2.0, 8.0)


def contrasted(count: int, seeds: int = 1) -> Contrasted:
    """So many settings of λ and freezing, with so many seeds each."""
    experiments = [_experiment(place) for place in range(count) for _ in range(seeds)]
    runs = tuple(_contender(place // seeds, place % seeds) for place in range(count * seeds))
    accuracies = [run.accuracy for run in runs]
    return Contrasted(
        runs=runs,
        settings=differences(experiments),
        groups=tuple(repeated(members, accuracies) for members in group([run.group for run in runs])),
    )


def matched(first: str = "/runs/0-0", second: str = "/runs/1-0", only_first: int = 5, only_second: int = 14) -> Matched:
    """Two runs on 207 pictures."""
    neither = 207 - 140 - only_first - only_second
    test = McNemar(
        both=140,
        neither=neither,
        only_first=only_first,
        only_second=only_second,
        p=0.0636,
        difference=(only_second - only_first) / 207,
        low=0.001,
        high=0.088,
    )
    return Matched(
        first=first,
        second=second,
        data=samples.EXPERIMENT.target.data,
        pictures=207,
        left_out=(0, 0),
        test=test,
        gained=tuple(_turned(place, is_gained=True) for place in range(only_second)),
        lost=tuple(_turned(place, is_gained=False) for place in range(only_first)),
    )


def _turned(place: int, *, is_gained: bool) -> Turned:
    right, wrong = samples.CLASSES[place % 14], samples.CLASSES[(place + 3) % 14]
    taken = right if is_gained else wrong
    name, index = f"emoji {place}", place if is_gained else 100 + place
    picture = Picture(
        index=index, name=name, digest=f"{index:064x}", label=right, predicted=taken, confidence=0.8, split="test"
    )
    return Turned(first=wrong if is_gained else right, picture=picture)


def _experiment(place: int) -> Experiment:
    transfer = msgspec.structs.replace(samples.EXPERIMENT.transfer, strength=STRENGTHS[place % len(STRENGTHS)])
    if place % 3 == 2:
        transfer = msgspec.structs.replace(transfer, freezing=Features())
    return msgspec.structs.replace(samples.EXPERIMENT, transfer=transfer)


def _contender(place: int, seed: int) -> Contender:
    chance = Random(10 * place + seed)
    accuracy = 0.62 + 0.035 * place - 0.004 * place * place + chance.uniform(-0.02, 0.02)
    name = "features only" if place % 3 == 2 else f"λ {STRENGTHS[place % len(STRENGTHS)]:g}"
    return Contender(
        id=f"{place}-{seed}",
        name=name,
        folder=f"/runs/{place}-{seed}",
        seed=seed,
        group=place,
        accuracy=accuracy,
        low=accuracy - 0.064,
        high=accuracy + 0.058,
        tested=207,
        best_epoch=12 + place,
        drift=12.0 / (1 + place),
        seconds=41.0 + 3 * place,
        lines=_lines(accuracy, chance, epochs=24 - 2 * seed),
    )


def _lines(accuracy: float, chance: Random, epochs: int) -> Lines:
    falls = [math.exp(-(epoch + 1) / (4 + 8 * (1 - accuracy))) for epoch in range(epochs)]
    noise = [chance.uniform(-0.012, 0.012) for _ in range(epochs)]
    ends = list(zip(falls, noise, strict=True))
    return Lines(
        train_loss=tuple(2.3 * fall + 0.3 * (1 - accuracy) + abs(by) for fall, by in ends),
        validation_loss=tuple(2.1 * fall + 2.2 * (1 - accuracy) + 4 * by for fall, by in ends),
        train_accuracy=tuple(min(1.0, accuracy + 0.15 - 0.6 * fall + by) for fall, by in ends),
        validation_accuracy=tuple(accuracy - 0.5 * fall + by for fall, by in ends),
    )
