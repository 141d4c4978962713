"""Advice put together from invented studies: what is measured comes first, and no number that nobody measured."""

import math

import msgspec
import pytest
from scipy.stats import binomtest

from kt_gui import samples
from kt_gui.samples import ranking, studies
from kt_gui.samples.advice import found, known
from kt_gui.schema.advice import Advice, Found, Known, Part
from kt_gui.schema.choices import Features, FromBlock, HeadFirst, LastBlocks
from kt_gui.schema.events import Rehearsed
from kt_gui.schema.experiment import Experiment, Scratch, Zoo
from kt_gui.schema.rankings import Ranked, Standing
from kt_gui.schema.studies import Question
from kt_gui.schema.study_answers import GainVerdict, LadderVerdict, LambdaVerdict
from kt_gui.schema.tuning import Setting, Try, TuningVerdict
from kt_gui.studies.advice import advise, best_of
from kt_gui.studies.freezing_ladder import freezing_of
from kt_gui.studies.trials import with_freezing

BEST = ranking.ranked().standings[0].source
ASKED = msgspec.structs.replace(samples.EXPERIMENT, source=BEST)
"""The sample experiment, already with the source that its ranking finds best."""


def part(advice: Advice, aspect: str) -> Part:
    (one,) = (each for each in advice.parts if each.aspect == aspect)
    return one


def with_studies(*questions: Question, **more: bool) -> Known:
    return known(*questions, experiment=ASKED, **more)


def ranked_as(*probes: float, pictures: int = 400) -> Ranked:
    """The sample candidates with these accuracies of their probes."""
    made = ranking.ranked()
    standings = [each for each in made.standings if each.scores is not None]
    changed = [
        msgspec.structs.replace(each, scores=msgspec.structs.replace(each.scores, probe=probe))
        for each, probe in zip(standings, probes, strict=False)
    ]
    names = tuple(str(place) for place in range(pictures))
    return msgspec.structs.replace(made, standings=tuple(changed), names=names)


def best(*probes: float, pictures: int = 400) -> Standing:
    standing = best_of(ranked_as(*probes, pictures=pictures))
    assert standing is not None
    return standing


# --- the source ------------------------------------------------------------------------------------------------------


def test_the_best_probe_is_used_where_none_is_as_good() -> None:
    assert best(0.70, 0.80, 0.75).name == "emoji (0002)"


def test_of_probes_within_one_standard_error_the_bundled_network_is_used() -> None:
    error = math.sqrt(0.8 * 0.2 / 400)
    assert best(0.8 - 0.9 * error, 0.8).name == "bundled/efficientnet_lite0"
    assert best(0.8 - 1.1 * error, 0.8).name == "emoji (0002)"


def test_random_weights_are_used_only_where_they_are_clearly_better() -> None:
    assert isinstance(best(0.1, 0.1, 0.1, 0.1, 0.6).source, Scratch)
    assert not isinstance(best(0.59, 0.1, 0.1, 0.1, 0.6).source, Scratch)


def test_who_has_learnt_these_pictures_before_does_not_count() -> None:
    made = ranked_as(0.7, 0.99)
    standings = tuple(msgspec.structs.replace(each, own=12 * place) for place, each in enumerate(made.standings))
    standing = best_of(msgspec.structs.replace(made, standings=standings))
    assert standing is not None
    assert standing.name == "bundled/efficientnet_lite0"


def test_without_a_candidate_that_counts_the_source_stays() -> None:
    made = msgspec.structs.replace(ranking.ranked(), standings=(), best=None)
    advice = advise(ASKED, msgspec.structs.replace(known(), ranked=made))
    assert advice.experiment.source == ASKED.source
    assert part(advice, "source").basis == "own"


def test_another_source_brings_a_new_head() -> None:
    kept = msgspec.structs.replace(samples.EXPERIMENT.transfer, keep_head=True)
    advice = advise(msgspec.structs.replace(samples.EXPERIMENT, transfer=kept), known())
    assert advice.experiment.source == BEST
    assert not advice.experiment.transfer.keep_head


# --- what learns -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("smallest", "probe", "fits", "choice"),
    [
        (19, 0.5, True, Features()),
        (20, 0.5, True, HeadFirst()),
        (20, 0.9, True, Features()),
        (500, 0.5, False, Features()),
    ],
)
def test_without_a_study_a_rule_of_thumb_says_what_learns_and_that_it_is_one(
    smallest: int, probe: float, fits: bool, choice: object
) -> None:
    knows = msgspec.structs.replace(known(), smallest=smallest, ranked=ranked_as(probe))
    rehearsed: Rehearsed = msgspec.structs.replace(samples.REHEARSED, fits=fits)
    advice = advise(ASKED, knows, rehearsed)
    assert advice.experiment.transfer.freezing == choice
    assert part(advice, "freezing").basis == "rule"
    assert "rule of thumb" in str(part(advice, "freezing").why)


