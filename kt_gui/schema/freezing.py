"""What of a network learns at which epoch, from the blocks' names alone: the one place that says so.

The engine acts on `plan`, the window draws it. Nothing here knows a network.
"""

from collections.abc import Sequence
from typing import assert_never

from kt_gui.schema.choices import (
    BatchNormOnly,
    BiasOnly,
    Everything,
    Features,
    Freezing,
    FromBlock,
    Gradual,
    HeadFirst,
    LastBlocks,
    OnlyBlock,
)
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import BlockDescribed
from kt_gui.schema.texts import tr, trn


def plan(blocks: Sequence[str], choice: Freezing, epoch: int) -> frozenset[str]:
    """Tell which blocks learn in this epoch of fine-tuning, counted from 0.

    `blocks` are names from input to head; the last is the head, which always learns. For batch-norm only and biases
    only every block is named: which of its parameters move is told apart where it is done.

    Raises UserError for a block that the network does not have.
    """
    return frozenset(blocks[_first(blocks, choice, epoch) :]) | _chosen(blocks, choice)


def _first(blocks: Sequence[str], choice: Freezing, epoch: int) -> int:
    """Position from which on everything learns."""
    head = len(blocks) - 1
    match choice:
        case Features() | OnlyBlock():
            return head
        case LastBlocks(blocks=count):
            return max(0, head - count)
        case FromBlock(block=block):
            return _position(blocks, block)
        case Everything() | BatchNormOnly() | BiasOnly():
            return 0
        case HeadFirst(head_epochs=epochs):
            return head if epoch < epochs else 0
        case Gradual(epochs_per_block=epochs):
            return max(0, head - epoch // epochs)
        case _:
            assert_never(choice)


def _chosen(blocks: Sequence[str], choice: Freezing) -> frozenset[str]:
    if isinstance(choice, OnlyBlock):
        return frozenset({blocks[_position(blocks, choice.block)]})
    return frozenset()


def _position(blocks: Sequence[str], block: str) -> int:
    if block in blocks:
        return blocks.index(block)
    raise UserError(
        tr("The network has no block “{block}” (transfer.freezing.block).", block=block),
        tr("Choose one of: {blocks}.", blocks=", ".join(blocks)),
    )


def changes(blocks: Sequence[str], choice: Freezing) -> tuple[int, ...]:
    """Give the epochs at which the plan may change: 0 first, ascending."""
    match choice:
        case HeadFirst(head_epochs=epochs):
            return (0, epochs)
        case Gradual(epochs_per_block=epochs):
            return tuple(range(0, epochs * len(blocks), epochs))
        case _:
            return (0,)


def begins(blocks: Sequence[str], choice: Freezing) -> dict[str, int]:
    """Give each block that ever learns the epoch, from 0, in which it begins."""
    starts: dict[str, int] = {}
    for epoch in changes(blocks, choice):
        for block in plan(blocks, choice, epoch):
            starts.setdefault(block, epoch)
    return starts


def moving(blocks: Sequence[BlockDescribed], choice: Freezing) -> int:
    """Count the parameters that learn sooner or later."""
    learning = begins([block.name for block in blocks], choice)
    head = blocks[-1]
    return head.parameters + sum(_narrowed(block, choice) for block in blocks[:-1] if block.name in learning)


def _narrowed(block: BlockDescribed, choice: Freezing) -> int:
    match choice:
        case BatchNormOnly():
            return block.norm_parameters
        case BiasOnly():
            return block.bias_parameters
        case _:
            return block.parameters


def name(choice: Freezing) -> str:
    """Name the strategy in a few words, in the user's language."""
    match choice:
        case Features():
            return tr("features only")
        case LastBlocks(blocks=count):
            return trn("last block", "last {count} blocks", count)
        case FromBlock(block=block):
            return tr("from {block}", block=block)
        case Everything():
            return tr("everything")
        case HeadFirst():
            return tr("head first, then all")
        case Gradual():
            return tr("gradual")
        case OnlyBlock(block=block):
            return tr("only {block}", block=block)
        case BatchNormOnly():
            return tr("batch norm only")
        case BiasOnly():
            return tr("biases only")
        case _:
            assert_never(choice)
