import pytest

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
from kt_gui.schema.freezing import begins, changes, moving, name, plan

BLOCKS = ("stem", "block 1", "block 2", "head")
DESCRIBED = (
    BlockDescribed("stem", 100, 10, 4, True),
    BlockDescribed("block 1", 200, 20, 8, True),
    BlockDescribed("block 2", 300, 0, 12, False),
    BlockDescribed("head", 50, 0, 5, False),
)


@pytest.mark.parametrize(
    ("choice", "epoch", "learning"),
    [
        (Features(), 0, {"head"}),
        (Features(), 99, {"head"}),
        (LastBlocks(blocks=1), 0, {"block 2", "head"}),
        (LastBlocks(blocks=2), 0, {"block 1", "block 2", "head"}),
        (LastBlocks(blocks=9), 0, set(BLOCKS)),
        (FromBlock(block="block 1"), 0, {"block 1", "block 2", "head"}),
        (FromBlock(block="head"), 0, {"head"}),
        (Everything(), 0, set(BLOCKS)),
        (HeadFirst(head_epochs=2), 1, {"head"}),
        (HeadFirst(head_epochs=2), 2, set(BLOCKS)),
        (Gradual(epochs_per_block=2), 0, {"head"}),
        (Gradual(epochs_per_block=2), 1, {"head"}),
        (Gradual(epochs_per_block=2), 2, {"block 2", "head"}),
        (Gradual(epochs_per_block=2), 100, set(BLOCKS)),
        (OnlyBlock(block="stem"), 0, {"stem", "head"}),
        (BatchNormOnly(), 0, set(BLOCKS)),
        (BiasOnly(), 0, set(BLOCKS)),
    ],
)
def test_the_plan_names_the_blocks_that_learn(choice: Freezing, epoch: int, learning: set[str]) -> None:
    assert plan(BLOCKS, choice, epoch) == learning


@pytest.mark.parametrize("choice", [FromBlock(block="layer9"), OnlyBlock(block="layer9")])
def test_a_block_that_is_not_there_is_refused_with_those_that_are(choice: Freezing) -> None:
    with pytest.raises(UserError, match=r"layer9.*stem, block 1, block 2, head"):
        plan(BLOCKS, choice, 0)


def test_the_plan_changes_only_at_the_epochs_named() -> None:
    for choice in (HeadFirst(head_epochs=3), Gradual(epochs_per_block=2), Everything()):
        named = set(changes(BLOCKS, choice))
        for epoch in range(1, 12):
            if plan(BLOCKS, choice, epoch) != plan(BLOCKS, choice, epoch - 1):
                assert epoch in named


def test_each_block_begins_in_its_stage() -> None:
    assert begins(BLOCKS, Gradual(epochs_per_block=2)) == {"head": 0, "block 2": 2, "block 1": 4, "stem": 6}
    assert begins(BLOCKS, OnlyBlock(block="stem")) == {"head": 0, "stem": 0}


@pytest.mark.parametrize(
    ("choice", "count"),
    [
        (Features(), 50),
        (LastBlocks(), 350),
        (Gradual(), 650),
        (OnlyBlock(block="stem"), 150),
        (BatchNormOnly(), 80),
        (BiasOnly(), 74),
    ],
)
def test_parameters_that_will_move_are_counted(choice: Freezing, count: int) -> None:
    assert moving(DESCRIBED, choice) == count


def test_every_strategy_has_a_name_of_its_own() -> None:
    choices: tuple[Freezing, ...] = (
        Features(),
        LastBlocks(),
        LastBlocks(blocks=3),
        FromBlock(block="block 2"),
        Everything(),
        HeadFirst(),
        Gradual(),
        OnlyBlock(block="block 2"),
        BatchNormOnly(),
        BiasOnly(),
    )
    names = [name(choice) for choice in choices]
    assert len(set(names)) == len(names)
    assert "last 3 blocks" in names