def test_a_ladder_says_what_learns() -> None:
    verdict = studies.verdict(studies.LADDER)
    assert isinstance(verdict, LadderVerdict)
    assert verdict.chosen is not None
    advice = advise(ASKED, with_studies(studies.LADDER))
    assert advice.experiment.transfer.freezing == freezing_of(verdict.rungs[verdict.chosen].blocks)
    assert part(advice, "freezing").study == "/studies/ladder"


def test_a_search_whose_frozen_end_was_chosen_lets_the_head_alone_learn() -> None:
    made = found(studies.LAMBDA, ASKED)
    assert isinstance(made.verdict, LambdaVerdict)
    frozen = msgspec.structs.replace(made.verdict, chosen=len(made.verdict.points) - 1, value=None)
    knows = msgspec.structs.replace(with_studies(), studies=(msgspec.structs.replace(made, verdict=frozen),))
    advice = advise(ASKED, knows)
    assert advice.experiment.transfer.freezing == Features()
    assert part(advice, "freezing").basis == "study"
    assert advice.expected is not None
    assert advice.expected.accuracy == made.verdict.points[-1].accuracy


def test_a_search_without_a_frozen_end_has_not_measured_what_should_learn() -> None:
    made = found(studies.LAMBDA, ASKED)
    assert isinstance(made.verdict, LambdaVerdict)
    assert part(advise(ASKED, with_studies(studies.LAMBDA)), "freezing").basis == "study"
    verdict = msgspec.structs.replace(made.verdict, points=made.verdict.points[:-1])
    knows = msgspec.structs.replace(with_studies(), studies=(msgspec.structs.replace(made, verdict=verdict),))
    advice = advise(ASKED, knows)
    assert part(advice, "freezing").basis == "own"
    assert advice.experiment.transfer.freezing == ASKED.transfer.freezing
    assert part(advice, "strength").study == made.folder
    assert advice.next == "gain"


# --- how strongly ----------------------------------------------------------------------------------------------------


def test_a_search_for_the_same_freezing_says_how_strongly_and_how_long() -> None:
    verdict = studies.verdict(studies.LAMBDA)
    assert isinstance(verdict, LambdaVerdict)
    advice = advise(ASKED, with_studies(studies.LAMBDA))
    assert advice.experiment.transfer.strength == verdict.value
    assert advice.experiment.transfer.freezing == FromBlock(block="block2")
    assert advice.experiment.training.epochs == verdict.epochs
    assert part(advice, "strength").study == "/studies/lambda"


def test_a_search_for_another_freezing_says_nothing_of_the_pull() -> None:
    ladder, search = found(studies.LADDER, ASKED), found(studies.LAMBDA, ASKED)
    knows = msgspec.structs.replace(with_studies(), studies=(ladder, search))
    advice = advise(ASKED, knows)
    assert isinstance(advice.experiment.transfer.freezing, LastBlocks)
    assert part(advice, "strength").basis == "own"
    assert advice.experiment.transfer.strength == ASKED.transfer.strength


@pytest.mark.parametrize("question", [studies.LAMBDA, studies.LADDER, studies.GAIN])
def test_a_study_of_another_source_says_nothing(question: Question) -> None:
    other = msgspec.structs.replace(ASKED, source=Zoo(model="torchvision/resnet18"))
    knows = msgspec.structs.replace(with_studies(), studies=(found(question, other),))
    assert {each.basis for each in advise(ASKED, knows).parts} == {"ranking", "rule", "own"}


# --- what a tuning has found -----------------------------------------------------------------------------------------


def tuned(*settings: Setting, name: str = "tuned", experiment: Experiment = ASKED, accuracy: float = 0.75) -> Found:
    """A tuning of which the second try was chosen, with these settings, for 7 epochs."""
    made = Try(
        number=2, settings=settings, losses=(0.5,), mean=0.5, error=0.1, accuracy=accuracy, epoch=6, is_complete=True
    )
    other = msgspec.structs.replace(made, number=1, settings=(), accuracy=0.9)
    names = tuple(setting.name for setting in settings)
    verdict = TuningVerdict(names=names, tries=(other, made), best=1, chosen=1, epochs=7, pictures=40)
    return Found(folder=f"/studies/{name}", name=name, experiment=experiment, verdict=verdict)


