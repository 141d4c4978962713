"""`kt runs`: sought, tagged, sorted, grouped."""

import json
from pathlib import Path

import msgspec
import pytest

from kt_gui import samples
from kt_gui.schema.events import Result
from kt_gui.store.folders import Home
from kt_gui.store.runs import Runs, change
from tests.cli.test_cli import Kt, english, kt

__all__ = ["english", "kt"]
ACCURACIES = {"ants 0": 0.7, "ants 1": 0.8, "bees 0": 0.9}


@pytest.fixture(autouse=True)
def listed(home: Path) -> dict[str, str]:
    """Three runs, two of which differ in their seed only; their ids by name."""
    store, ids = Runs(Home.under(home)), {}
    for place, (name, accuracy) in enumerate(ACCURACIES.items()):
        data = "emoji-noto" if name.startswith("ants") else "fashion"
        target = msgspec.structs.replace(
            samples.EXPERIMENT.target, data=msgspec.structs.replace(samples.EXPERIMENT.target.data, name=data)
        )
        folder = store.create(msgspec.structs.replace(samples.EXPERIMENT, name=name, seed=place, target=target))
        result = Result(None, accuracy, 2, 1.5, 10, 20, 6.0)
        tags = ("baseline",) if place == 1 else ()
        told = change(
            folder, state="finished", process=None, result=result, started=1e9 + place, seconds=9.0 - place, tags=tags
        )
        ids[name] = told.id
    return ids


def names(out: str) -> list[str]:
    """What the lines of JSON call the runs."""
    return [json.loads(line)["name"] for line in out.splitlines()]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ((), ["bees 0", "ants 1", "ants 0"]),
        (("--filter", "FASH"), ["bees 0"]),
        (("--filter", "ants noto"), ["ants 1", "ants 0"]),
        (("--filter", "#base"), ["ants 1"]),
        (("--tag", "baseline"), ["ants 1"]),
        (("--tag", "base"), []),
        (("--sort", "name"), ["ants 0", "ants 1", "bees 0"]),
        (("--sort", "name", "--reverse"), ["bees 0", "ants 1", "ants 0"]),
        (("--sort", "accuracy"), ["bees 0", "ants 1", "ants 0"]),
        (("--sort", "seconds"), ["ants 0", "ants 1", "bees 0"]),
    ],
)
def test_runs_are_sought_and_sorted_as_in_the_window(kt: Kt, words: tuple[str, ...], wanted: list[str]) -> None:
    code, out, _ = kt("runs", "--json", *words)
    assert (code, names(out)) == (0, wanted)


def test_seeds_are_grouped_with_their_mean_and_deviation(kt: Kt, listed: dict[str, str]) -> None:
    code, out, _ = kt("runs", "--group", "--sort", "accuracy", "--json")
    single, group = (json.loads(line) for line in out.splitlines())
    assert code == 0
    assert single["name"] == "bees 0"
    assert group["runs"] == [listed["ants 1"], listed["ants 0"]]
    assert (group["n"], group["mean"], group["sd"]) == (2, pytest.approx(0.75), pytest.approx(0.1 / 2**0.5))


def test_a_group_is_one_line_for_a_person(kt: Kt) -> None:
    _, out, _ = kt("runs", "--group")
    assert "ants 1 · 2 runs  #baseline" in out
    assert "75.0\N{NO-BREAK SPACE}% ± 7.1 (n = 2)" in out
    assert len(out.splitlines()) == 3


def test_nothing_found_is_said(kt: Kt) -> None:
    assert kt("runs", "--filter", "wasps")[1] == "No run is like that.\n"


def test_a_column_that_is_none_is_refused(kt: Kt) -> None:
    code, _, err = kt("runs", "--sort", "colour")
    assert code == 2
    assert "colour" in err
