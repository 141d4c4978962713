import msgspec
import pytest

from kt_gui.samples import comparison as samples_comparison
from kt_gui.schema import comparison_words as words
from kt_gui.schema.comparisons import Matched, Repeated


def matched(p: float, only_first: int = 5, only_second: int = 14) -> Matched:
    told = samples_comparison.matched(only_first=only_first, only_second=only_second)
    return msgspec.structs.replace(told, test=msgspec.structs.replace(told.test, p=p))


@pytest.mark.parametrize(
    ("p", "said"),
    [
        (0.0499, "p = 0.05 (McNemar, exact): hardly chance."),
        (0.0636, "p = 0.064 (McNemar, exact): it may be chance."),
        (1.0, "p = 1 (McNemar, exact): it may be chance."),
        (3e-9, "p < 0.0001 (McNemar, exact): hardly chance."),
        (0.00012, "p = 0.00012 (McNemar, exact): hardly chance."),
    ],
)
def test_a_chance_is_said_with_two_digits(p: float, said: str) -> None:
    assert words.chance(matched(p)) == said


@pytest.mark.parametrize(
    ("only_second", "said"),
    [
        (1, "B gets 1 picture right that A gets wrong, A 5 that B gets wrong."),
        (0, "B gets 0 pictures right that A gets wrong, A 5 that B gets wrong."),
    ],
)
def test_pictures_are_counted(only_second: int, said: str) -> None:
    assert words.disagreement(matched(0.5, only_second=only_second), "A", "B") == said


def test_a_difference_has_a_sign_and_an_interval() -> None:
    assert words.difference(matched(0.06), "A", "B") == "B − A: +4.3 points (95 % interval +0.1 to +8.8)."
    assert words.points(-0.0123) == "−1.2"


@pytest.mark.parametrize(("place", "letter"), [(0, "A"), (25, "Z"), (26, "A2"), (53, "B3")])
def test_runs_have_letters_however_many_there_are(place: int, letter: str) -> None:
    assert words.letter(place) == letter


@pytest.mark.parametrize(
    ("members", "said"),
    [((1,), "B"), ((0, 2), "A, C"), ((0, 1), "A, B"), ((1, 2, 3, 4), "B–E"), ((0, 1, 3), "A, B, D")],
)
def test_a_group_names_its_runs(members: tuple[int, ...], said: str) -> None:
    assert words.members(Repeated(members=members, tested=0, mean=None, sd=None, low=None, high=None)) == said
