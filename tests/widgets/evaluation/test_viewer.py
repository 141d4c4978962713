from pathlib import Path
from unittest.mock import create_autospec

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from kt_gui.bridge.album import LARGE
from kt_gui.bridge.corrections_model import CorrectionsModel
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models
from kt_gui.bridge.selection import Selection
from kt_gui.schema.corrections import Corrected, Exclusion
from kt_gui.schema.datasets import ImageFolder
from kt_gui.schema.evaluations import Glimpsed, Picture
from kt_gui.widgets.evaluation.viewer import Viewer, show_pictures
from kt_gui.widgets.notices import Notice
from tests.widgets.small_pictures import png


@pytest.fixture
def corrections(evaluated: Models, monkeypatch: pytest.MonkeyPatch) -> CorrectionsModel:
    """What is recorded of pictures; nothing is written."""
    for name in ("exclude", "move", "take_back"):
        monkeypatch.setattr(evaluated.corrections, name, create_autospec(getattr(evaluated.corrections, name)))
    return evaluated.corrections


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


def mistakes(models: Models) -> list[Picture]:
    answer = models.evaluation.answer
    assert answer is not None
    return list(answer.judgement.pictures(answer.judgement.behind(Selection(verdict="wrong"))))


def opened(qtbot: QtBot, models: Models, parent: QWidget, at: int = 0) -> Viewer:
    viewer = show_pictures(models, mistakes(models), at, parent)
    viewer.activateWindow()
    qtbot.waitUntil(viewer.isActiveWindow)
    return viewer


def noticed(viewer: Viewer) -> list[str]:
    return [each.text.text() for each in viewer.findChildren(Notice) if each.isVisible()]


def lines(viewer: Viewer) -> list[tuple[str, str]]:
    guesses = viewer.likelihood._guesses if viewer.likelihood.isVisible() else ()
    return [(guess.label, f"{100 * guess.probability:.1f} %") for guess in guesses]


def test_it_shows_what_a_picture_is_and_what_it_was_taken_for(qtbot: QtBot, evaluated: Models, parent: QWidget) -> None:
    viewer, picture = opened(qtbot, evaluated, parent, 2), mistakes(evaluated)[2]
    assert viewer.windowTitle() == picture.name
    assert viewer.truth.text() == picture.label
    assert viewer.predicted.text() == picture.predicted != picture.label
    assert viewer.position.text() == f"3 of {len(mistakes(evaluated))}"


def test_it_shows_the_five_most_probable_classes(qtbot: QtBot, evaluated: Models, parent: QWidget) -> None:
    viewer, picture = opened(qtbot, evaluated, parent), mistakes(evaluated)[0]
    shown = lines(viewer)
    assert len(shown) == 5
    assert picture.confidence is not None
    assert shown[0] == (picture.predicted, f"{100 * picture.confidence:.1f} %")


def test_arrow_keys_walk_through_the_pictures_and_round_the_ends(
    qtbot: QtBot, evaluated: Models, parent: QWidget
) -> None:
    viewer, pictures = opened(qtbot, evaluated, parent), mistakes(evaluated)
    for key, expected in (
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_Left, 0),
        (Qt.Key.Key_Left, -1),
        (Qt.Key.Key_Right, 0),
        (Qt.Key.Key_End, -1),
        (Qt.Key.Key_Home, 0),
    ):
        qtbot.keyClick(viewer, key)
        assert viewer.picture == pictures[expected]
    qtbot.mouseClick(viewer.next, Qt.MouseButton.LeftButton)
    assert viewer.picture == pictures[1]


def test_arrow_keys_walk_wherever_the_focus_is(qtbot: QtBot, evaluated: Models, parent: QWidget) -> None:
    viewer = opened(qtbot, evaluated, parent)
    viewer.exclude.setFocus()
    qtbot.keyClick(viewer.exclude, Qt.Key.Key_Right)
    assert viewer.picture == mistakes(evaluated)[1]


def test_the_picture_is_shown_when_it_comes(qtbot: QtBot, evaluated: Models, parent: QWidget) -> None:
    far = Picture(index=9999, name="far.png", digest="f", label="clock")
    viewer = show_pictures(evaluated, [far], 0, parent)
    assert viewer.canvas.pixmap is None
    assert evaluated.viewing.folder is not None
    album = evaluated.albums.open(evaluated.viewing.folder, side=LARGE)
    album.apply([Glimpsed(indexes=(9999,), pngs=(png("red"),))])
    middle = viewer.canvas.rect().center()
    assert viewer.canvas.grab().toImage().pixelColor(middle).name() == "#ff0000"


def test_a_picture_that_was_not_judged_shows_no_probabilities(qtbot: QtBot, evaluated: Models, parent: QWidget) -> None:
    viewer = show_pictures(evaluated, [Picture(index=9999, name="far.png", digest="f", label="clock")], 0, parent)
    assert lines(viewer) == []
    assert not viewer.taken.isVisible()
    assert not viewer.next.isEnabled()


def test_a_prediction_of_the_callers_own_is_shown(qtbot: QtBot, evaluated: Models, parent: QWidget) -> None:
    picture = Picture(index=9999, name="far.png", digest="f", label="clock", predicted="heart", confidence=0.625)
    viewer = show_pictures(evaluated, [picture], 0, parent)
    assert viewer.predicted.text() == "heart"
    assert viewer.sure.text().replace("\xa0", " ") == "62.5 %"


