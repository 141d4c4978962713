"""What lies beside a script: pictures as its network sees them, weights it starts from; and the script tried out."""

import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from kt_gui.engine.collection import Collection
from kt_gui.engine.exporting import answers
from kt_gui.engine.scripts.legs import Leg, seeds, stages
from kt_gui.engine.sizing import View, fitted
from kt_gui.engine.splitting import Indexes, Splits
from kt_gui.schema.errors import UserError
from kt_gui.schema.quantities import gigabytes
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.schema.texts import tr

LARGEST = 2_000_000_000
"""Bytes of pictures beside a script: more would be read in one piece by no small machine."""

ROOM = 2**28
"""Bytes that are under way while pictures are decoded."""


def pack(legs: Sequence[Leg], dealt: Sequence[tuple[Collection, Splits]], stop: StopToken) -> dict[str, Tensor]:
    """Bring the pictures of each phase to its network's size. Raises UserError where they take too much, Stopped."""
    _refuse_too_many(legs, dealt)
    packed: dict[str, Tensor] = {}
    for leg, (collection, splits) in zip(legs, dealt, strict=True):
        for part in ("train", "validation", "test"):
            indexes: Indexes = getattr(splits, part)
            packed[f"{leg.role} {part}"] = _pixels(collection, indexes, leg.network.view, stop)
            packed[f"{leg.role} {part} labels"] = torch.from_numpy(collection.labels[indexes])
        if any(stage.has_fixed_views for stage in stages(leg)):
            packed[f"{leg.role} seeds"] = seeds(leg)
    return packed


def _refuse_too_many(legs: Sequence[Leg], dealt: Sequence[tuple[Collection, Splits]]) -> None:
    size = sum(
        leg.network.view.bytes * sum(len(part) for part in (splits.train, splits.validation, splits.test))
        for leg, (_, splits) in zip(legs, dealt, strict=True)
    )
    if size > LARGEST:
        raise UserError(
            tr("The pictures that a script needs beside it take {size}.", size=gigabytes(size)),
            tr("Up to {most} are taken along. Learn from fewer pictures per class.", most=gigabytes(LARGEST)),
        )


def _pixels(collection: Collection, indexes: Indexes, view: View, stop: StopToken) -> Tensor:
    whole = np.empty((len(indexes), *view.shape), np.uint8)
    done = 0
    for chunk in fitted(collection, indexes, view, ROOM):
        if stop.requested():
            raise Stopped
        whole[done : done + len(chunk)] = chunk
        done += len(chunk)
    return torch.from_numpy(whole)


def try_out(script: Path, weights: Mapping[str, Tensor], classes: int, pictures: int) -> Tensor:
    """Read a script with what lies beside it, and let its network, with these weights, judge test pictures.

    Nothing is learnt. Gives logits [pictures, classes]; leaves torch's chance and threads as they were.
    """
    with _loaded(script) as module:
        module.LAYOUT = torch.contiguous_format
        network: nn.Module = module.build(classes)
        network.load_state_dict(dict(weights))
        shown = module.DATA["target test"][:pictures] / 255
        network.eval()
        return answers(lambda some: network(module.seen(some)), shown)


def repeat(script: Path, stop: StopToken) -> float:
    """Run a script to its end. Gives how far its numbers are from those the run logged. Raises Stopped."""
    told: list[str] = []

    def tell(line: str) -> None:
        if stop.requested():
            raise Stopped
        told.append(line)

    with _loaded(script, "__main__", tell):
        return float(told[-1].rpartition(" ")[2])


@contextmanager
def _loaded(script: Path, name: str = "script", tell: Callable[[str], None] = lambda _: None) -> Iterator[Any]:
    """Run the text of a script as a module of this name; what it prints is told."""
    module = types.ModuleType(name)
    module.__dict__.update(__file__=str(script), print=tell)
    threads = torch.get_num_threads()
    try:
        with torch.random.fork_rng(devices=[]):
            exec(compile(script.read_text("utf-8"), str(script), "exec"), module.__dict__)
            yield module
    finally:
        torch.set_num_threads(threads)
