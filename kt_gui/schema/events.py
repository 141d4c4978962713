"""What work tells of itself. The history of a run is these events, one JSON line each; a run is replayed from them.

Events carry numbers, strings, tuples and paths: never tensors, never Qt. A number that is not finite is None.
"""

from typing import Literal

import msgspec

from kt_gui.schema.texts import Message

Phase = Literal["pretraining", "finetuning"]
Activity = Literal[
    "downloading", "unpacking", "reading", "preparing", "features", "testing", "predicting", "saving", "trying"
]
Ended = Literal["finished", "stopped", "cancelled"]


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag=True):
    """What all events share: the time they were made, in seconds since 1970 (0 where no one has stamped it yet)."""

    at: float = 0.0


class Block(msgspec.Struct, frozen=True):
    """One block of the network, from input to head."""

    name: str
    parameters: int


class BlockDrift(msgspec.Struct, frozen=True):
    """How far one block has moved from the source: ‖θ'−θ‖² and ‖θ‖², summed over its anchored parameters."""

    block: str
    squared: float | None
    anchor_squared: float
    frozen: bool


class RunStarted(Event, frozen=True, kw_only=True, tag="run_started"):
    """First of a run, and again when it is resumed."""

    run: str
    name: str
    folder: str
    resumed: bool = False


class PhaseStarted(Event, frozen=True, kw_only=True, tag="phase_started"):
    """Pretraining or fine-tuning begins: the network, its blocks and what lies ahead."""

    phase: Phase
    data: str
    network: str
    classes: tuple[str, ...]
    counts: tuple[int, int, int]
    """Pictures to learn from, to validate with, to test on."""
    epochs: int
    steps_per_epoch: int
    batch_size: int
    blocks: tuple[Block, ...]
    trainable_parameters: int
    total_parameters: int
    device: str
    precision: str
    patience: int | None = None


class Progressed(Event, frozen=True, kw_only=True, tag="progressed"):
    """Work other than training goes on: `done` of `total` (0 while unknown), in files, pictures or bytes."""

    activity: Activity
    done: int
    total: int
    subject: str = ""
    unit: Literal["pictures", "bytes", "files", "steps"] = "pictures"


class FeaturesKept(Event, frozen=True, kw_only=True, tag="features_kept"):
    """What frozen blocks make of the pictures is computed once, and used again in every epoch from this one on."""

    phase: Phase
    epoch: int
    blocks: tuple[str, ...]
    """The blocks that need not be computed any more, from the input on; none where that has come to its end."""
    pictures: int = 0
    looks: int = 0
    """Ways in which each picture to learn from is varied."""
    computed: int = 0
    """Pictures that were computed now; the rest lay there from earlier."""
    earlier_s: float = 0.0
    """Seconds that computing the rest took then."""
    bytes: int = 0


class StepEnded(Event, frozen=True, kw_only=True, tag="step_ended"):
    """A training step, reported at most every 50 ms: the dots of the chart."""

    phase: Phase
    epoch: int
    """Counts from 0."""
    step: int
    """Steps done in this epoch, from 1."""
    steps: int
    loss: float | None
    """Cross-entropy of this batch."""
    accuracy: float
    learning_rate: float
    samples_per_s: float
    memory: int
    """Bytes the process holds, or the device has allocated."""


class EpochEnded(Event, frozen=True, kw_only=True, tag="epoch_ended"):
    """An epoch and its validation. Reproducible on a CPU but for `at`, `seconds`, `samples_per_s` and `memory`."""

    phase: Phase
    epoch: int
    train_loss: float | None
    """Mean cross-entropy over the epoch's training pictures, while learning."""
    train_accuracy: float
    penalty: float | None
    """λ·‖θ'−θ‖² at the end of the epoch; 0 in pretraining."""
    validation_loss: float | None
    validation_accuracy: float
    learning_rate: float
    trainable_blocks: tuple[str, ...]
    drift: tuple[BlockDrift, ...]
    best: bool
    best_epoch: int
    plateau: int
    """Epochs since the best one."""
    seconds: float
    samples_per_s: float
    memory: int


class CheckpointSaved(Event, frozen=True, kw_only=True, tag="checkpoint_saved"):
    """A checkpoint lies on disk."""

    phase: Phase
    which: Literal["best", "last", "source"]
    epoch: int
    path: str


class Tested(Event, frozen=True, kw_only=True, tag="tested"):
    """The test pictures were looked at, once, with the best epoch's weights."""

    phase: Phase
    accuracy: float
    correct: int
    total: int
    low: float
    high: float
    """95 % Wilson interval of the accuracy."""


class Noticed(Event, frozen=True, kw_only=True, tag="noticed"):
    """Something a person should know; the work goes on."""

    level: Literal["information", "warning"]
    message: Message
    remedy: Message | None = None
    details: tuple[str, ...] = ()


class Result(msgspec.Struct, frozen=True):
    """What a run found out. Accuracies are shares of 1, of test pictures; drift is the total ‖θ'−θ‖²."""

    source_accuracy: float | None
    target_accuracy: float | None
    best_epoch: int | None
    drift: float | None
    trainable_parameters: int
    total_parameters: int
    seconds: float
    target_interval: tuple[float, float] | None = None
    target_tested: int | None = None