def of(*made: Found, **more: bool) -> Known:
    return msgspec.structs.replace(with_studies(**more), studies=made)


RATE = Setting(name="learning_rate", value=0.02)
WHOLE = Setting(name="freezing", value=HeadFirst())


def test_a_tuning_says_what_learns_how_strongly_it_is_held_and_how_fast() -> None:
    both = tuned(RATE, WHOLE)
    advice = advise(ASKED, of(both))
    assert advice.experiment.transfer.freezing == HeadFirst()
    assert advice.experiment.training.optimiser.learning_rate == 0.02
    assert advice.experiment.training.epochs == 7
    assert (part(advice, "rate").study, part(advice, "rate").value) == ("/studies/tuned", "learning rate 0.02")
    pulls = tuned(Setting(name="lambda", value=0.3), Setting(name="beta", value=0.04), experiment=advice.experiment)
    held = advise(ASKED, of(pulls, both))
    assert (held.experiment.transfer.strength, held.experiment.transfer.beta) == (0.3, 0.04)
    assert part(held, "strength").value == "λ 0.3, β 0.04"
    assert held.experiment.training.optimiser.learning_rate == 0.02


def test_a_tuning_for_another_freezing_says_neither_pull_nor_rate() -> None:
    other = with_freezing(ASKED, LastBlocks(blocks=1))
    advice = advise(ASKED, of(tuned(RATE, Setting(name="lambda", value=0.3), experiment=other)))
    assert part(advice, "strength").basis == "own"
    assert [each.aspect for each in advice.parts] == ["source", "freezing", "strength"]
    assert advice.experiment.training == ASKED.training
    assert advice.expected is not None
    assert advice.expected.measure == "probe"


def test_of_two_studies_the_newest_says_what_both_have_found() -> None:
    search, newer = found(studies.LAMBDA, ASKED), tuned(Setting(name="lambda", value=0.3), name="newer")
    assert part(advise(ASKED, of(newer, search)), "strength").study == "/studies/newer"
    assert part(advise(ASKED, of(search, newer)), "strength").study == "/studies/lambda"
    ladder = found(studies.LADDER, ASKED)
    assert part(advise(ASKED, of(tuned(WHOLE, name="newer"), ladder)), "freezing").study == "/studies/newer"
    assert part(advise(ASKED, of(ladder, tuned(WHOLE, name="newer"))), "freezing").study == "/studies/ladder"


def test_a_tuning_tells_what_to_expect_only_of_what_it_chose() -> None:
    both = tuned(RATE, WHOLE)
    expected = advise(ASKED, of(both)).expected
    assert expected is not None
    assert (expected.accuracy, expected.measure, expected.study) == (0.75, "tries", "/studies/tuned")
    low, high = binomtest(30, 40).proportion_ci(0.95, method="wilson")
    assert (expected.low, expected.high) == (pytest.approx(low), pytest.approx(high))
    stronger = msgspec.structs.replace(ASKED, transfer=msgspec.structs.replace(ASKED.transfer, strength=0.5))
    assert advise(stronger, of(both)).expected is None
    newer = tuned(Setting(name="learning_rate", value=0.5), experiment=with_freezing(ASKED, HeadFirst()), name="newer")
    told = advise(ASKED, of(newer, both)).expected
    assert told is not None
    assert told.study == "/studies/newer"


def test_a_tuning_without_an_answer_says_nothing() -> None:
    made = tuned(RATE, WHOLE)
    assert isinstance(made.verdict, TuningVerdict)
    open_ = msgspec.structs.replace(made, verdict=msgspec.structs.replace(made.verdict, best=None, chosen=None))
    assert advise(ASKED, of(open_)) == advise(ASKED, of())


# --- what to expect --------------------------------------------------------------------------------------------------


def test_the_folds_of_a_search_tell_what_to_expect_with_wilsons_interval_of_its_pictures() -> None:
    verdict = studies.verdict(studies.LAMBDA)
    assert isinstance(verdict, LambdaVerdict)
    assert verdict.chosen is not None
    point = verdict.points[verdict.chosen]
    expected = advise(ASKED, with_studies(studies.LAMBDA)).expected
    assert expected is not None
    assert point.accuracy is not None
    assert (expected.accuracy, expected.measure, expected.study) == (point.accuracy, "folds", "/studies/lambda")
    right = round(point.accuracy * studies.PICTURES)
    low, high = binomtest(right, studies.PICTURES).proportion_ci(0.95, method="wilson")
    assert expected.low == pytest.approx(low, abs=2e-3)
    assert expected.high == pytest.approx(high, abs=2e-3)


