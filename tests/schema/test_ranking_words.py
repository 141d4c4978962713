"""What a ranking says in sentences."""

import msgspec
import numpy as np

from kt_gui.schema import ranking_words as words
from kt_gui.schema.columns import pack
from kt_gui.schema.datasets import Bundled
from kt_gui.schema.experiment import Scratch, Zoo
from kt_gui.schema.rankings import Bridge, Learnt, Ranked, Scores, Standing, Trust

DATA = Bundled(name="fashion")
BRIDGE = Bridge(
    classes=("cat, house cat", "dog", "car"),
    total=9,
    shares=pack(np.array([[0.5, 0.1, 0.4], [np.nan] * 3], dtype=np.float32)),
    pictures=pack(np.zeros((2, 3), dtype=np.float32)),
)


def standing(name: str, probe: float, **more: object) -> Standing:
    scores = Scores(probe=probe, low=0, high=1, knn=0.5, log_me=0, h_score=0, trans_rate=0, gbc=0)
    return msgspec.structs.replace(Standing(source=Zoo(model=name), name=name, scores=scores), **more)


def ranked(*standings: Standing, best: int | None = 0, pictures: int = 40, available: int = 40) -> Ranked:
    return Ranked(
        data=DATA,
        title="Moths",
        classes=("a", "b"),
        seed=0,
        available=available,
        names=("x",) * pictures,
        digests=("0",) * pictures,
        indexes=pack(np.arange(pictures)),
        labels=pack(np.zeros(pictures, dtype=np.int64)),
        chance=0.5,
        standings=standings,
        best=best,
    )


def test_the_headline_names_the_best_and_those_that_may_be_as_good() -> None:
    said = words.headline(
        ranked(standing("first", 0.91), standing("near", 0.9, p=0.6), standing("worst", 0.5, p=0.001), best=0)
    )
    assert said.startswith("first suits Moths best: 91.0\N{NO-BREAK SPACE}% of its training pictures")
    assert "near" in said
    assert "worst" not in said


def test_one_that_has_learnt_from_the_pictures_is_neither_best_nor_as_good() -> None:
    flattered = standing("flattered", 0.99, own=12, p=0.4)
    said = words.headline(ranked(flattered, standing("honest", 0.8), best=1))
    assert said.startswith("honest")
    assert "flattered" not in said
    (warned,) = words.reservations(flattered)
    assert warned.startswith("flattered has learnt from 12 of these pictures")


def test_where_random_weights_are_best_no_source_is_praised() -> None:
    random = standing("random weights", 0.7, source=Scratch(network="small_cnn"))
    said = words.headline(ranked(random, standing("narrow", 0.6, p=0.01)))
    assert said.startswith("No source is better than random weights for Moths: with random weights, 70.0")
    assert "narrow" not in said


def test_where_nothing_could_be_ranked_that_is_said() -> None:
    failed = Standing(source=Zoo(model="x"), name="x", state="failed", reason="It is gone.", remedy="Get it.")
    assert words.headline(ranked(failed, best=None)) == "No candidate could be ranked."
    assert list(words.reservations(failed)) == ["x: It is gone. Get it."]


def test_what_the_ranking_rests_on_is_said() -> None:
    assert words.basis(ranked()) == "Ranked by 40 training pictures, in five folds; the test pictures were left aside."
    assert words.basis(ranked(available=900)).endswith("They were drawn from 900.")
    assert words.basis(ranked(pictures=6, available=6)).endswith("With so few, chance decides much.")


def test_test_pictures_that_a_source_has_seen_are_counted() -> None:
    learnt = Learnt(run="r", data=DATA, title="Butterflies", pictures=90, exact=1, near=3)
    (said,) = words.reservations(standing("x", 0.9, learnt=(learnt,)))
    assert "Butterflies: 1 is there exactly, 3 nearly." in said
    none = msgspec.structs.replace(learnt, exact=0, near=0)
    assert list(words.reservations(standing("x", 0.9, learnt=(none,)))) == []


def test_where_pictures_were_looked_through_it_is_said_what_looks_closer() -> None:
    learnt = Learnt(run="r", data=DATA, title="Butterflies", pictures=90, exact=0, near=0)
    assert "kt overlap" in words.looked_for(standing("x", 0.9), standing("y", 0.8, learnt=(learnt,)))
    assert words.looked_for(standing("x", 0.9)) == ""


def test_whose_past_nobody_knows_is_said() -> None:
    said = words.unknown(ranked(standing("bought", 0.9), standing("own", 0.8, is_known=True)))
    assert said.endswith("among it: bought.")
    assert words.unknown(ranked(standing("own", 0.8, is_known=True))) == ""


def test_how_often_a_score_was_right_is_said() -> None:
    trust = Trust(score="probe", candidates=4, right=5, pairs=6, tau=0.8)
    assert words.believed(trust) == "right on 5 of 6 pairs, weighted τ +0.80"
    assert words.believed(msgspec.structs.replace(trust, right=0, pairs=1, tau=None)) == "right on 0 of 1 pair"


def test_a_class_is_likened_to_the_first_names_of_the_likeliest_source_classes() -> None:
    assert words.likeness(BRIDGE, 0) == "cat 50\N{NO-BREAK SPACE}%, car 40\N{NO-BREAK SPACE}%"
    assert words.likeness(BRIDGE, 1) == ""
