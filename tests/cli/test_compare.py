"""`kt compare`: what a person reads, and what a program does."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kt_gui import samples
from kt_gui.schema.events import Event
from kt_gui.session import comparing
from kt_gui.store.folders import Home
from tests.cli.test_cli import Kt, english, kt
from tests.session.test_comparing import A, B, judged, made, replace

__all__ = ["english", "kt"]


@pytest.fixture(autouse=True)
def three(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Three runs, the last of which was tested on other pictures."""
    place, base = Home.under(home), samples.EXPERIMENT
    longer = replace(base, name="longer", training=replace(base.training, epochs=40))
    folders = [made(place, base, 0.5), made(place, longer, 0.8), made(place, replace(base, name="seeded", seed=5), 0.6)]
    said = [A, B, [("x", 0, 0)]]
    answers = {each.name: judged(each, rows) for each, rows in zip(folders, said, strict=True)}

    def evaluate(folder: Path, *_asked: object) -> Iterator[Event]:
        yield answers[folder.name]

    monkeypatch.setattr(comparing, "evaluate", evaluate)
    return folders


def test_a_person_reads_results_settings_and_who_is_better(kt: Kt) -> None:
    code, out, err = kt("compare", "emoji", "longer")
    assert (code, err) == (0, "")
    for part in (
        "A  emoji",
        "50.0\N{NO-BREAK SPACE}% (60.0–80.0)",
        "training.epochs       24  40  epochs",
        "On the 6 test pictures of both.",
        "B gets 3 pictures right that A gets wrong, A 1 that B gets wrong. p = 0.62 (McNemar, exact): it may be",
        "B − A: +33.3 points (95 % interval",
        "Wrong with A, right with B:\n  u.png (cat): dog → cat",
        "Right with A, wrong with B:\n  t.png (dog): dog → cat",
    ):
        assert part in out, out


def test_seeds_are_summed_up_and_who_cannot_be_matched_is_told_why(kt: Kt) -> None:
    _, out, _ = kt("compare", "emoji", "longer", "seeded")
    assert "A, C: 55.0\N{NO-BREAK SPACE}% ± 7.1 over 2 seeds (95 % interval of the mean" in out
    assert "A and C cannot be compared picture by picture: The two runs share no test picture." in out


def test_a_program_reads_events(kt: Kt, three: list[Path]) -> None:
    code, out, _ = kt("compare", *map(str, three), "--json")
    told = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [each["event"] for each in told] == ["contrasted", "matched", "unmatched"]
    assert [each["picture"]["name"] for each in told[1]["gained"]] == ["u.png", "s.png", "r.png"]
    assert told[0]["settings"][0]["values"] == [24, 40, 24]
    assert len(told[0]["runs"][0]["lines"]["validation_loss"]) == 3


def test_runs_that_only_differ_in_seed_are_said_to_have_the_same_settings(kt: Kt) -> None:
    assert "The settings are the same but for name and seed." in kt("compare", "emoji", "seeded")[1]


@pytest.mark.parametrize(("runs", "part"), [(["emoji"], "Choose two runs or more"), (["emoji", "nothing"], "nothing")])
def test_too_few_runs_and_unknown_ones_are_refused(kt: Kt, runs: list[str], part: str) -> None:
    code, out, err = kt("compare", *runs)
    assert (code, out) == (2, "")
    assert part in err
