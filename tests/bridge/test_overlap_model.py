"""Pictures of the test in the source: searched for, left out, taken back."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kt_gui import samples
from kt_gui.bridge.corrections_model import CorrectionsModel
from kt_gui.bridge.left_out import LeftOut
from kt_gui.bridge.overlap_model import OverlapModel, learner_of
from kt_gui.samples import overlaps
from kt_gui.schema.corrections import Corrected, Exclusion
from kt_gui.schema.experiment import EarlierRun, Pretrain, Target, Zoo
from kt_gui.schema.overlaps import Side
from kt_gui.store.folders import Home, home
from tests.session.conftest import tiny
from tests.session.test_searching import folder_of, scene


@pytest.fixture
def corrections(qapp: QApplication) -> CorrectionsModel:
    return CorrectionsModel(Home.under(Path("/home/kt")), qapp, is_enabled=False)


@pytest.fixture
def model(qapp: QApplication, corrections: CorrectionsModel) -> OverlapModel:
    place = Home.under(Path("/home/kt"))
    left_out = LeftOut(place, corrections, qapp, is_enabled=False)
    made = OverlapModel(place, corrections, left_out, qapp, is_enabled=False)
    made.apply([overlaps.overlap()])
    return made


def test_every_pair_is_a_row(model: OverlapModel) -> None:
    assert [pair for _, pair in model.rows] == list(overlaps.overlap().pairs)
    model.apply([overlaps.overlap(2, run="/runs/1")])
    assert len(model.rows) == 9


@pytest.mark.parametrize("side", ["source", "test"])
def test_what_a_person_leaves_out_is_said_of_that_side_and_marked_once_it_is_written(
    model: OverlapModel, corrections: CorrectionsModel, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[tuple[object, list[str]]] = []
    monkeypatch.setattr(
        corrections, "exclude", lambda data, pictures: said.append((data, [p.digest for p in pictures]))
    )
    found, row = overlaps.overlap(), model.rows[1]
    data, digest = (found.source, "source 1") if side == "source" else (found.target, "target 1")
    model.leave_out([row], side)
    assert said == [(data, [digest])]
    assert not model.is_left_out(row, side)
    corrections.apply([Corrected(data=data, corrections=(Exclusion(digest=digest, name=""),), file="", beside=True)])
    assert model.is_left_out(row, side)
    assert not model.is_left_out(row, "test" if side == "source" else "source")
    assert not model.is_left_out(model.rows[0], side)


def test_only_what_was_left_out_is_taken_back(
    model: OverlapModel, corrections: CorrectionsModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[tuple[object, list[str]]] = []
    monkeypatch.setattr(corrections, "take_back", lambda data, digests: taken.append((data, list(digests))))
    data = overlaps.overlap().target
    corrections.apply(
        [Corrected(data=data, corrections=(Exclusion(digest="target 2", name=""),), file="", beside=True)]
    )
    model.take_back(model.rows)
    assert taken == [(data, ["target 2"])]
    corrections.apply([Corrected(data=data, corrections=(), file="", beside=True)])
    assert not model.is_left_out(model.rows[2], "test")


def test_what_a_run_has_learnt_cannot_be_left_out_of_it(model: OverlapModel) -> None:
    assert model.hindrance(model.rows, "source") == ""
    model.apply([overlaps.overlap(1, run="/runs/1")])
    assert "has learnt from Twemoji emoji already" in model.hindrance(model.rows, "source")
    assert model.hindrance(model.rows, "test") == ""


def test_what_a_source_learns_from_is_its_data_or_its_run() -> None:
    source = samples.EXPERIMENT.source
    assert isinstance(source, Pretrain)
    assert learner_of(samples.EXPERIMENT) == source.data
    run = EarlierRun(run="emoji")
    assert learner_of(tiny(source=run)) == run
    assert learner_of(tiny(source=Zoo(model="bundled/efficientnet_lite0"))) is None


def test_a_search_finds_leaves_out_and_finds_no_more(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    source = folder_of(tmp_path / "source", {"train": range(6)})
    data = folder_of(tmp_path / "target", {"train": range(10, 16), "val": range(16, 20), "test": range(20, 24)})
    scene(3).save(tmp_path / "target" / "test" / "even" / "20.png")
    corrections = CorrectionsModel(home(), qapp)
    model = OverlapModel(home(), corrections, LeftOut(home(), corrections, qapp), qapp)
    model.ask(source, Target(data=data), seed=0)
    assert model.is_busy
    qtbot.waitUntil(lambda: not model.is_busy, timeout=60_000)
    assert [(pair.first.name, pair.second.name) for _, pair in model.rows] == [("train/odd/3.png", "test/even/20.png")]
    model.leave_out(model.rows, "source")
    qtbot.waitUntil(lambda: model.is_left_out(model.rows[0], "source"), timeout=60_000)
    model.search("hash")
    qtbot.waitUntil(lambda: not model.is_busy, timeout=60_000)
    assert (model.rows, model.overlaps[0].searched) == ([], 5)
