"""What new pictures are measured by: how a checkpoint sees the pictures it learnt from, and validation pictures.

Computed when it is first needed, then kept with the run: a run whose data has gone is measured as before.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from kt_gui.schema.columns import Column, pack, unpack
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event
from kt_gui.schema.predictions import Novelty
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import Message, mark
from kt_gui.session.cache import cache
from kt_gui.session.opening import Opened, portion_of, read_dealt
from kt_gui.store import contents, environment, reports
from kt_gui.store.environment import Role
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    from kt_gui.engine.collection import Collection
    from kt_gui.engine.features import Features
    from kt_gui.engine.novelty import Bank
    from kt_gui.engine.splitting import Indexes

KIND = "yardstick"
FORM = 1
"""Counts up when what is kept, or how it is computed, changes."""


@dataclass(frozen=True)
class Yardstick:
    """How the answers of a network are to be read."""

    bank: "Bank | None"
    """None where it cannot be told what is unlike."""
    novelty: Novelty
    temperature: float | None
    """None where the probabilities cannot be calibrated."""


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The features of training pictures, and what validation pictures have taught."""

    features: Column
    """float32 [pictures, width], each of length 1."""
    neighbour: int
    threshold: float | None
    validation: int
    """Validation pictures that were asked."""
    temperature: float


def measure(opened: Opened, home: Home, stop: StopToken) -> Generator[Event, None, Yardstick]:
    """Look up, or compute, what new pictures are measured by. Raises Stopped."""
    role: Role = "source" if opened.about.phase == "pretraining" else "target"
    key = _key(opened, role)
    kept = reports.recall(opened.folder, KIND, key, _Kept)
    if kept is None:
        try:
            kept = yield from _compute(opened, role, home, stop)
        except UserError as error:
            reason = Message(mark("the training pictures cannot be read ({problem})"), {"problem": error.message})
            return Yardstick(None, Novelty(reason=reason), None)
        reports.keep(opened.folder, KIND, key, kept)
    return _read(kept)


def _key(opened: Opened, role: Role) -> str:
    """Name what decides it: the weights, the data, and how that was dealt out."""
    data, deal = environment.read(opened.folder).data.get(role), environment.read_deal(opened.folder, role)
    return reports.key_of(
        FORM, opened.checkpoint, contents.sum_of(opened.folder, opened.checkpoint), data, deal.indexes if deal else None
    )


def _read(kept: _Kept) -> Yardstick:
    import torch

    from kt_gui.engine.novelty import FEWEST, Bank

    if kept.threshold is None:
        values = {"count": kept.validation, "fewest": FEWEST}
        reason = Message(mark("the run has {count} validation pictures, and {fewest} are needed"), values)
        return Yardstick(None, Novelty(reason=reason), kept.temperature)
    bank = Bank(torch.tensor(unpack(kept.features)), kept.neighbour)
    novelty = Novelty(threshold=kept.threshold, neighbour=kept.neighbour, pictures=len(kept.features))
    return Yardstick(bank, novelty, kept.temperature)


def _compute(opened: Opened, role: Role, home: Home, stop: StopToken) -> Generator[Event, None, _Kept]:
    """Let the network look at pictures it learnt from, and at validation pictures. Raises UserError, Stopped."""
    import torch

    from kt_gui.engine import calibration, novelty

    dealt = yield from read_dealt(opened.folder, role, home, stop)
    collection, seed = dealt.collection, opened.experiment.seed
    learnt = novelty.draw(dealt.splits.train, novelty.MOST_TRAINING, seed)
    held_out = novelty.draw(dealt.splits.validation, novelty.MOST_VALIDATION, seed)
    bank = novelty.build_bank(torch.from_numpy((yield from _look(opened, collection, learnt, home, stop)).values))
    found = yield from _look(opened, collection, held_out, home, stop)
    return _Kept(
        features=pack(bank.features.numpy()),
        neighbour=bank.neighbour,
        threshold=novelty.threshold(bank.distances(torch.from_numpy(found.values)).numpy()),
        validation=len(held_out),
        temperature=calibration.fit_temperature(collection.labels[held_out], found.logits),
    )


def _look(
    opened: Opened, collection: "Collection", indexes: "Indexes", home: Home, stop: StopToken
) -> "Generator[Event, None, Features]":
    from kt_gui.engine.features import featurise

    portion = yield from portion_of(opened, collection, indexes, home, stop)
    return (yield from featurise(opened.network, portion, opened.resolved, stop, cache(home)))
