"""Which source suits a target: every candidate looks at the target's training pictures once, and nothing is trained
but linear probes.

The target's test pictures play no part in it; they are only searched for among what a candidate has learnt from.
"""

import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from kt_gui.schema.columns import Column, pack, unpack
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event, Progressed
from kt_gui.schema.experiment import Scratch, Target, Training
from kt_gui.schema.rankings import Bridge, Candidate, Outcome, Ranked, Scores, Standing, Weighed
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import tr
from kt_gui.session import candidates, costs, shelf
from kt_gui.session.cache import cache, memory_limit
from kt_gui.session.outcomes import Origin, origin_of, outcomes
from kt_gui.session.overlapping import look_back
from kt_gui.session.pictures import Dealt
from kt_gui.store import reports
from kt_gui.store.folders import Home
from kt_gui.studies import pairs
from kt_gui.studies.trust import trust

if TYPE_CHECKING:
    from kt_gui.engine.backbones import Network
    from kt_gui.engine.devices import Resolved
    from kt_gui.engine.loading import Portion
    from kt_gui.engine.sizing import View
    from kt_gui.engine.splitting import Indexes
    from kt_gui.engine.weighing import Task

MOST = 2000
"""Training pictures that candidates are ranked by; of more, each class's share. So many tell the
probe's accuracy to within two in a hundred."""
KIND, WHOLE = "weight", "ranked"
FORM = 1
"""Counts up when what is kept, or how it is computed, changes."""


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a network that has looked at the pictures."""

    features: int
    scores: Scores
    right: Column
    bridge: Bridge | None
    seconds: float


@dataclass(frozen=True)
class Question:
    """Which pictures the candidates are asked about, and on what machine."""

    target: Target
    dealt: Dealt
    available: int
    indexes: "Indexes"
    task: "Task"
    key: str
    resolved: "Resolved"


def rank(
    sources: Sequence[Candidate], target: Target, stop: StopToken, home: Home, *, seed: int = 0
) -> Generator[Event, None, None]:
    """Rank sources by how well a target's training pictures can be told apart with what they have learnt, and with
    random weights of the same networks. Nothing is downloaded.

    Yields `Weighed` as each candidate has its scores, or the reason why not; ends with `Ranked`. What was found once
    about a network and these pictures is kept. Raises UserError where the target cannot be read, Stopped.
    """
    question = yield from ask(target, seed, stop, home)
    known = yield from _known_outcomes(question, home)
    bench = _Bench(question, known, stop, home)
    each = tuple(dict.fromkeys(settle(source, home) for source in sources))
    for done, candidate in enumerate(each, start=1):
        for standing in bench.try_out(candidate):
            yield Weighed(standing=standing, done=done, total=len(each)) if isinstance(standing, Standing) else standing
    ranked = _ranked(question, bench.standings)
    reports.keep(costs.folder(home), WHOLE, _key(target, question.dealt, seed), ranked)
    yield ranked


def known_ranking(target: Target, dealt: Dealt, home: Home, *, seed: int = 0) -> Ranked | None:
    """Give the newest ranking for a target as it is dealt, without ranking anew; None where there is none."""
    return reports.recall(costs.folder(home), WHOLE, _key(target, dealt, seed), Ranked)


def _key(target: Target, dealt: Dealt, seed: int) -> str:
    from kt_gui.engine.loading import digest

    return reports.key_of(FORM, digest(dealt.collection), target.split, target.per_class, seed)


def settle(source: Candidate, home: Home) -> Candidate:
    """Give a candidate the one name it has; one that has gone keeps what it is called by."""
    try:
        return candidates.settled(source, home)
    except UserError:  # a run that has gone: said where it is opened
        return source


def ask(target: Target, seed: int, stop: StopToken, home: Home) -> Generator[Event, None, Question]:
    """Read the target, and choose of its training pictures. Raises UserError, Stopped."""
    from kt_gui.engine import devices, loading
    from kt_gui.engine.embedding import sample
    from kt_gui.engine.weighing import Task

    collection = yield from shelf.read(target.data, home, stop)
    dealt = Dealt(collection, loading.deal(collection, target.split, target.per_class, seed))
    once = _each_once(dealt)
    labels = collection.labels[once]
    if len(set(labels.tolist())) < 2:
        raise _too_few(dealt)
    indexes = once[sample(labels, MOST, seed)]
    task = Task(
        labels=collection.labels[indexes],
        digests=[collection.digests[index] for index in indexes.tolist()],
        classes=len(collection.classes),
        seed=seed,
    )
    options = devices.options(Training(precision="fp32", memory_format="contiguous"))
    resolved = options.resolved(options.ways[0])
    devices.prepare(resolved)
    key = reports.key_of(task.labels.tolist(), task.digests, task.classes, seed)
    return Question(target, dealt, len(once), indexes, task, key, resolved)


def _each_once(dealt: Dealt) -> "Indexes":
    """The training pictures without those that are there a second time: they would vouch for each other."""
    digests, train = dealt.collection.digests, dealt.splits.train
    first = {digests[index]: index for index in reversed(train.tolist())}
    return train[[first[digests[index]] == index for index in train.tolist()]]


def _too_few(dealt: Dealt) -> UserError:
    return UserError(
        tr("The training pictures of {data} are of fewer than two classes.", data=dealt.collection.title),
        tr("Add pictures of another class, or leave more of them for training."),
    )


def _known_outcomes(question: Question, home: Home) -> Generator[Event, None, Mapping[Origin, Outcome]]:
    yield Progressed(activity="preparing", done=0, total=0)
    return outcomes(question.target, question.dealt.collection, home)


# --- one candidate ---------------------------------------------------------------------------------------------------


class _Bench:
    """Tries out one candidate after the other, and remembers what the next one needs, too."""

    def __init__(self, question: Question, known: Mapping[Origin, Outcome], stop: StopToken, home: Home) -> None:
        self.standings: list[Standing] = []
        self._question, self._outcomes, self._stop, self._home = question, known, stop, home
        self._portion: tuple[View, Portion] | None = None
        self._random: set[tuple[str, int]] = set()

    def try_out(self, candidate: Candidate) -> Generator[Event | Standing, None, None]:
        """Weigh a candidate, and random weights of the same network where that was not done yet. Raises Stopped."""
        for step in self._tried(candidate):
            if isinstance(step, Standing):
                self.standings.append(step)
            yield step

    def _tried(self, candidate: Candidate) -> Generator[Event | Standing, None, None]:
        collection, seed = self._question.dealt.collection, self._question.task.seed
        try:
            network = candidates.load(candidate, collection, seed, self._home)
        except candidates.Absent:
            yield _absent(candidate)
            return
        except UserError as error:
            yield _failed(candidate, error)
            return
        name, size = network.name, network.view.size
        if not isinstance(candidate, Scratch):
            yield (yield from self._stand(candidate, network))
            network = _at_random(name, size, seed)
        if (name, size) not in self._random:
            self._random.add((name, size))
            yield (yield from self._stand(Scratch(network=name), network))

    def _stand(self, candidate: Candidate, network: "Network") -> Generator[Event, None, Standing]:
        """Let a network look at the pictures, and tell what is known of it. Raises Stopped."""
        try:
            kept = yield from self._weight(network)
        except UserError as error:
            return _failed(candidate, error)
        question = self._question
        costs.note(candidate, question.key, self._home)
        past = yield from look_back(candidate, question.dealt, question.indexes, self._stop, self._home)
        return Standing(
            source=candidate,
            name=candidates.name_of(candidate, network.view.size),
            network=network.name,
            features=kept.features,
            image_size=network.view.size,
            scores=kept.scores,
            right=kept.right,
            bridge=kept.bridge,
            seconds=kept.seconds,
            is_known=past.is_known,
            learnt=past.learnt,
            own=past.own,
            outcome=self._outcomes.get(origin_of(candidate, network.view.size)),
        )

    def _weight(self, network: "Network") -> Generator[Event, None, _Kept]:
        """Look up, or compute, what speaks for a network. Raises UserError, Stopped."""
        from kt_gui.engine.fingerprints import fingerprint

        state = network.module.state_dict()
        key = reports.key_of(FORM, fingerprint(state, state), network.view, network.classes, self._question.key)
        known = reports.recall(costs.folder(self._home), KIND, key, _Kept)
        if known is None:
            known = yield from self._compute(network)
            with suppress(UserError):  # a full disk: it is computed again next time
                reports.keep(costs.folder(self._home), KIND, key, known)
        return known

    def _compute(self, network: "Network") -> Generator[Event, None, _Kept]:
        import numpy as np

        from kt_gui.engine import weighing
        from kt_gui.engine.evaluation import not_finite
        from kt_gui.engine.features import featurise

        begun, resolved = time.monotonic(), self._question.resolved
        portion = yield from self._seen(network)
        resolved.place(network.module)
        features = yield from featurise(network, portion, resolved, self._stop, cache(self._home))
        if not (np.isfinite(features.values).all() and np.isfinite(features.logits).all()):
            raise not_finite()
        yield Progressed(activity="preparing", done=0, total=0, subject=network.name)
        weight = weighing.weigh(features, self._question.task, network.classes, self._stop)
        costs.note_pace(network.name, time.monotonic() - begun, len(portion), self._home)
        return _Kept(
            features=features.values.shape[1],
            scores=weight.scores,
            right=pack(weight.right),
            bridge=weight.bridge,
            seconds=time.monotonic() - begun,
        )

    def _seen(self, network: "Network") -> Generator[Event, None, "Portion"]:
        """Bring the pictures to the size that a network wants; held until the next one wants another."""
        import torch

        from kt_gui.engine import loading

        if self._portion is None or self._portion[0] != network.view:
            self._portion = None
            question, device = self._question, torch.device(self._question.resolved.device)
            asked = (question.dealt.collection, question.indexes, network.view, device, self._stop)
            limit = memory_limit(self._home)
            portion = yield from loading.load(*asked, store=cache(self._home), limit=limit)
            self._portion = (network.view, portion)
        return self._portion[1]


def _at_random(name: str, size: int, seed: int) -> "Network":
    from kt_gui.engine import backbones

    return backbones.create(name, (), size, seed)


def _absent(candidate: Candidate) -> Standing:
    return Standing(
        source=candidate,
        name=candidates.name_of(candidate),
        state="download",
        reason=tr("Its weights are not on this machine."),
        remedy=tr("Download them, then rank again."),
    )


def _failed(candidate: Candidate, error: UserError) -> Standing:
    name = candidates.name_of(candidate)
    return Standing(source=candidate, name=name, state="failed", reason=error.message, remedy=error.remedy)


# --- all of them -----------------------------------------------------------------------------------------------------


def _ranked(question: Question, standings: Sequence[Standing]) -> Ranked:
    import numpy as np

    collection, labels = question.dealt.collection, question.task.labels
    ordered = sorted(standings, key=_merit, reverse=True)
    best = next((place for place, each in enumerate(ordered) if each.scores and not each.own), None)
    against = ordered[best].right if best is not None else None
    return Ranked(
        data=question.target.data,
        title=collection.title,
        classes=collection.classes,
        seed=question.task.seed,
        available=question.available,
        names=tuple(collection.names[index] for index in question.indexes.tolist()),
        digests=tuple(question.task.digests),
        indexes=pack(question.indexes),
        labels=pack(labels),
        chance=float(np.bincount(labels).max() / len(labels)),
        standings=tuple(
            each if place == best else msgspec.structs.replace(each, p=_chance(each, against))
            for place, each in enumerate(ordered)
        ),
        best=best,
        trust=trust(standings),
    )


def _merit(standing: Standing) -> tuple[float, float]:
    scores = standing.scores
    return (scores.probe, scores.knn) if scores else (-1.0, -1.0)


def _chance(standing: Standing, best: Column | None) -> float | None:
    """Give McNemar's p of a candidate's probe against the best one's, picture by picture."""
    if best is None or standing.right is None:
        return None
    ours, theirs = unpack(standing.right), unpack(best)
    return pairs.exact_p(int((ours & ~theirs).sum()), int((theirs & ~ours).sum()))