def test_the_probe_tells_what_to_expect_where_the_head_alone_learns() -> None:
    expected = advise(ASKED, with_studies()).expected
    scores = ranking.ranked().standings[0].scores
    assert expected is not None
    assert scores is not None
    assert (expected.accuracy, expected.low, expected.high) == (scores.probe, scores.low, scores.high)
    assert expected.measure == "probe"


def test_what_nobody_measured_has_no_number() -> None:
    many = msgspec.structs.replace(with_studies(), smallest=200, ranked=ranked_as(0.6))
    assert advise(ASKED, many).expected is None
    assert advise(ASKED, with_studies(is_ranked=False)).expected is None


def test_a_rung_of_the_ladder_tells_what_to_expect_only_with_the_pull_it_was_climbed_with() -> None:
    expected = advise(ASKED, with_studies(studies.LADDER)).expected
    assert expected is not None
    assert (expected.measure, expected.study) == ("seeds", "/studies/ladder")
    transfer = msgspec.structs.replace(ASKED.transfer, strength=0.5)
    assert advise(msgspec.structs.replace(ASKED, transfer=transfer), with_studies(studies.LADDER)).expected is None


def test_seeds_of_the_very_settings_tell_more_than_folds() -> None:
    advised = advise(ASKED, with_studies(studies.LAMBDA)).experiment
    made = (found(studies.LAMBDA, ASKED), found(studies.GAIN, advised))
    expected = advise(ASKED, msgspec.structs.replace(with_studies(), studies=made)).expected
    verdict = made[1].verdict
    assert isinstance(verdict, GainVerdict)
    assert expected is not None
    assert (expected.measure, expected.accuracy) == ("seeds", verdict.scores[0].mean)


@pytest.mark.parametrize("question", [studies.LAMBDA, studies.LADDER, studies.GAIN])
def test_what_was_measured_with_another_learning_rate_tells_nothing_of_this_one(question: Question) -> None:
    many = msgspec.structs.replace(with_studies(), smallest=200, ranked=ranked_as(0.6))
    advised = advise(ASKED, many).experiment
    knows = msgspec.structs.replace(many, studies=(found(question, advised),))
    assert advise(advised, knows).expected is not None
    optimiser = msgspec.structs.replace(advised.training.optimiser, learning_rate=0.5)
    training = msgspec.structs.replace(advised.training, optimiser=optimiser)
    assert advise(msgspec.structs.replace(advised, training=training), knows).expected is None


# --- what to ask next ------------------------------------------------------------------------------------------------


def test_what_would_tell_most_is_asked_next() -> None:
    assert advise(ASKED, with_studies(is_ranked=False)).next == "ranking"
    assert advise(ASKED, with_studies()).next == "lambda"
    assert advise(ASKED, with_studies(studies.LAMBDA)).next == "gain"
    assert advise(ASKED, with_studies(studies.LAMBDA, studies.GAIN)).next == "none"


def test_what_is_advised_is_advised_again_when_it_was_taken() -> None:
    """Taking an advice ends it: nothing is left to change."""
    for knows in (
        with_studies(),
        with_studies(studies.LAMBDA),
        with_studies(studies.LADDER),
        known(),
        of(tuned(RATE, WHOLE)),
        of(tuned(RATE), found(studies.LAMBDA, ASKED)),
    ):
        advised = advise(ASKED, knows).experiment
        assert advise(advised, knows).experiment == advised


def test_only_what_was_measured_counts_as_such() -> None:
    assert not advise(samples.EXPERIMENT, known(is_ranked=False)).is_measured
    assert advise(samples.EXPERIMENT, known()).is_measured


def test_random_weights_have_nothing_to_freeze_or_to_hold() -> None:
    knows = msgspec.structs.replace(known(), ranked=ranked_as(0.1, 0.1, 0.1, 0.1, 0.6))
    advice = advise(ASKED, knows)
    assert isinstance(advice.experiment.source, Scratch)
    assert [each.aspect for each in advice.parts] == ["source"]
    assert advice.expected is None


def test_every_advice_is_an_experiment_that_can_be_written() -> None:
    for question in (studies.LAMBDA, studies.LADDER, studies.GAIN, studies.SAVINGS):
        made: tuple[Found, ...] = (found(question, ASKED),)
        advice = advise(ASKED, msgspec.structs.replace(known(), studies=made))
        assert msgspec.convert(msgspec.to_builtins(advice.experiment), Experiment) == advice.experiment