def test_leaving_a_picture_out_is_recorded_and_can_be_undone(
    qtbot: QtBot, evaluated: Models, corrections: CorrectionsModel, parent: QWidget
) -> None:
    viewer, picture = opened(qtbot, evaluated, parent), mistakes(evaluated)[0]
    assert evaluated.run.experiment is not None
    data = evaluated.run.experiment.target.data
    qtbot.mouseClick(viewer.exclude, Qt.MouseButton.LeftButton)
    corrections.exclude.assert_called_once_with(data, [picture])  # type: ignore[attr-defined]
    assert not viewer.exclude.isVisible()
    undo = next(each for each in viewer.findChildren(QPushButton) if each.text() == "Undo")
    qtbot.mouseClick(undo, Qt.MouseButton.LeftButton)
    corrections.take_back.assert_called_once_with(data, [picture.digest])  # type: ignore[attr-defined]
    assert viewer.exclude.isVisible()


def test_what_was_left_out_elsewhere_says_so_and_can_be_taken_back(
    qtbot: QtBot, evaluated: Models, parent: QWidget, corrections: CorrectionsModel
) -> None:
    viewer = opened(qtbot, evaluated, parent)
    data, picture = viewer.data, viewer.picture
    assert data is not None
    said = (Exclusion(digest=picture.digest, name=picture.name),)
    corrections.apply([Corrected(data=data, corrections=said, file="", beside=True)])
    qtbot.waitUntil(lambda: noticed(viewer) == ["Left out of the data."])
    assert not viewer.exclude.isVisible()
    viewer.undo()
    corrections.take_back.assert_called_once_with(data, [picture.digest])  # type: ignore[attr-defined]
    corrections.apply([Corrected(data=data, corrections=(), file="", beside=True)])
    assert viewer.exclude.isVisible()


def test_a_picture_is_moved_by_the_menu_of_classes(
    qtbot: QtBot, evaluated: Models, corrections: CorrectionsModel, parent: QWidget
) -> None:
    viewer, picture = opened(qtbot, evaluated, parent), mistakes(evaluated)[0]
    action = next(each for each in viewer.move_to.menu().actions() if each.text() == picture.predicted)
    action.trigger()
    assert evaluated.run.experiment is not None
    data = evaluated.run.experiment.target.data
    corrections.move.assert_called_once_with(data, [picture], picture.predicted)  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: noticed(viewer) == [f"Filed under {picture.predicted}."])


def test_what_was_done_to_one_picture_does_not_stand_beside_the_next(
    qtbot: QtBot, evaluated: Models, corrections: CorrectionsModel, parent: QWidget
) -> None:
    viewer = opened(qtbot, evaluated, parent)
    viewer.leave_out()
    qtbot.keyClick(viewer, Qt.Key.Key_Right)
    assert viewer.exclude.isVisible()
    qtbot.keyClick(viewer, Qt.Key.Key_Left)
    assert not viewer.exclude.isVisible()


def test_what_could_not_be_recorded_is_said(
    qtbot: QtBot, evaluated: Models, corrections: CorrectionsModel, parent: QWidget
) -> None:
    viewer = opened(qtbot, evaluated, parent)
    viewer.leave_out()
    corrections.failed.emit(Failure("user", "The disk is full.", "Make room.", ""))
    assert viewer.exclude.isVisible()
    qtbot.waitUntil(lambda: noticed(viewer) == ["The disk is full."])


def test_a_picture_without_a_file_cannot_be_shown_in_its_folder(
    qtbot: QtBot, evaluated: Models, parent: QWidget
) -> None:
    viewer = opened(qtbot, evaluated, parent)
    assert not viewer.reveal.isEnabled()
    assert viewer.why_not.isVisible()


def test_a_picture_with_a_file_is_shown_in_its_folder(
    qtbot: QtBot, evaluated: Models, parent: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "clock").mkdir()
    (tmp_path / "clock" / "a.png").write_bytes(png())
    opened_urls: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened_urls.append(url.toLocalFile()))
    pictures = [Picture(index=0, name="clock/a.png", digest="a", label="clock")]
    viewer = show_pictures(evaluated, pictures, 0, parent, data=ImageFolder(path=str(tmp_path)))
    qtbot.mouseClick(viewer.reveal, Qt.MouseButton.LeftButton)
    assert [Path(each) for each in opened_urls] == [tmp_path / "clock"]
    assert viewer.name.text() == "a.png"


def test_probabilities_are_those_of_the_same_data_only(qtbot: QtBot, evaluated: Models, parent: QWidget) -> None:
    same_place = msgspec.structs.replace(mistakes(evaluated)[0], predicted="")
    viewer = show_pictures(evaluated, [same_place], 0, parent, data=ImageFolder(path="/other"))
    assert lines(viewer) == []


def test_it_closes_and_the_models_live_on(qtbot: QtBot, evaluated: Models, parent: QWidget) -> None:
    viewer = opened(qtbot, evaluated, parent)
    with qtbot.waitSignal(viewer.destroyed):
        viewer.close()
    evaluated.evaluation.changed.emit()
    evaluated.corrections.failed.emit(Failure("user", "", "", ""))
