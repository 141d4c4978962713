"""An experiment: all that decides a run, and nothing that a run finds out."""

from typing import Annotated, Literal

import msgspec

from kt_gui.schema.choices import (
    SGD,
    Augmentation,
    AutomaticAugmentation,
    Choice,
    Cosine,
    Everything,
    Freezing,
    Optimiser,
    Record,
    Schedule,
)
from kt_gui.schema.datasets import Dataset
from kt_gui.schema.texts import about, mark

VERSION = 2

PerClass = (
    Annotated[
        int,
        about(
            mark("Pictures per class"),
            mark("Learn from only so many pictures of each class; left out, from all."),
            start=5,
            ge=1,
        ),
    ]
    | None
)


class Split(Record, frozen=True, kw_only=True):
    """How pictures are dealt out to learning, to choosing (validation) and to the final test."""

    validation: Annotated[float, about(mark("Validation"), mark("Share that chooses the best epoch."), gt=0, lt=1)] = (
        0.2
    )
    test: Annotated[float, about(mark("Test"), mark("Share that is looked at once, at the end."), gt=0, lt=1)] = 0.2
    by: Annotated[
        Literal["class", "group"],
        about(mark("Deal by"), mark("Keep the classes' shares equal; by group, also keep each group together.")),
    ] = "class"
    given: Annotated[
        bool, about(mark("Use the given split"), mark("Where the data says which pictures are for the test, obey."))
    ] = True
    drop_duplicates: Annotated[
        bool,
        about(mark("Leave duplicates out"), mark("Learn from no picture that is in the test or the validation, too.")),
    ] = False
    seed: (
        Annotated[int, about(mark("Split seed"), mark("Fixes the deal; left out, the experiment's seed does."), ge=0)]
        | None
    ) = None


class Training(Record, frozen=True, kw_only=True):
    """How long, in what portions and by which rule the weights are moved."""

    epochs: Annotated[int, about(mark("Epochs"), mark("Passes over the pictures."), unit="epochs", ge=1)] = 20
    batch_size: Annotated[int, about(mark("Batch size"), mark("Pictures per step."), unit="pictures", ge=1)] = 32
    accumulation: Annotated[
        int,
        about(
            mark("Accumulation"),
            mark(
                "Each batch is taken in so many parts: the same step with less memory, "
                "but that batch norm follows each part's own statistics."
            ),
            unit="parts",
            ge=1,
        ),
    ] = 1
    optimiser: Annotated[Optimiser, about(mark("Optimiser"))] = SGD()
    schedule: Annotated[Schedule, about(mark("Schedule"))] = Cosine()
    augmentation: Annotated[Augmentation, about(mark("Augmentation"))] = AutomaticAugmentation()
    head_factor: Annotated[
        float, about(mark("Head factor"), mark("The head's learning rate is so many times higher."), gt=0, le=1000)
    ] = 1.0
    layer_decay: Annotated[
        float,
        about(mark("Layer decay"), mark("Each block's learning rate is this share of the next one's."), gt=0, le=1),
    ] = 1.0
    label_smoothing: Annotated[
        float, about(mark("Label smoothing"), mark("Share of certainty taken from the true class."), ge=0, lt=1)
    ] = 0.0
    clip: (
        Annotated[
            float,
            about(
                mark("Gradient clipping"), mark("Largest norm of the data's gradient; left out, any."), start=1, gt=0
            ),
        ]
        | None
    ) = None
    patience: (
        Annotated[
            int,
            about(
                mark("Early stopping"),
                mark("Stop after so many epochs without a better validation; left out, never."),
                unit="epochs",
                start=10,
                ge=1,
            ),
        ]
        | None
    ) = None
    snapshots: Annotated[
        int,
        about(
            mark("Epochs kept"),
            mark(
                "The weights of so many epochs of the last phase, evenly spaced, are kept along the way, to be looked "
                "at later; 0 keeps only the best and the last."
            ),
            unit="epochs",
            ge=0,
            le=100,
        ),
    ] = 12
    image_size: (
        Annotated[
            int,
            about(
                mark("Picture size"),
                mark("Side the network sees; left out, what suits network and data."),
                unit="px",
                start=64,
                ge=8,
            ),
        ]
        | None
    ) = None
    precision: Annotated[
        Literal["auto", "fp32", "bf16", "fp16"],
        about(
            mark("Numeric precision"),
            mark("Half precision where it is measured to gain on this machine; fp32 is exact."),
        ),
    ] = "auto"
    memory_format: Annotated[
        Literal["auto", "contiguous", "channels_last"],
        about(mark("Memory format"), mark("Order of a picture's numbers in memory; changes speed only.")),
    ] = "auto"
    device: Annotated[str, about(mark("Device"), mark("auto, cpu, cuda, cuda:1, mps: where the network lives."))] = (
        "auto"
    )


