"""What a transfer has changed, block by block: the weights, and what they compute."""

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kt_gui.schema.changes import BlockChange, Changed
from kt_gui.schema.errors import Lasting, UserError
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.events import BlockDrift, Event, Noticed
from kt_gui.schema.experiment import Scratch
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import Message, mark, tr
from kt_gui.session.opening import Opened, beside, open_run, portion_of, read_dealt
from kt_gui.session.pictures import Dealt
from kt_gui.session.sources import restore
from kt_gui.store import environment, reports, runs
from kt_gui.store.contents import sum_of
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    from kt_gui.engine.backbones import Network

KIND = "changes"
FORM = 1
"""Counts up when what is kept, or how it is computed, changes."""
MOST = 1000
"""Pictures that are looked at, at most: what every block makes of each is held in memory."""
FEWEST = 4
"""Pictures from which on the similarity can be told without bias; plain, it is near 1 for few pictures whatever is
compared."""


def changes(folder: Path, checkpoint: Checkpoint, stop: StopToken, home: Home) -> Generator[Event, None, None]:
    """Hold a checkpoint beside the source it came from; `Changed` comes last. Computed once, then kept with the run.

    Where the run's pictures have gone, a notice says so, and only the weights are compared.

    Raises UserError where there is no source, or a checkpoint is missing or damaged; Stopped.
    """
    _check_source(folder)
    key = reports.key_of(FORM, sum_of(folder, checkpoint), environment.read(folder).data.get("target"))
    known = reports.recall(folder, KIND, key, Changed)
    if known is not None:
        yield msgspec.structs.replace(known, run=str(folder), checkpoint=checkpoint)
        return
    opened = open_run(folder, checkpoint)
    source = beside(opened, restore(folder, "source"), opened.about.image_size)
    similarity, title, count = yield from _compare(opened, source, stop, home)
    found = Changed(
        run=str(folder),
        checkpoint=checkpoint,
        epoch=None if checkpoint == "source" else opened.about.epoch,
        blocks=_join(opened, source, similarity),
        data=title,
        pictures=count,
    )
    if similarity:
        reports.keep(folder, KIND, key, found)
    yield found


def _check_source(folder: Path) -> None:
    if isinstance(runs.read_experiment(folder).source, Scratch):
        raise Lasting(
            tr("The run learnt from random weights: there is no source it could have moved away from."),
            tr("Open a run that carried a source over."),
        )


def _compare(
    opened: Opened, source: "Network", stop: StopToken, home: Home
) -> Generator[Event, None, tuple[dict[str, float | None], str, int]]:
    """Tell how alike what the blocks compute is, on which pictures, and on how many."""
    from kt_gui.engine.similarity import linear_cka, represent

    try:
        dealt: Dealt = yield from read_dealt(opened.folder, "target", home, stop)
    except UserError as error:
        yield _only_weights(error)
        return {}, "", 0
    collection, validation = dealt.collection, dealt.splits.validation
    indexes = validation[:: max(1, -(-len(validation) // MOST))]
    portion = yield from portion_of(opened, collection, indexes, home, stop)
    pair = []
    for place, network in enumerate((source, opened.network)):
        pair.append((yield from represent(network, portion, opened.resolved, stop, collection.title, share=(place, 2))))
    before, after = pair
    is_enough = len(indexes) >= FEWEST
    alike = {block: linear_cka(before[block], after[block], unbiased=is_enough) for block in before}
    return alike, collection.title, len(indexes)


def _only_weights(error: UserError) -> Noticed:
    return Noticed(
        level="warning",
        message=Message(mark("{problem} Only the weights are compared."), {"problem": error.message}),
        remedy=Message("{remedy}", {"remedy": error.remedy}),
    )


def _join(opened: Opened, source: "Network", similarity: dict[str, float | None]) -> tuple[BlockChange, ...]:
    from kt_gui.engine import freezing, regularisers

    transfer, head = opened.experiment.transfer, opened.network.blocks[-1]
    anchors = {
        name: weight.detach()
        for name, weight in source.module.named_parameters()
        if transfer.keep_head or source.owner[name] != head
    }
    epochs = (opened.about.epoch or 0) + 1
    still = freezing.still_tensors(opened.network, transfer.freezing, epochs, transfer.batch_norm)
    learnt = {opened.network.owner[name] for name in opened.network.module.state_dict() if name not in still}
    drifts = regularisers.drift(opened.network, anchors, learnt)
    return tuple(_block(drift, similarity.get(drift.block)) for drift in drifts)


def _block(drift: BlockDrift, similarity: float | None) -> BlockChange:
    squared, size = drift.squared, drift.anchor_squared
    return BlockChange(
        block=drift.block,
        frozen=drift.frozen,
        distance=None if squared is None else squared**0.5,
        relative=None if squared is None or size <= 0 else squared / size,
        similarity=similarity,
    )
