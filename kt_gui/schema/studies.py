"""A study: many runs and one answer. What is asked (`Study`), the runs that it takes (`Trial`), what came out."""

from typing import Annotated, Literal

import msgspec

from kt_gui.schema.choices import Choice, Record
from kt_gui.schema.events import Ended, Event, Happening
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.remembering import Forgetting, Recall
from kt_gui.schema.texts import Message, about, mark
from kt_gui.schema.tuning import Setting, Tuning, TuningVerdict

STUDY_VERSION = 1

STRENGTHS = (0.0, 0.0001, 0.000316, 0.001, 0.00316, 0.01, 0.0316, 0.1, 0.316, 1.0)
"""Nothing, and nine values a factor √10 apart."""

Arm = Literal["transfer", "features", "scratch"]
Seeds = Annotated[
    int, about(mark("Seeds"), mark("Repetitions: each draws pictures, weights and order anew."), ge=2, le=100)
]
LambdaField = Literal["transfer.lambda", "transfer.beta"]
Outcome = Literal["helps", "harms", "undecided"]
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


TrialState = Literal["finished", "failed", "stopped", "pruned"]


class StudyStarted(Event, frozen=True, kw_only=True, tag="study_started"):
    """First of a study, and again when it is resumed."""

    study: str
    """Its id."""
    name: str
    folder: str
    question: Question
    trials: tuple[Trial, ...]
    """All that are planned, in the order in which they run."""
    runs: int
    """How many trainings that takes: none for the folds where heads alone are searched, which are solved together."""
    resumed: bool = False
    data: str = ""
    """Hash of the pictures that folds are made of; empty where there are none."""
    pictures: int = 0
    """How many those are."""


class TrialStarted(Event, frozen=True, kw_only=True, tag="trial_started"):
    """A trial begins; the events of its run follow."""

    trial: Trial
    run: str = ""
    """The folder of its run; empty where it is none."""


class TrialTold(Event, frozen=True, kw_only=True, tag="trial_told"):
    """What the run of a trial tells, where several are at work; where it is one after the other, it tells it itself."""

    trial: str
    """The key of the trial."""
    told: Happening


class TrialEnded(Event, frozen=True, kw_only=True, tag="trial_ended"):
    """A trial has come to its end, and what it found out; a failed or pruned one does not end the study."""

    trial: Trial
    state: TrialState
    run: str = ""
    numbers: Numbers | None = None
    reason: str = ""
    """Why it failed, and what to do."""
    done: int = 0
    """Trials that have ended, this one too."""
    planned: int = 0
    left_s: float | None = None
    """Seconds that the rest takes, by those so far."""


# --- its answer ------------------------------------------------------------------------------------------------------


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """What a λ was worth over the folds."""

    strength: float | None
    """None at the frozen end."""
    losses: tuple[float | None, ...]
    """Mean validation cross-entropy of each fold; None where it was not run or failed."""
    mean: float | None
    error: float | None
    """Standard error of the mean over the folds, n − 1 in the denominator."""
    accuracy: float | None
    """Mean over the folds, at the same epoch."""
    epoch: int | None
    """The epoch, from 0, of all folds, whose mean loss is the lowest; None where heads were solved."""
    is_complete: bool
    """Whether every fold has a loss: only such points can be chosen."""


class LambdaVerdict(msgspec.Struct, frozen=True, kw_only=True, tag="lambda"):
    """Which λ to use."""

    field: LambdaField
    """The setting that was searched: with features only and a new head, λ holds nothing and β/2 takes its place."""
    points: tuple[Point, ...]
    """From the weakest to the strongest; the frozen end is the last."""
    best: int | None
    """The point of the lowest mean; None where no point is complete."""
    chosen: int | None
    """The strongest within one standard error of it."""
    value: float | None
    """What to set the field to; None where the frozen end was chosen: then `transfer.freezing` is features only."""
    epochs: int | None
    """To train with all pictures for as many steps as the folds took; None where heads were solved."""
    pictures: int = 0
    """That the folds are made of."""


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a study over its seeds: test accuracies, and Student's 95 % interval of their mean."""

    name: str
    """The row of its trials."""
    accuracies: tuple[float | None, ...]
    """By seed."""
    mean: float | None
    low: float | None
    high: float | None
    curve: tuple[float, ...] = ()
    """Mean validation accuracy, epoch by epoch."""


