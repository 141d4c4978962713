import msgspec
import pytest

from kt_gui.schema.datasets import Bundled
from kt_gui.schema.evaluations import ClassScore, Evaluated, Matching, Part, Scores
from kt_gui.schema.verdicts import confusions, reservations, sentence, stands_out


def scores(confusion: tuple[tuple[int, ...], ...], low: float = 0.8) -> Scores:
    """Of what is spoken of here: counts and shares of right answers."""
    total, correct = sum(map(sum, confusion)), sum(row[place] for place, row in enumerate(confusion))
    classes = tuple(
        ClassScore(
            name="abcd"[place],
            precision=None,
            recall=row[place] / sum(row) if sum(row) else None,
            f1=None,
            support=sum(row),
            predicted=sum(each[place] for each in confusion),
        )
        for place, row in enumerate(confusion)
    )
    return Scores(
        total=total,
        correct=correct,
        accuracy=correct / total,
        low=low,
        high=1.0,
        balanced_accuracy=None,
        precision=None,
        recall=None,
        f1=None,
        top=(),
        nll=0.0,
        ece=0.0,
        classes=classes,
        confusion=confusion,
        bins=(),
    )


def evaluated(told: Scores, part: Part = "test") -> Evaluated:
    return Evaluated(
        run="",
        name="run",
        checkpoint="best",
        epoch=0,
        data=Bundled(name="fashion"),
        title="Photos",
        part=part,
        classes=tuple(each.name for each in told.classes),
        scores=told,
    )


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


GOOD = scores(((19, 1), (1, 19)))


def test_the_sentence_has_its_number_and_its_interval() -> None:
    told = msgspec.structs.replace(GOOD, low=0.8305, high=0.9862)
    assert plain(sentence(evaluated(told))) == "95.0 % of 40 test pictures are right (95 % interval 83.0–98.6)"
    assert plain(sentence(evaluated(told, "all"))).startswith("95.0 % of 40 pictures of Photos are right")


def test_of_one_picture_it_speaks_as_of_one() -> None:
    assert "of 1 test picture is right" in plain(sentence(evaluated(scores(((1, 0), (0, 0))))))


def test_without_a_mistake_nothing_stands_out() -> None:
    assert stands_out(scores(((5, 0), (0, 5)))) == ""


def test_a_network_that_only_guesses_is_found_out_first() -> None:
    told = plain(stands_out(scores(((60, 0), (35, 5)), low=0.55)))
    assert told == "That is not clearly better than always answering “a”, which would be right for 60.0 %."


def test_where_there_is_but_one_class_nobody_guesses() -> None:
    assert plain(stands_out(scores(((6, 4), (0, 0)), low=0.3))).startswith("Most often “a” is taken for “b”")


def test_the_most_frequent_confusion_is_named() -> None:
    told = scores(((90, 7, 3), (1, 99, 0), (0, 2, 98)))
    assert plain(stands_out(told)) == "Most often “a” is taken for “b”: 7 of its 100 pictures."
    assert confusions(told, 2) == [(7, "a", "b"), (3, "a", "c")]


def test_where_mistakes_are_of_many_kinds_the_weakest_class_is_named() -> None:
    told = scores(((96, 2, 2, 0), (2, 96, 0, 2), (2, 2, 94, 2), (0, 0, 0, 0)))
    assert plain(stands_out(told)) == "It is weakest on “c”: 94.0 % of 100 pictures are right."


def test_the_runs_own_pictures_need_no_reservation() -> None:
    assert list(reservations(Matching())) == []


def test_what_is_odd_of_another_set_is_said() -> None:
    names = tuple(f"kind {number}" for number in range(10))
    unknown, missing, learnt = reservations(Matching(missing=("bee",), unknown=names, left_out=12, learnt=1))
    assert unknown.startswith("The network does not know these classes, so 12 pictures were left out: kind 0, ")
    assert unknown.endswith("kind 4, 5 more.")
    assert missing == "No picture is of these classes: bee."
    assert learnt.startswith("It has learnt from 1 of these pictures")


@pytest.mark.parametrize("mistakes", [1, 2])
def test_few_mistakes_of_one_kind_are_not_called_frequent(mistakes: int) -> None:
    assert "weakest" in stands_out(scores(((100 - mistakes, mistakes), (0, 100))))
