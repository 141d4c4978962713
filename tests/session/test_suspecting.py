"""Labels that are probably wrong, in runs that end within a second."""

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import create_autospec

import numpy as np
import pytest
from PIL import Image

from kt_gui import session
from kt_gui.engine.labelling import out_of_fold
from kt_gui.schema.columns import unpack
from kt_gui.schema.corrections import Confirmation, Exclusion
from kt_gui.schema.datasets import ImageFolder
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event
from kt_gui.schema.experiment import Scratch, Target
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.schema.suspicions import Suspected, suspects_of
from kt_gui.session import suspecting
from kt_gui.store.folders import Home
from tests.session.conftest import run, tiny

SHADES = {"dark": 50, "light": 200}
WRONG = ("dark/17.png", "light/3.png")


@pytest.fixture
def shades(tmp_path: Path) -> ImageFolder:
    """Twenty dark and twenty light pictures, of which two lie in the wrong folder."""
    chance = np.random.default_rng(0)
    for name, shade in SHADES.items():
        (tmp_path / "shades" / name).mkdir(parents=True)
        for number in range(20):
            wrong = f"{name}/{number}.png" in WRONG
            level = (250 - shade if wrong else shade) + chance.integers(-30, 31, (16, 16, 3))
            Image.fromarray(level.astype(np.uint8)).save(tmp_path / "shades" / name / f"{number}.png")
    return ImageFolder(path=str(tmp_path / "shades"))


def look(folder: Path, place: Home) -> Suspected:
    *_, found = session.suspects(folder, StopToken(), place)
    assert isinstance(found, Suspected)
    return found


def named(found: Suspected) -> list[str]:
    return [each.picture.name for each in suspects_of(found)]


def test_pictures_in_the_wrong_folder_are_first_and_judged_once(
    shades: ImageFolder, place: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = run(tiny(target=Target(data=shades)), place)
    found = look(folder, place)
    assert found.judge == "source"
    assert len(found.names) == 40
    assert set(found.names[:2]) == set(WRONG)
    assert set(named(found)) == set(WRONG)
    first = suspects_of(found)[0]
    assert {first.picture.label, first.picture.predicted} == set(SHADES)
    assert first.probability < 0.5 < (first.picture.confidence or 0)
    monkeypatch.setattr("kt_gui.engine.labelling.out_of_fold", create_autospec(out_of_fold, side_effect=AssertionError))
    assert look(folder, place) == found


def test_what_was_decided_on_is_not_asked_again(shades: ImageFolder, place: Home) -> None:
    folder = run(tiny(target=Target(data=shades)), place)
    first, second = (each.picture for each in suspects_of(look(folder, place))[:2])
    said = [
        Confirmation(digest=first.digest, name=first.name, label=first.label),
        Exclusion(digest=second.digest, name=second.name),
    ]
    list(session.correct(shades, said, StopToken(), place))
    found = look(folder, place)
    assert found.settled == 2
    assert len(found.names) == len(unpack(found.issues)) == len(unpack(found.probabilities)) == 38
    assert named(found) == []
    list(session.correct(shades, (), StopToken(), place, forgotten=[first.digest]))
    assert named(look(folder, place)) == [first.name]


def test_without_a_source_the_runs_own_network_is_asked_of_what_it_did_not_learn(
    shades: ImageFolder, place: Home
) -> None:
    folder = run(tiny(source=Scratch(network="small_cnn"), target=Target(data=shades)), place)
    found = look(folder, place)
    assert found.judge == "own"
    assert set(found.splits) == {"validation", "test"}
    assert (np.diff(unpack(found.probabilities)[:, 0]) >= 0).all()


def test_a_table_holds_every_picture(shades: ImageFolder, place: Home, tmp_path: Path) -> None:
    found = look(run(tiny(target=Target(data=shades)), place), place)
    session.tabulate_suspects(found, tmp_path / "table.csv", overwrite=False)
    heading, first, *rest = (tmp_path / "table.csv").read_text("utf-8").splitlines()
    assert heading == "name,label,probability,suggested,suggested_probability,issue,split"
    assert first.startswith(found.names[0])
    assert ",yes," in first
    assert len(rest) == 39
    with pytest.raises(UserError, match="already"):
        session.tabulate_suspects(found, tmp_path / "table.csv", overwrite=False)


def test_judging_stops_when_asked_and_keeps_nothing_half_done(shades: ImageFolder, place: Home) -> None:
    folder, stop = run(tiny(target=Target(data=shades)), place), StopToken()

    def until_stopped() -> Iterator[Event]:
        for event in session.suspects(folder, stop, place):
            stop.stop("keep")
            yield event

    with pytest.raises(Stopped):
        list(until_stopped())
    assert not list(folder.glob(f"report/{suspecting.KIND}*"))


def test_data_that_is_another_than_it_was_is_told_of(shades: ImageFolder, place: Home) -> None:
    folder = run(tiny(target=Target(data=shades)), place)
    look(folder, place)
    (Path(shades.path) / "dark" / "0.png").unlink()
    with pytest.raises(UserError, match="not those the run began with"):
        look(folder, place)
