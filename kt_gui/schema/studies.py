"""A study: many runs and one answer. What is asked (`Study`), the runs that it takes (`Trial`) and what each found out.

What a study tells is in `study_events`, what it answers in `study_answers`.
"""

from typing import Annotated, Literal

import msgspec

from kt_gui.schema.choices import Choice, Record
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.remembering import Recall
from kt_gui.schema.texts import about, mark
from kt_gui.schema.tuning import Setting, Tuning

STUDY_VERSION = 1

STRENGTHS = (0.0, 0.0001, 0.000316, 0.001, 0.00316, 0.01, 0.0316, 0.1, 0.316, 1.0)
"""Nothing, and nine values a factor √10 apart."""

Arm = Literal["transfer", "features", "scratch"]
Seeds = Annotated[
    int, about(mark("Seeds"), mark("Repetitions: each draws pictures, weights and order anew."), ge=2, le=100)
]
Role = Literal["cell", "source", "refit"]
"""Of a trial: a cell of the grid; or what a λ search needs before it, the source's weights, and after it, the training
on all pictures."""


class LambdaSearch(Choice, frozen=True, kw_only=True, tag="lambda"):
    """λ by k-fold cross-validation on the pictures to learn from; the largest λ within one standard error of the best
    (Breiman et al. 1984)."""

    strengths: Annotated[
        tuple[Annotated[float, msgspec.Meta(ge=0, le=1000)], ...],
        about(mark("λ values"), mark("What is tried, in any order; 0 is plain fine-tuning.")),
    ] = STRENGTHS
    frozen_end: Annotated[
        bool, about(mark("Frozen end"), mark("Also try features only: what a λ without bound comes to."))
    ] = True
    folds: Annotated[
        int,
        about(
            mark("Folds"),
            mark("Parts that take turns at judging; three at most where a class has fewer than five pictures."),
            ge=2,
            le=20,
        ),
    ] = 5
    prune: Annotated[
        bool, about(mark("Stop hopeless values"), mark("After each fold, let go of the values that are far behind."))
    ] = True


class TransferGain(Choice, frozen=True, kw_only=True, tag="gain"):
    """Does transfer help? The experiment against the same network from scratch, seed by seed, with the same budget,
    splits and order."""

    seeds: Seeds = 6
    features: Annotated[
        bool, about(mark("Features only"), mark("Also hold it against a new head on the frozen source."))
    ] = True
    forgetting: Annotated[
        bool, about(mark("Forgetting"), mark("After each transfer, test what is still known of the source."))
    ] = True


class FreezingLadder(Choice, frozen=True, kw_only=True, tag="ladder"):
    """How much should learn: the head only, the last blocks, everything."""

    blocks: Annotated[
        tuple[Annotated[int, msgspec.Meta(ge=0)], ...],
        about(mark("Blocks"), mark("How many blocks before the head learn with it; everything is always tried.")),
    ] = (0, 1, 2)
    seeds: Seeds = 3


class LabelSavings(Choice, frozen=True, kw_only=True, tag="savings"):
    """How many labels transfer saves: accuracy over pictures per class, with it and from scratch."""

    per_class: Annotated[
        tuple[Annotated[int, msgspec.Meta(ge=1)], ...],
        about(mark("Pictures per class"), mark("Sizes to learn from; the smaller ones are parts of the larger.")),
    ] = (1, 2, 5, 10, 20)
    seeds: Seeds = 3


Question = LambdaSearch | TransferGain | FreezingLadder | LabelSavings | Tuning
Folded = LambdaSearch | Tuning
"""Questions that are answered by folds of the pictures to learn from."""


class Study(Record, frozen=True, kw_only=True):
    """What is asked, and of which experiment."""

    version: Annotated[Literal[1], about(mark("Version"), mark("Of this file's format."))] = 1
    name: Annotated[str, about(mark("Name"), mark("What the study is called."))] = "study"
    study: Annotated[Question, about(mark("Study"))]
    experiment: Annotated[Experiment, about(mark("Experiment"), mark("What all runs of the study start from."))]


# --- its runs --------------------------------------------------------------------------------------------------------


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a study: a cell of its grid. What a study does not vary is None, and 0 for `seed`."""

    key: str
    """Tells it from all others of the study."""
    row: str
    """What is compared: trials of one row are repetitions of each other."""
    column: int
    """Which repetition: a fold, or the place of a seed. The source and the refit of a λ search stand alone, at 0."""
    seed: int
    strength: float | None = None
    """λ, of a λ search; None at its frozen end."""
    fold: int | None = None
    arm: Arm | None = None
    blocks: int | None = None
    """How many blocks learn with the head, of a ladder; None where everything does."""
    per_class: int | None = None
    number: int | None = None
    """Which try of a tuning, from 1."""
    settings: tuple[Setting, ...] | None = None
    """Of a try; None until it is asked for."""
    role: Role = "cell"


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """What a trial found out."""

    pictures: int
    """It learnt from."""
    losses: tuple[float | None, ...] = ()
    """Mean cross-entropy of its validation pictures, epoch by epoch; in a λ search these are the fold's."""
    accuracies: tuple[float, ...] = ()
    """Of its validation pictures, epoch by epoch."""
    accuracy: float | None = None
    """Of the test pictures; None where they were not looked at."""
    low: float | None = None
    high: float | None = None
    """95 % Wilson interval of the accuracy: of the pictures, not of the seeds."""
    steps_per_epoch: int = 0
    seconds: float = 0.0
    seconds_per_epoch: float | None = None
    times: tuple[float, ...] = ()
    """Seconds of learning until the end of each epoch, with validation, and with computing features of frozen blocks.
    None of them in studies of earlier versions."""
    source_seconds: float | None = None
    """What learning the source took in its epochs; None where it came from elsewhere."""
    memory: int = 0
    """Most bytes that the process held, or the device had allocated, while it learnt."""
    trainable: int = 0
    total: int = 0
    """Parameters that learn, and all."""
    recall: Recall | None = None
