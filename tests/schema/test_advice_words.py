import msgspec
import pytest

from kt_gui import samples
from kt_gui.samples import advice, studies
from kt_gui.schema import advice_words as words
from kt_gui.schema.advice import Advice, Expected, Known
from kt_gui.schema.experiment import Experiment
from kt_gui.studies.advice import advise

SOURCE = advice.known().ranked
assert SOURCE is not None
ASKED: Experiment = msgspec.structs.replace(samples.EXPERIMENT, source=SOURCE.standings[0].source)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def told(known: Known, *, fits: bool | None = None) -> Advice:
    rehearsed = None if fits is None else msgspec.structs.replace(samples.REHEARSED, fits=fits)
    return advise(ASKED, known, rehearsed)


def test_a_number_stands_in_the_sentence_only_where_it_was_measured() -> None:
    assert plain(words.sentence(told(advice.known()))) == (
        "Use bundled/efficientnet_lite0, features only, β = 0.01: expected 86.0 % (75.0–93.0)."
    )
    nothing = words.sentence(told(advice.known(is_ranked=False)))
    assert nothing.startswith("Nothing was measured for this target yet.")
    assert "expected" not in nothing
    many = msgspec.structs.replace(advice.known(), smallest=300)
    assert words.sentence(told(many)).endswith("How good that gets was not measured yet.")


def test_the_basis_says_how_it_was_measured_and_what_the_dry_run_told() -> None:
    assert words.basis(told(advice.known(), fits=True)) == (
        "Expected by linear probes in five folds; the interval covers their pictures. As it is set, it takes 40 s to "
        "55 s and 0.4 GB."
    )
    assert words.basis(told(advice.known(), fits=False)).endswith("As it is set, it does not fit into the memory.")
    assert words.basis(told(advice.known(is_ranked=False))) == ""


def test_the_interval_of_a_study_is_said_to_be_of_its_seeds_where_it_has_one() -> None:
    seeds = Expected(accuracy=0.8, low=0.7, high=0.9, measure="seeds")
    measured = msgspec.structs.replace(told(advice.known()), expected=seeds)
    assert words.basis(measured).endswith("the interval covers the seeds of a study, not these pictures.")
    single = msgspec.structs.replace(measured, expected=msgspec.structs.replace(seeds, low=None, high=None))
    assert "interval" not in words.basis(single)


@pytest.mark.parametrize(
    ("aspect", "where"), [("source", "ranking"), ("freezing", "study emoji lambda"), ("strength", "study emoji lambda")]
)
def test_each_part_says_where_it_comes_from(aspect: str, where: str) -> None:
    parts = told(advice.known(studies.LAMBDA, experiment=ASKED)).parts
    assert [words.where_from(part) for part in parts if part.aspect == aspect] == [where]
