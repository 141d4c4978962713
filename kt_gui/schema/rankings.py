"""Which source suits a target, told before anything is trained: candidates, what speaks for each, what against it."""

from typing import Literal

import msgspec

from kt_gui.schema.columns import Column, unpack
from kt_gui.schema.datasets import Dataset
from kt_gui.schema.evaluations import Picture
from kt_gui.schema.events import Event
from kt_gui.schema.experiment import EarlierRun, Scratch, WeightsFile, Zoo

Candidate = Zoo | EarlierRun | WeightsFile | Scratch
"""What a transfer could start from as it is: weights that are there, or random ones."""

Score = Literal["probe", "knn", "log_me", "h_score", "leep", "nce", "trans_rate", "gbc"]
"""What candidates are held against each other by; the first one decides their order."""

State = Literal["ranked", "download", "failed"]


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """What a candidate's features of the target's training pictures are worth; higher is better in all."""

    probe: float
    """Accuracy of a linear probe on pictures it has not learnt, in five folds; of three strengths the one that has most
    of them right, which flatters all candidates alike, a little."""
    low: float
    high: float
    """95 % Wilson interval of it: for the draw of the pictures."""
    knn: float
    """Accuracy of the nearest other picture's class."""
    log_me: float
    h_score: float
    """With Ledoit and Wolf's shrinkage."""
    trans_rate: float
    gbc: float
    """On at most 64 principal directions, with one variance a class."""
    leep: float | None = None
    nce: float | None = None
    """None where nobody knows what the candidate's head tells apart."""


class Bridge(msgspec.Struct, frozen=True, kw_only=True):
    """What a candidate's own head takes the target's pictures for."""

    classes: tuple[str, ...]
    """Of the source, those that any class of the target is taken for most, the most frequent first."""
    total: int
    """How many classes the source has."""
    shares: Column
    """float32 [target classes, classes]: the mean probability; nan for a class without pictures."""
    pictures: Column
    """float32 [pictures, classes]: the probability that each picture gets, in the order of the ranking's pictures."""


class Twin(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that the source has learnt from, and one of the target's test that is the same to the eye."""

    first: str
    first_index: int
    """Into the source's data set."""
    second: str
    second_index: int
    """Into the target's data set."""
    exact: bool
    """Whether they are the same bit for bit."""


class Learnt(msgspec.Struct, frozen=True, kw_only=True):
    """Pictures that a candidate has learnt from, and what of the target's test is among them."""

    run: str
    """The folder of the run that learnt from them."""
    data: Dataset
    title: str
    pictures: int
    exact: int = 0
    near: int = 0
    twins: tuple[Twin, ...] = ()
    """The first of them, exact ones before others."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How runs that started from a candidate ended, on the target's test pictures."""

    runs: int
    accuracy: float
    """Mean over the runs, whatever else they differ in."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One candidate, and all that was found out about it."""

    source: Candidate
    """As an experiment names it; random initialisation is `Scratch`."""
    name: str
    """What people call it: a network's name, a run's."""
    network: str = ""
    state: State = "ranked"
    reason: str = ""
    remedy: str = ""
    """Why there are no scores, and what to do; empty where there are."""
    features: int = 0
    image_size: int = 0
    scores: Scores | None = None
    right: Column | None = None
    """bool [pictures]: what the probe had right."""
    p: float | None = None
    """How often chance alone would part the probe's answers from the best candidate's as far as this (McNemar's exact
    test, one at a time); None for the best one itself."""
    bridge: Bridge | None = None
    seconds: float = 0.0
    """What looking and scoring took, when it was done."""
    is_known: bool = False
    """Whether everything that it learnt from is known and could be looked at."""
    learnt: tuple[Learnt, ...] = ()
    own: int = 0
    """The ranking's pictures that it has learnt from, labels and all: its scores flatter it."""
    outcome: Outcome | None = None


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """How well a score has foretold the outcomes of runs."""

    score: Score
    candidates: int
    """That have both the score and an outcome."""
    right: int
    pairs: int
    """Of so many pairs of candidates with unlike outcomes the score had so many in the right order."""
    tau: float | None
    """Weighted Kendall's τ (Vigna 2015), the best ranks weighing most; None where one of both does not vary."""


class Weighed(Event, frozen=True, kw_only=True, tag="weighed"):
    """One more candidate has its scores, or the reason why not; its rank is not known yet."""

    standing: Standing
    done: int
    total: int
    """Candidates, random initialisation not among them."""


class Ranked(Event, frozen=True, kw_only=True, tag="ranked"):
    """All candidates, by the linear probe's accuracy; those without scores are last."""

    data: Dataset
    title: str
    classes: tuple[str, ...]
    seed: int
    available: int
    """Training pictures of the target, of which none twice."""
    names: tuple[str, ...]
    digests: tuple[str, ...]
    indexes: Column
    """int64 [pictures], into the target's data set: those that the candidates were asked about."""
    labels: Column
    """int64 [pictures], into `classes`."""
    chance: float
    """The accuracy of always saying the largest class."""
    standings: tuple[Standing, ...]
    best: int | None
    """The place of the first one that has not learnt from these pictures before; None where there is none."""
    trust: tuple[Trust, ...] = ()
    """Of each score, where two candidates or more have an outcome."""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """Something that can take part in a ranking."""

    source: Candidate
    name: str
    """What people call it."""
    origin: str
    """Where it comes from, in words."""
    is_usual: bool = False
    """Whether it takes part where nobody chooses."""
    is_known: bool = False
    """Whether it has looked at these pictures before: its scores are kept."""
    seconds: float | None = None
    """What looking will take, as far as its network has looked at any before."""


class Offered(Event, frozen=True, kw_only=True, tag="offered"):
    """What can take part in a ranking; random initialisation of the same networks always does."""

    offers: tuple[Offer, ...]


def likest(ranked: Ranked, bridge: Bridge, label: int, place: int) -> list[Picture]:
    """List a target class's pictures by how likely a candidate's head takes each for one of its own classes, at this
    place in the bridge: the likeliest first, with the probability as `confidence`.
    """
    labels, indexes, shares = unpack(ranked.labels), unpack(ranked.indexes), unpack(bridge.pictures)
    mine = (labels == label).nonzero()[0]
    ordered = mine[(-shares[mine, place]).argsort(kind="stable")]
    return [
        Picture(
            index=int(indexes[each]),
            name=ranked.names[each],
            digest=ranked.digests[each],
            label=ranked.classes[label],
            confidence=float(shares[each, place]),
            split="train",
        )
        for each in ordered.tolist()
    ]
