"""Looks at data before anything learns from it: how it is counted and dealt out, and how the network will see it."""

from collections.abc import Generator, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Literal

from kt_gui.schema.datasets import Dataset
from kt_gui.schema.events import BatchShown, ClassCount, Event, Surveyed, Thumbnail
from kt_gui.schema.experiment import Experiment, Pretrain, Split, Target
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.session import shelf
from kt_gui.session.correcting import said_of
from kt_gui.session.outline import Outline, outline, outline_source
from kt_gui.session.phases import Plan, plan_finetuning, plan_pretraining, recipe_of
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    from torch import Tensor

    from kt_gui.engine.images import Collection
    from kt_gui.engine.loading import Splits

THUMBNAILS, SIDE = 60, 96
SHOWN = 16

Part = Literal["source", "target"]


def survey(
    data: Dataset, split: Split, per_class: int | None, seed: int, stop: StopToken, home: Home
) -> Generator[Event, None, None]:
    """Read a data set and deal it out; tells what was corrected in it, and ends with `Surveyed`. Raises UserError."""
    from kt_gui.engine import loading

    yield said_of(data, home)
    collection = yield from shelf.read(data, home, stop)
    splits = loading.deal(collection, split, per_class, seed)
    yield Surveyed(
        title=collection.title,
        pictures=len(collection),
        classes=tuple(_count(collection, splits)),
        skipped=collection.skipped,
        duplicates=loading.find_duplicates(collection, splits),
        problems=loading.find_problems(collection, splits, split),
        thumbnails=tuple(_thumbnails(collection, splits, stop)),
        sizes=collection.sizes,
        groups=len(set(collection.groups or ())),
        given_split=collection.given is not None,
        given_parts=tuple(sorted(set(collection.given or ()))),
        all_classes=collection.all_classes or collection.classes,
        digest=loading.digest(collection),
    )


def preview(experiment: Experiment, part: Part, stop: StopToken, home: Home) -> Generator[Event, None, None]:
    """Show the first training batch as the network will see it; ends with `BatchShown`. Raises UserError."""
    source = experiment.source
    if part == "source" and isinstance(source, Pretrain):
        network = yield from outline_source(source, home, stop)
        yield from _show(source, plan_pretraining(experiment, source.training), network, stop, home)
    else:
        network = yield from outline(experiment, home, stop)
        yield from _show(experiment.target, plan_finetuning(experiment), network, stop, home)


def _show(
    what: Pretrain | Target, plan: Plan, network: Outline, stop: StopToken, home: Home
) -> Generator[Event, None, None]:
    import torch

    from kt_gui.engine import devices, families, loading

    collection = yield from shelf.read(what.data, home, stop)
    splits = loading.deal(collection, what.split, what.per_class, plan.seed)
    first = _first_batch(len(splits.train), plan)
    chosen = splits.train[first.numpy()]
    view = families.view_of(network.name, network.size)
    portion = yield from loading.load(collection, chosen, view, torch.device("cpu"), stop)
    recipe, seed = recipe_of(plan.training, collection), devices.derive(plan.seed, plan.phase, 0, 0)
    batch = portion.batch(torch.arange(len(portion)), recipe, seed)
    pngs = [loading.as_png(picture, view) for picture in batch[:SHOWN]]
    pictures = [_thumbnail(collection, int(index), png, "train") for index, png in zip(chosen, pngs, strict=False)]
    yield BatchShown(pictures=tuple(pictures), size=view.size)


def _first_batch(pictures: int, plan: Plan) -> "Tensor":
    """The pictures of the first step, as the trainer orders them."""
    import torch

    from kt_gui.engine import devices

    order = torch.randperm(pictures, generator=torch.Generator().manual_seed(devices.derive(plan.seed, plan.phase, 0)))
    return order.tensor_split(max(1, -(-pictures // plan.training.batch_size)))[0]


def _count(collection: "Collection", splits: "Splits") -> Iterator[ClassCount]:
    import numpy as np

    size = len(collection.classes)
    counts = [
        np.bincount(collection.labels[part], minlength=size).tolist()
        for part in (splits.train, splits.validation, splits.test, splits.unused)
    ]
    for name, train, validation, test, unused in zip(collection.classes, *counts, strict=True):
        yield ClassCount(name=name, train=train, validation=validation, test=test, unused=unused)


def _thumbnails(collection: "Collection", splits: "Splits", stop: StopToken) -> Iterator[Thumbnail]:
    from kt_gui.engine.images import thumbnail

    parts = splits.part_of(len(collection))
    for index in islice(_spread(collection, parts), THUMBNAILS):
        if stop.requested():
            raise Stopped
        yield _thumbnail(collection, index, thumbnail(collection.at_least(index, SIDE), SIDE), parts[index])


def _spread(collection: "Collection", parts: list[str]) -> Iterator[int]:
    """Order pictures so that the first ones are of all classes and splits: class by class, each from another split."""
    rows: list[dict[str, list[int]]] = [{} for _ in collection.classes]
    for index, (label, part) in enumerate(zip(collection.labels.tolist(), parts, strict=True)):
        rows[label].setdefault(part, []).append(index)
    for turn in range(len(parts)):
        if not any(rows):
            return
        for number, row in enumerate(rows):
            if row:
                part = sorted(row)[(number + turn) % len(row)]
                yield row[part].pop(0)
                if not row[part]:
                    del row[part]


def _thumbnail(collection: "Collection", index: int, png: bytes, split: str) -> Thumbnail:
    label = collection.classes[int(collection.labels[index])]
    return Thumbnail(png=png, label=label, name=collection.names[index], split=split)
