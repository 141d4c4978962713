"""Every choice a person can make about a transfer, as tagged unions of small frozen records.

Titles, descriptions, units, bounds and defaults stand here and nowhere else: forms, help texts and the terminal's help
are read from them. Fields that are None are left out of a file.
"""

from typing import Annotated, Literal

import msgspec

from kt_gui.schema.texts import about, mark


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings all records of an experiment share: immutable, named fields, no unknown ones."""


class Choice(Record, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """A record that is one of several; `kind` tells which."""


# --- what of the network moves, and when -------------------------------------------------------------------------


class Features(Choice, frozen=True, kw_only=True, tag="features"):
    """Features only: every block stays, a new head learns (linear probe)."""


class LastBlocks(Choice, frozen=True, kw_only=True, tag="last"):
    """The last blocks before the head learn, and the head (Yosinski et al. 2014, arXiv:1411.1792)."""

    blocks: Annotated[int, about(mark("Blocks"), mark("How many blocks before the head learn with it."), ge=1)] = 1


class FromBlock(Choice, frozen=True, kw_only=True, tag="from"):
    """Everything from one block on learns, up to the head."""

    block: Annotated[str, about(mark("Block"), mark("The first block that learns, by its name."))]


class Everything(Choice, frozen=True, kw_only=True, tag="everything"):
    """The whole network learns from the first epoch on."""


class HeadFirst(Choice, frozen=True, kw_only=True, tag="head_first"):
    """The head learns first, then everything (LP-FT: Kumar et al., ICLR 2022, arXiv:2202.10054)."""

    head_epochs: Annotated[
        int, about(mark("Head epochs"), mark("Epochs in which only the head learns."), unit="epochs", ge=1)
    ] = 5


class Gradual(Choice, frozen=True, kw_only=True, tag="gradual"):
    """One more block learns each stage, from the head down (ULMFiT: Howard & Ruder 2018, arXiv:1801.06146)."""

    epochs_per_block: Annotated[
        int, about(mark("Epochs per block"), mark("Epochs before the next block begins to learn."), unit="epochs", ge=1)
    ] = 1


class OnlyBlock(Choice, frozen=True, kw_only=True, tag="only"):
    """One chosen block learns, and the head (surgical fine-tuning: Lee et al., ICLR 2023, arXiv:2210.11466)."""

    block: Annotated[str, about(mark("Block"), mark("The block that learns, by its name."))]


class BatchNormOnly(Choice, frozen=True, kw_only=True, tag="batch_norm"):
    """Scales and shifts of the normalisation layers learn, and the head (Frankle et al. 2021, arXiv:2003.00152)."""


class BiasOnly(Choice, frozen=True, kw_only=True, tag="bias"):
    """Biases learn, and the head (BitFit: Ben Zaken et al. 2022, arXiv:2106.10199)."""


Freezing = Features | LastBlocks | FromBlock | Everything | HeadFirst | Gradual | OnlyBlock | BatchNormOnly | BiasOnly


# --- how weights are moved ---------------------------------------------------------------------------------------

LearningRate = Annotated[float, about(mark("Learning rate"), mark("Size of a step, at its highest."), gt=0, le=100)]
WeightDecay = Annotated[
    float,
    about(
        mark("Weight decay"),
        mark(
            "Plain L2 towards zero: a in (a/2)·‖θ'‖². It pulls against λ, which pulls towards the source, "
            "so it is 0 unless you ask for it."
        ),
        ge=0,
        le=10,
    ),
]


class SGD(Choice, frozen=True, kw_only=True, tag="sgd"):
    """Stochastic gradient descent with momentum. Weight decay is coupled."""

    learning_rate: LearningRate = 0.01
    momentum: Annotated[
        float, about(mark("Momentum"), mark("Share of the last step kept in the next."), ge=0, lt=1)
    ] = 0.9
    nesterov: Annotated[bool, about(mark("Nesterov"), mark("Look ahead along the momentum."))] = False
    weight_decay: WeightDecay = 0.0


class Adam(Choice, frozen=True, kw_only=True, tag="adam"):
    """Adam (Kingma & Ba 2015, arXiv:1412.6980). Weight decay is coupled."""

    learning_rate: LearningRate = 0.001
    weight_decay: WeightDecay = 0.0


class AdamW(Choice, frozen=True, kw_only=True, tag="adamw"):
    """AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101): weight decay is decoupled; λ and β stay coupled."""

    learning_rate: LearningRate = 0.001
    weight_decay: WeightDecay = 0.0


Optimiser = SGD | Adam | AdamW

WarmUp = Annotated[
    float,
    about(mark("Warm-up"), mark("Epochs in which the learning rate climbs from almost nothing."), unit="epochs", ge=0),
]


class Constant(Choice, frozen=True, kw_only=True, tag="constant"):
    """The learning rate stays as it is."""

    warmup_epochs: WarmUp = 0.0


class Step(Choice, frozen=True, kw_only=True, tag="step"):
    """The learning rate falls by a factor every so many epochs."""

    warmup_epochs: WarmUp = 0.0
    every: Annotated[int, about(mark("Every"), mark("Epochs between two falls."), unit="epochs", ge=1)] = 10
    factor: Annotated[float, about(mark("Factor"), mark("What the learning rate is multiplied by."), gt=0, lt=1)] = 0.1


class Cosine(Choice, frozen=True, kw_only=True, tag="cosine"):
    """The learning rate falls along half a cosine to zero (Loshchilov & Hutter 2017, arXiv:1608.03983)."""

    warmup_epochs: WarmUp = 1.0


class OneCycle(Choice, frozen=True, kw_only=True, tag="one_cycle"):
    """The learning rate climbs, then falls far below its start (Smith & Topin 2018, arXiv:1708.07120)."""

    climb: Annotated[float, about(mark("Climb"), mark("Share of the training in which it climbs."), gt=0, lt=1)] = 0.3


Schedule = Constant | Step | Cosine | OneCycle


# --- how pictures are varied -------------------------------------------------------------------------------------


class AutomaticAugmentation(Choice, frozen=True, kw_only=True, tag="automatic"):
    """What suits the data set: its own recipe, else a mild one by picture size."""


class NoAugmentation(Choice, frozen=True, kw_only=True, tag="none"):
    """Every picture as it is, in every epoch."""


class CustomAugmentation(Choice, frozen=True, kw_only=True, tag="custom"):
    """A recipe of one's own."""

    flip: Annotated[
        Literal["none", "horizontal", "both"], about(mark("Flip"), mark("Mirror half of the pictures."))
    ] = "none"
    crop: Annotated[
        Literal["none", "shift", "zoom"],
        about(mark("Crop"), mark("Shift by an eighth of the size, or cut out and enlarge a part.")),
    ] = "shift"
    colour: Annotated[
        float, about(mark("Colour"), mark("How much brightness, contrast and saturation may vary."), ge=0, le=1)
    ] = 0.0
    rand_augment: Annotated[
        int,
        about(
            mark("RandAugment"),
            mark("Random changes per picture, 0 for none (Cubuk et al. 2020, arXiv:1909.13719)."),
            ge=0,
            le=10,
        ),
    ] = 0
    magnitude: Annotated[int, about(mark("Magnitude"), mark("Strength of RandAugment's changes."), ge=0, le=30)] = 9
    mixup: Annotated[
        float,
        about(mark("Mixup"), mark("α of mixup, 0 for none (Zhang et al. 2018, arXiv:1710.09412)."), ge=0, le=10),
    ] = 0.0
    cutmix: Annotated[
        float,
        about(mark("CutMix"), mark("α of CutMix, 0 for none (Yun et al. 2019, arXiv:1905.04899)."), ge=0, le=10),
    ] = 0.0


Augmentation = AutomaticAugmentation | NoAugmentation | CustomAugmentation