class Pretrain(Choice, frozen=True, kw_only=True, tag="pretrain"):
    """A network learns a source task first, from random weights: minimise the mean loss on the source."""

    network: Annotated[str, about(mark("Network"), mark("Which network learns."))]
    data: Annotated[Dataset, about(mark("Source data"))]
    split: Annotated[Split, about(mark("Split"))] = Split()
    per_class: PerClass = None
    training: Annotated[Training, about(mark("Training"))] = Training()


class Zoo(Choice, frozen=True, kw_only=True, tag="zoo"):
    """A network that others trained: bundled, torchvision's or timm's."""

    model: Annotated[
        str,
        about(mark("Model"), mark("Such as bundled/efficientnet_lite0, torchvision/resnet18, timm/resnet18.a1_in1k.")),
    ]


class EarlierRun(Choice, frozen=True, kw_only=True, tag="run"):
    """The network of an earlier run."""

    run: Annotated[str, about(mark("Run"), mark("A run's folder, id or unique name."))]
    checkpoint: Annotated[
        Literal["best", "last", "source"],
        about(mark("Checkpoint"), mark("Its best epoch, its last, or the source it started from.")),
    ] = "best"


class WeightsFile(Choice, frozen=True, kw_only=True, tag="file"):
    """A file of weights: safetensors, or a PyTorch state dict read with `weights_only`."""

    path: Annotated[str, about(mark("Path"), mark("The file of weights."))]
    network: Annotated[str, about(mark("Network"), mark("The network whose weights these are."))]


class Scratch(Choice, frozen=True, kw_only=True, tag="scratch"):
    """No source: random weights learn the target alone. The baseline a transfer is held against."""

    network: Annotated[str, about(mark("Network"), mark("Which network learns."))]


Source = Pretrain | Zoo | EarlierRun | WeightsFile | Scratch


class Target(Record, frozen=True, kw_only=True):
    """The task that the knowledge is carried to."""

    data: Annotated[Dataset, about(mark("Target data"))]
    split: Annotated[Split, about(mark("Split"))] = Split()
    per_class: PerClass = None


class Transfer(Record, frozen=True, kw_only=True):
    """What stays and what moves: L_T = mean cross-entropy + λ·‖θ'_S − θ_S‖² + (β/2)·‖θ'_H‖²."""

    freezing: Annotated[Freezing, about(mark("Freezing"))] = Everything()
    strength: Annotated[
        float,
        about(
            mark("λ"),
            mark(
                "Pull back to the source: λ·‖θ'−θ‖² is added to the loss (L2-SP, Li et al. 2018, arXiv:1802.01483, "
                "whose α is 2λ)."
            ),
            ge=0,
            le=1000,
        ),
    ] = msgspec.field(default=0.005, name="lambda")
    beta: Annotated[
        float, about(mark("β"), mark("Pull of a new head towards zero: (β/2)·‖θ'_H‖² is added."), ge=0, le=1000)
    ] = 0.01
    penalised: Annotated[
        Literal["all", "weights"],
        about(mark("λ holds"), mark("Every parameter that moves (the formula), or only kernels, not biases or norms.")),
    ] = "all"
    batch_norm: Annotated[
        Literal["train", "eval"],
        about(
            mark("Batch norm"),
            mark("Moving blocks follow the new data's statistics (train), or keep the source's (eval: small batches)."),
        ),
    ] = "train"
    views: Annotated[
        int,
        about(
            mark("Fixed views"),
            mark(
                "While the first blocks are frozen, every picture is varied in so many fixed ways, and what those "
                "blocks make of each is computed once. 0 varies it anew in every epoch, and computes it every time."
            ),
            ge=0,
            le=1000,
        ),
    ] = 4
    keep_head: Annotated[
        bool,
        about(mark("Keep the head"), mark("Where source and target have the same classes, go on with the old head.")),
    ] = False


class Experiment(Record, frozen=True, kw_only=True):
    """All that decides a run. The same experiment gives the same result on a CPU, bit for bit.

    On another machine, too, where torch and threads are the same and neither precision nor memory format is left to it.
    """

    version: Annotated[Literal[2], about(mark("Version"), mark("Of this file's format."))] = 2
    name: Annotated[str, about(mark("Name"), mark("What the run is called."))] = "experiment"
    seed: Annotated[int, about(mark("Seed"), mark("Fixes initial weights, order and chance."), ge=0, lt=2**31)] = 0
    source: Annotated[Source, about(mark("Source"))]
    target: Annotated[Target, about(mark("Target"))]
    transfer: Annotated[Transfer, about(mark("Transfer"))] = Transfer()
    training: Annotated[Training, about(mark("Training"))] = Training()