class RunEnded(Event, frozen=True, kw_only=True, tag="run_ended"):
    """Last of a run."""

    ended: Ended
    run: str
    folder: str
    stopped: bool
    result: Result


# --- answers of short work: looking at data, at a network, at what a run would cost -------------------------------


class ClassCount(msgspec.Struct, frozen=True):
    """How the pictures of one class are dealt out; `unused` were left out by "pictures per class"."""

    name: str
    train: int
    validation: int
    test: int
    unused: int = 0


class Skipped(msgspec.Struct, frozen=True):
    """A file that is no use, and why."""

    name: str
    reason: Message


class Duplicate(msgspec.Struct, frozen=True):
    """The same picture twice, pixel for pixel, in different splits (or in source and target test)."""

    first: str
    first_split: str
    second: str
    second_split: str


class Mending(msgspec.Struct, frozen=True):
    """A setting that mends a problem: what its button says, and the value of a field beside the data."""

    says: Message
    field: Literal["data.classes", "split.by", "split.given"]
    """Path from the target, or from the pretraining, that holds the data."""
    value: bool | str | tuple[str, ...]


class Problem(msgspec.Struct, frozen=True):
    """What keeps a data set from being learnt (`blocking`), or what a person should know of it."""

    message: Message
    remedy: Message
    blocking: bool = False
    mending: Mending | None = None
    """None where no setting can mend it."""


class Thumbnail(msgspec.Struct, frozen=True):
    """One small picture, as PNG."""

    png: bytes
    label: str
    name: str
    split: str


class Surveyed(Event, frozen=True, kw_only=True, tag="surveyed"):
    """A data set was read and split; nothing was learnt."""

    title: str
    pictures: int
    classes: tuple[ClassCount, ...]
    skipped: tuple[Skipped, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    problems: tuple[Problem, ...] = ()
    thumbnails: tuple[Thumbnail, ...] = ()
    sizes: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Smallest and largest width and height."""
    groups: int = 0
    given_split: bool = False
    given_parts: tuple[str, ...] = ()
    """Which of train, validation and test the data names itself."""
    all_classes: tuple[str, ...] = ()
    """Every class the data has, those that were left out too."""
    digest: str = ""
    """Hash of pictures and labels."""


class BatchShown(Event, frozen=True, kw_only=True, tag="batch_shown"):
    """The first training batch as the network will see it."""

    pictures: tuple[Thumbnail, ...]
    size: int


class BlockDescribed(msgspec.Struct, frozen=True):
    """One block of a network, from input to head, with what freezing strategies need to know of it."""

    name: str
    parameters: int
    norm_parameters: int
    bias_parameters: int
    batch_norm: bool
    """Whether it holds batch-norm layers with running statistics."""


class NetworkDescribed(Event, frozen=True, kw_only=True, tag="network_described"):
    """The network a transfer starts from, with the head the target needs."""

    network: str
    blocks: tuple[BlockDescribed, ...]
    image_size: int


class Rehearsed(Event, frozen=True, kw_only=True, tag="rehearsed"):
    """A dry run of three real batches: what the run will take."""

    fits: bool
    memory_needed: int
    memory_available: int
    seconds_per_epoch: float
    seconds_low: float
    seconds_high: float
    """The whole run, source included, without early stopping."""
    device: str
    precision: str
    largest_batch: int = 0
    """How many pictures the free memory holds in one step; 0 where not even one."""
    parts: int = 1
    """In how many parts each batch fits (`training.accumulation`)."""


class ModelCard(msgspec.Struct, frozen=True):
    """A network one can start from."""

    name: str
    """As an experiment file names it: small_cnn, bundled/..., torchvision/..., timm/..."""
    family: Literal["small", "bundled", "torchvision", "timm"]
    title: str
    parameters: int | None
    size: int | None
    """Bytes of its weights; None for a network without weights."""
    image_size: int
    accuracy: float | None
    """ImageNet top-1 as published, a share of 1."""
    licence: str
    status: Literal["untrained", "offline", "cached", "download"]


class ModelsListed(Event, frozen=True, kw_only=True, tag="models_listed"):
    """All networks the program knows."""

    models: tuple[ModelCard, ...]


class DatasetCard(msgspec.Struct, frozen=True):
    """A catalogued data set."""

    name: str
    title: str
    classes: int
    pictures: int
    image_size: int
    """Typical side in pixels."""
    download: int
    """Bytes to download."""
    licence: str
    status: Literal["here", "partial", "download"]


class DatasetsListed(Event, frozen=True, kw_only=True, tag="datasets_listed"):
    """All catalogued data sets."""

    datasets: tuple[DatasetCard, ...]


Happening = (
    RunStarted
    | PhaseStarted
    | Progressed
    | FeaturesKept
    | StepEnded
    | EpochEnded
    | CheckpointSaved
    | Tested
    | Noticed
    | RunEnded
)
"""What a run tells, and its history holds."""

Answer = Surveyed | BatchShown | NetworkDescribed | Rehearsed | ModelsListed | DatasetsListed
"""What short work ends with."""