class Gain(msgspec.Struct, frozen=True, kw_only=True):
    """A paired difference over seeds: mean, 95 % t interval, its p, and from six pairs on the exact sign-flip p."""

    over: Arm
    """What transfer is held against."""
    mean: float
    low: float | None
    high: float | None
    p: float | None
    sign_flip: float | None
    pairs: int


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """Transfer's mean curve against that from scratch (Taylor & Stone 2009), in shares of 1 and epochs."""

    jumpstart: float
    asymptotic_gain: float
    area_ratio: float | None
    threshold: float
    """What learning from scratch ends with."""
    time_to_threshold: float | None
    """Epochs until transfer reaches it; None where it does not."""
    scratch_time: float | None


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """When the mean curve of an arm has what learning from scratch ends with; None where it never does."""

    arm: Arm
    epochs: float | None
    seconds: float | None
    """Of learning; None also where no times are known."""
    source_seconds: float | None = None
    """What its source took before that, where it is known and was used."""


class GainVerdict(msgspec.Struct, frozen=True, kw_only=True, tag="gain"):
    """Whether transfer helps."""

    scores: tuple[Score, ...]
    gains: tuple[Gain, ...]
    """Over learning from scratch first."""
    curve: Curve | None
    outcome: Outcome
    """By the interval over learning from scratch: above 0, below 0 (negative transfer), or neither."""
    advice: tuple[Message, ...] = ()
    """What to try where transfer harms, or nothing can be told."""
    reached: tuple[Reached, ...] = ()
    """Of each arm; none where nothing was learnt from scratch."""
    forgetting: Forgetting | None = None
    unrecalled: str = ""
    """Why what was forgotten could not be measured."""


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the ladder."""

    score: Score
    blocks: int | None
    trainable: int
    total: int
    seconds: float
    """Mean of what a run took to learn the target."""
    seconds_per_epoch: float | None
    memory: int


class LadderVerdict(msgspec.Struct, frozen=True, kw_only=True, tag="ladder"):
    """What it costs to let more blocks learn, and what it brings."""

    rungs: tuple[Rung, ...]
    best: int | None
    """The rung of the highest mean accuracy."""
    chosen: int | None
    """The one of the fewest learning parameters that is within one standard error of it."""


class Saving(msgspec.Struct, frozen=True, kw_only=True):
    """How many labels learning from scratch needs for what transfer reaches with fewer."""

    pictures: float
    """Labels that transfer learnt from."""
    accuracy: float
    equivalent: float | None
    """Labels from scratch, interpolated in log n; None outside of what was tried."""
    times: float | None
    is_bound: bool
    """Whether scratch never got so far: then it needs more than `times` times as many."""


class SavingsVerdict(msgspec.Struct, frozen=True, kw_only=True, tag="savings"):
    """How many labels transfer saves."""

    transfer: tuple[Score, ...]
    scratch: tuple[Score, ...]
    pictures: tuple[float, ...]
    """Labels of each, mean over the seeds."""
    savings: tuple[Saving, ...]
    times: float | None
    """Median of the savings that are no bounds, the lower of two; where all are, the largest of them."""
    is_bound: bool


Verdict = LambdaVerdict | GainVerdict | LadderVerdict | SavingsVerdict | TuningVerdict


class StudyEnded(Event, frozen=True, kw_only=True, tag="study_ended"):
    """Last of a study."""

    ended: Ended
    study: str
    name: str
    folder: str
    verdict: Verdict | None
    """By the trials so far; None where they tell nothing."""
    failed: int = 0
    """Trials that failed."""
    seconds: float = 0.0


class StudyForeseen(Event, frozen=True, kw_only=True, tag="study_foreseen"):
    """What a study will take, before it starts."""

    trials: tuple[Trial, ...]
    runs: int
    seconds_low: float
    seconds_high: float


StudyEvent = StudyStarted | TrialStarted | TrialEnded | StudyEnded | StudyForeseen
"""What a study tells beside the events of its runs."""
