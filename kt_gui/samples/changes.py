"""Invented answers about what a transfer changed and forgot: for pictures of pages, and for their tests."""

from kt_gui import samples
from kt_gui.schema.changes import BlockChange, Changed, Forgotten, Recalled
from kt_gui.schema.checkpoints import Saved
from kt_gui.schema.datasets import BUNDLED_TITLES

BEST = 13
KEPT = (1, 3, 5, 7, 9, 11, 15, 17, 19, 21)
SAVED = (
    Saved(checkpoint="source", epoch=None),
    *(Saved(checkpoint=epoch, epoch=epoch) for epoch in KEPT if epoch < BEST),
    Saved(checkpoint="best", epoch=BEST),
    *(Saved(checkpoint=epoch, epoch=epoch) for epoch in KEPT if epoch > BEST),
    Saved(checkpoint="last", epoch=samples.EPOCHS - 1),
)
_RELATIVE = (0.0, 0.0, 0.0012, 0.005, 0.011)
_SIMILARITY = (1.0, 1.0, 0.974, 0.881, 0.693)


def changed() -> Changed:
    """The best epoch beside the source."""
    blocks = tuple(
        BlockChange(
            block=name, frozen=relative == 0, distance=(40 * relative) ** 0.5, relative=relative, similarity=alike
        )
        for (name, _), relative, alike in zip(samples.BLOCKS, _RELATIVE, _SIMILARITY, strict=False)
    )
    title = BUNDLED_TITLES["emoji-noto"]
    return Changed(run="/runs/emoji", checkpoint="best", epoch=BEST, blocks=blocks, data=title, pictures=84)


def forgotten() -> Forgotten:
    """The source's test along the epochs."""
    points = tuple(_recalled(saved) for saved in SAVED)
    return Forgotten(run="/runs/emoji", data=BUNDLED_TITLES["emoji-twemoji"], points=points)


def _recalled(saved: Saved) -> Recalled:
    position = 0 if saved.epoch is None else saved.epoch + 1
    correct = round(193 - 31 * min(1.0, position / 9) + position % 3)
    accuracy = correct / 207
    return Recalled(
        checkpoint=saved.checkpoint,
        epoch=saved.epoch,
        correct=correct,
        total=207,
        accuracy=accuracy,
        low=accuracy - 0.05,
        high=min(1.0, accuracy + 0.04),
    )
