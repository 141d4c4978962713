"""What new pictures are measured by: how a checkpoint sees the pictures it learnt from, and validation pictures.

Computed when it is first needed, then kept with the run: a run whose data has gone is measured as before.
"""

from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kt_gui.schema.columns import pack, unpack
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event
from kt_gui.schema.predictions import Novelty
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import Message, mark
from kt_gui.session.opening import Opened, portion_of, read_dealt
from kt_gui.store import banks, environment
from kt_gui.store.banks import Kept
from kt_gui.store.environment import Role
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    from torch import Tensor

    from kt_gui.engine.collection import Collection
    from kt_gui.engine.novelty import Bank
    from kt_gui.engine.splitting import Indexes


@dataclass(frozen=True)
class Yardstick:
    """How the answers of a network are to be read."""

    bank: "Bank | None"
    """None where it cannot be told what is unlike."""
    novelty: Novelty
    temperature: float | None
    """None where the probabilities cannot be calibrated."""


def measure(opened: Opened, home: Home, stop: StopToken) -> Generator[Event, None, Yardstick]:
    """Look up, or compute, what new pictures are measured by. Raises Stopped."""
    from kt_gui.engine.novelty import fingerprint

    role: Role = "source" if opened.about.phase == "pretraining" else "target"
    key = f"{fingerprint(opened.network)} {environment.read(opened.folder).data.get(role)}"
    kept = banks.load(opened.folder, opened.checkpoint, key)
    if kept is None:
        try:
            kept = yield from _compute(opened, role, key, home, stop)
        except UserError as error:
            reason = Message(mark("the training pictures cannot be read: {problem}"), {"problem": error.message})
            return Yardstick(None, Novelty(reason=reason), None)
        with suppress(UserError):  # a run that may only be read is asked all the same
            banks.save(opened.folder, opened.checkpoint, kept)
    return _read(kept)


def _read(kept: Kept) -> Yardstick:
    import torch

    from kt_gui.engine.novelty import FEWEST, Bank

    if kept.threshold is None:
        values = {"count": kept.validation, "fewest": FEWEST}
        reason = Message(mark("the run has {count} validation pictures, and {fewest} are needed"), values)
        return Yardstick(None, Novelty(reason=reason), kept.temperature)
    bank = Bank(torch.tensor(unpack(kept.features)), kept.neighbour)
    novelty = Novelty(threshold=kept.threshold, neighbour=kept.neighbour, pictures=len(kept.features))
    return Yardstick(bank, novelty, kept.temperature)


def _compute(opened: Opened, role: Role, key: str, home: Home, stop: StopToken) -> Generator[Event, None, Kept]:
    """Let the network look at pictures it learnt from, and at validation pictures. Raises UserError, Stopped."""
    from kt_gui.engine import novelty

    dealt = yield from read_dealt(opened.folder, role, home, stop)
    collection, seed = dealt.collection, opened.experiment.seed
    learnt = novelty.draw(dealt.splits.train, novelty.MOST_TRAINING, seed)
    held_out = novelty.draw(dealt.splits.validation, novelty.MOST_VALIDATION, seed)
    _, features = yield from _look(opened, collection, learnt, home, stop)
    bank = novelty.build_bank(features)
    logits, features = yield from _look(opened, collection, held_out, home, stop)
    return Kept(
        key=key,
        features=pack(bank.features.numpy()),
        neighbour=bank.neighbour,
        threshold=novelty.threshold(bank.distances(features).numpy()),
        validation=len(held_out),
        temperature=_temperature(logits, collection, held_out),
    )


def _look(
    opened: Opened, collection: "Collection", indexes: "Indexes", home: Home, stop: StopToken
) -> "Generator[Event, None, tuple[Tensor, Tensor]]":
    from kt_gui.engine.predicting import observe_all

    portion = yield from portion_of(opened, collection, indexes, home, stop)
    return (yield from observe_all(opened.network, portion, opened.resolved, collection.title, stop))


def _temperature(logits: "Tensor", collection: "Collection", indexes: "Indexes") -> float:
    from kt_gui.engine.calibration import fit_temperature

    return fit_temperature(collection.labels[indexes], logits.numpy())
