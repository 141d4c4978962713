import pytest

from kt_gui.schema.gain_words import change, points, raced, remembered, told
from kt_gui.schema.remembering import Forgetting
from kt_gui.schema.study_answers import GainVerdict, Reached

REACHED = (
    Reached(arm="transfer", epochs=1.5, seconds=3.0, source_seconds=41.0),
    Reached(arm="features", epochs=None, seconds=None, source_seconds=41.0),
    Reached(arm="scratch", epochs=8.0, seconds=240.0),
)
LOST = Forgetting(before=0.86, after=0.62, mean=-0.24, low=-0.27, high=-0.205, seeds=6)


def verdict(**changes: object) -> GainVerdict:
    return GainVerdict(scores=(), gains=(), curve=None, outcome="helps", **changes)  # type: ignore[arg-type]


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({}, "transfer after 3.0 s, features only never, from scratch after 4 min."),
        ({"counts_source": True}, "transfer after 44 s, features only never, from scratch after 4 min."),
        ({"by_epochs": True}, "transfer after 1.5 epochs, features only never, from scratch after 8 epochs."),
    ],
)
def test_who_is_first_is_said_in_time_or_epochs(how: dict[str, bool], said: str) -> None:
    assert plain(raced(REACHED, **how)) == f"What scratch ends with is reached by {said}"


def test_nobody_is_timed_where_no_times_are_known() -> None:
    assert raced(()) == ""
    assert raced((Reached(arm="transfer", epochs=2.0, seconds=None),)) == ""


def test_what_was_forgotten_is_said_with_its_interval() -> None:
    said = plain(remembered(verdict(forgetting=LOST)))
    assert said.startswith(
        "Of the source's test pictures 86.0 % were right before the transfer and 62.0 % are after it"
    )
    assert said.endswith("−24.0 points (95 % interval −27.0 to −20.5, 6 seeds).")


def test_one_seed_has_no_interval() -> None:
    one = Forgetting(before=0.8, after=0.9, mean=0.1, low=None, high=None, seeds=1)
    assert plain(change(verdict(forgetting=one))) == "+10.0 points (1 seed)"
    assert change(verdict()) == ""


def test_why_it_is_not_known_is_said_and_nothing_where_nobody_asked() -> None:
    assert remembered(verdict(unrecalled="It came without its data.")) == "It came without its data."
    assert list(told(verdict())) == []


def test_the_terminal_is_told_of_the_source_s_time_apart() -> None:
    lines = [plain(each) for each in told(verdict(reached=REACHED, forgetting=LOST))]
    assert len(lines) == 3
    assert lines[1] == "Before that, the source was learnt in 41 s."


def test_no_bound_of_a_difference_lies_beyond_a_hundred_points() -> None:
    assert [points(each) for each in (-1.436, -0.01, 1.416)] == ["−100.0", "−1.0", "+100.0"]
