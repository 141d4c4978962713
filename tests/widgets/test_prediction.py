"""Trying a network on new pictures, as a person does: drop, look, say what is right, save."""

import csv
import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from kt_gui import scenes
from kt_gui.bridge.corrections_model import CorrectionsModel
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models, build
from kt_gui.bridge.prediction_model import PredictionModel
from kt_gui.samples import predictions as samples_predictions
from kt_gui.scenes import using as using_scenes
from kt_gui.schema.datasets import Dataset
from kt_gui.schema.events import Noticed, Thumbnail
from kt_gui.schema.predictions import Enlarged, Given, Guess, Predicted
from kt_gui.schema.texts import Message
from kt_gui.store.folders import Home
from kt_gui.widgets import theme
from kt_gui.widgets.prediction.trial import TryIt
from tests.session.conftest import run, tiny

WAIT_MS = 20_000


class Recorder(CorrectionsModel):
    """Remembers what was said."""

    said: list[tuple[object, ...]]

    def add(self, data: Dataset, png: bytes, name: str, label: str, original: str = "") -> None:
        self.said = [*getattr(self, "said", []), ("add", data, png, name, label)]
        self.changed.emit()

    def take_back(self, data: Dataset, digests: Sequence[str]) -> None:
        self.said.append(("take back", data, *digests))
        self.changed.emit()


@pytest.fixture
def dressed(qapp: QApplication) -> QApplication:
    theme.apply(qapp, "light")
    return qapp


@pytest.fixture
def models(dressed: QApplication) -> Models:
    """Models of a run that has ended; they never start work."""
    made = scenes.sample_models()
    scenes.show_finished(made)
    return made


@pytest.fixture
def full(models: Models) -> Models:
    """The same, with 48 answers, and one file that could not be read."""
    using_scenes.show_predictions(models)
    return models


def shown(qtbot: QtBot, models: Models) -> TryIt:
    section = TryIt(models)
    qtbot.addWidget(section)
    section.resize(1032, 540)
    with qtbot.waitExposed(section):
        section.show()
    return section


def drop(section: TryIt, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    action, buttons, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    section.dropEvent(QDropEvent(QPointF(5, 5), action, data, buttons, keys))


def click(qtbot: QtBot, button: QPushButton) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def listed(section: TryIt) -> list[str]:
    answers = section.list.answers
    return [str(answers.data(answers.index(place))) for place in range(answers.rowCount())]


# --- the list ----------------------------------------------------------------------------------------------------


def test_before_anything_was_asked_it_says_what_to_do(qtbot: QtBot, models: Models) -> None:
    section = shown(qtbot, models)
    assert section.first.isVisible()
    assert not section.list.isVisible()


def test_answers_are_listed_as_they_come_and_the_first_is_looked_at(qtbot: QtBot, models: Models) -> None:
    section = shown(qtbot, models)
    events = samples_predictions.answers(scenes.thumbnails("emoji-noto"))
    models.predictions.apply(events[:11])
    assert len(listed(section)) == 10
    models.predictions.apply(events[11:])
    assert len(listed(section)) == 48
    assert section.detail.name.text() == "emoji 0.png"
    assert section.summary.text().startswith("48 pictures: ")
    assert section.unlike.text() == "7 unlike"
    assert "temperature 1.32" in section.reading.text()


def test_the_unsure_and_the_unlike_ones_come_first_when_they_are_wanted(qtbot: QtBot, full: Models) -> None:
    section = shown(qtbot, full)
    section.list.setCurrentIndex(section.list.answers.index(5))
    looked_at = section.detail.row
    rows = full.predictions.rows
    choose(qtbot, section, "Uncertain first")
    sure = [row.top[0].probability for row in sorted(rows, key=lambda row: row.top[0].probability)]
    assert [row_named(full, name).top[0].probability for name in listed(section)] == sure
    assert section.detail.row is looked_at
    choose(qtbot, section, "Unlike first")
    assert [bool(row_named(full, name).is_unlike) for name in listed(section)] == [True] * 7 + [False] * 41
    choose(qtbot, section, "As given")
    assert listed(section) == [row.name for row in rows]


def choose(qtbot: QtBot, section: TryIt, text: str) -> None:
    button = next(each for each in section.order.findChildren(QPushButton) if each.text() == text)
    click(qtbot, button)


def row_named(models: Models, name: str) -> Predicted:
    return next(row for row in models.predictions.rows if row.name == name)


def test_answers_that_come_later_stand_where_the_order_wants_them(qtbot: QtBot, models: Models) -> None:
    section = shown(qtbot, models)
    choose(qtbot, section, "Uncertain first")
    events = samples_predictions.answers(scenes.thumbnails("emoji-noto"))
    models.predictions.apply(events[:3])
    models.predictions.apply(events[3:])
    shares = [row_named(models, name).top[0].probability for name in listed(section)]
    assert shares == sorted(shares)


def test_a_search_keeps_what_holds_every_word(qtbot: QtBot, full: Models) -> None:
    section = shown(qtbot, full)
    qtbot.keyClicks(section.search_line, "clock 52")
    assert listed(section) == ["emoji 52.png"]


def test_ten_thousand_rows_decode_only_what_is_seen(qtbot: QtBot, models: Models) -> None:
    section = shown(qtbot, models)
    picture = scenes.thumbnails("emoji-noto", 1)[0]
    rows = [samples_predictions.answer(place, picture) for place in range(10_000)]
    models.predictions.apply([samples_predictions.BEGAN, *rows])
    section.grab()
    section.list.scrollToBottom()
    section.grab()
    assert len(listed(section)) == 10_000
    assert 0 < len(section.list.answers._decoded) < 60


def test_files_that_could_not_be_read_stand_behind_a_word(qtbot: QtBot, full: Models) -> None:
    section = shown(qtbot, full)
    assert section.unread.text() == "Show 1 unread file"
    click(qtbot, section.unread)
    (dialog,) = [each for each in QApplication.topLevelWidgets() if each.windowTitle() == "Skipped files"]
    dialog.close()


def test_clearing_forgets_everything(qtbot: QtBot, full: Models) -> None:
    section = shown(qtbot, full)
    full.predictions.fail(Failure("user", "The disk has gone.", "Plug it in.", ""))
    click(qtbot, section.clear)
    assert section.first.isVisible()
    assert listed(section) == []
    assert section.detail.row is None


def test_a_failure_says_what_to_do_and_keeps_the_answers(qtbot: QtBot, full: Models) -> None:
    section = shown(qtbot, full)
    full.predictions.fail(Failure("user", "The disk has gone.", "Plug it in.", ""))
    qtbot.waitUntil(lambda: {"The disk has gone.", "Plug it in."} <= texts(section))
    assert len(listed(section)) == 48


def texts(section: TryIt) -> set[str]:
    return {each.text() for each in section.findChildren(QLabel) if each.isVisible()}


# --- the detail --------------------------------------------------------------------------------------------------


def test_what_is_unlike_says_so_in_words(qtbot: QtBot, full: Models) -> None:
    section = shown(qtbot, full)
    assert not section.detail.unlike.isVisible()
    section.list.setCurrentIndex(section.list.answers.index(3))
    assert section.detail.unlike.isVisible()
    assert "farther than 1.04" in section.detail.unlike.toolTip()
    spoken = section.list.answers.data(section.list.currentIndex(), Qt.ItemDataRole.AccessibleTextRole)
    assert "unlike anything it was trained on" in str(spoken)


def test_an_answer_of_a_picture_that_is_not_looked_at_any_more_is_not_shown(qtbot: QtBot, full: Models) -> None:
    section = shown(qtbot, full)
    first, second = full.predictions.rows[:2]
    section.list.setCurrentIndex(section.list.answers.index(1))
    large = Thumbnail(png=first.thumbnail, label="", name="", split="").png
    full.predictions.apply([Enlarged(given=first.given, png=large, digest="")])
    assert section.detail.picture._png == second.thumbnail


def test_why_says_what_keeps_it_from_being_told(qtbot: QtBot, full: Models) -> None:
    section = shown(qtbot, full)
    click(qtbot, next(each for each in section.detail.views.findChildren(QPushButton) if each.text() == "Why?"))
    full.predictions.apply([Noticed(level="warning", message=Message("The picture has gone."))])
    assert section.detail.words.text() == "The picture has gone."


# --- from one end to the other, with the session behind it -----------------------------------------------------------


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Home]:
    place = Home.under(tmp_path_factory.mktemp("home"))
    return run(tiny(), place), place


@pytest.fixture
def alive(qtbot: QtBot, dressed: QApplication, origin: tuple[Path, Home]) -> Iterator[Models]:
    """Models that work, with a run in view."""
    folder, place = origin
    made = build(place, tiny())
    recorder = Recorder(place, made.root)
    predictions = PredictionModel(place, made.viewing, made.run, recorder, made.root)
    models = dataclasses.replace(made, corrections=recorder, predictions=predictions)
    with qtbot.waitSignal(models.viewing.changed, timeout=WAIT_MS):
        models.run.replay(folder)
    yield models
    models.cancel()
    qtbot.waitUntil(lambda: not any(worker.isRunning() for worker in models.workers()), timeout=WAIT_MS)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "蜜蜂"
    folder.mkdir()
    for place, picture in enumerate(scenes.thumbnails("emoji-noto", 3)):
        (folder / f"{place}.png").write_bytes(picture.png)
    (folder / "broken.png").write_bytes(b"no picture")
    return folder


def test_a_folder_is_dropped_a_picture_is_corrected_and_the_table_saved(
    qtbot: QtBot, alive: Models, pictures: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    section, model = shown(qtbot, alive), alive.predictions
    drop(section, pictures)
    qtbot.waitUntil(lambda: model.ended is not None and not model.busy(), timeout=WAIT_MS)
    assert listed(section) == ["0.png", "1.png", "2.png"]
    assert section.unread.isVisible()
    section.list.setCurrentIndex(section.list.answers.index(1))
    qtbot.waitUntil(lambda: model.enlarged is not None and model.enlarged.given.path.endswith("1.png"), timeout=WAIT_MS)

    recorder = alive.corrections
    assert isinstance(recorder, Recorder)
    with qtbot.waitSignal(recorder.changed, timeout=WAIT_MS):
        next(each for each in section.detail.wrong.menu().actions() if each.text() == "heart").trigger()
    ((_, data, png, name, label),) = recorder.said
    assert (data, name, label) == (tiny().target.data, "1.png", "heart")
    assert Image.open(pictures / "1.png").convert("RGB").tobytes() == opened(png).tobytes()
    qtbot.waitUntil(lambda: section.detail.undo.isVisible(), timeout=WAIT_MS)
    assert section.detail.added.text() == "Added as heart: the next run learns from it."
    assert not section.detail.right.isEnabled()
    click(qtbot, section.detail.undo)
    assert recorder.said[-1][0] == "take back"
    assert section.detail.right.isEnabled()

    out = tmp_path / "answers.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(out), ""))
    click(qtbot, section.save)
    qtbot.waitUntil(lambda: model.saved is not None, timeout=WAIT_MS)
    with out.open(encoding="utf-8", newline="") as file:
        assert [row["predicted"] for row in csv.DictReader(file)] == [row.top[0].label for row in model.rows]


def opened(png: object) -> Image.Image:
    import io

    assert isinstance(png, bytes)
    return Image.open(io.BytesIO(png)).convert("RGB")


def test_a_pasted_picture_is_answered_and_explained(qtbot: QtBot, alive: Models) -> None:
    section, model = shown(qtbot, alive), alive.predictions
    image = QImage(20, 20, QImage.Format.Format_ARGB32)
    image.fill(QColor("red"))
    QGuiApplication.clipboard().setImage(image)
    section.paste.activated.emit()
    qtbot.waitUntil(lambda: bool(model.rows), timeout=WAIT_MS)
    assert model.rows[0].name.startswith("Pasted at")
    click(qtbot, next(each for each in section.detail.views.findChildren(QPushButton) if each.text() == "Why?"))
    qtbot.waitUntil(lambda: model.explained is not None, timeout=WAIT_MS)
    assert model.explained is not None
    assert model.explained.target == model.rows[0].top[0].label
    assert section.detail.picture._png == model.explained.after


def test_another_checkpoint_is_asked_the_same(qtbot: QtBot, alive: Models, pictures: Path) -> None:
    section, model = shown(qtbot, alive), alive.predictions
    drop(section, pictures / "0.png")
    qtbot.waitUntil(lambda: model.ended is not None and not model.busy(), timeout=WAIT_MS)
    section.hide()
    alive.viewing.choose("last")
    assert model.is_stale
    section.show()
    qtbot.waitUntil(lambda: model.ended is not None and not model.busy(), timeout=WAIT_MS)
    assert model.began is not None
    assert model.began.checkpoint == "last"
    assert listed(section) == ["0.png"]


def test_what_is_dropped_while_it_works_is_answered_after_that(qtbot: QtBot, alive: Models, pictures: Path) -> None:
    section, model = shown(qtbot, alive), alive.predictions
    drop(section, pictures / "0.png")
    drop(section, pictures / "1.png")
    qtbot.waitUntil(lambda: len(model.rows) == 2 and not model.busy(), timeout=WAIT_MS)
    assert listed(section) == ["0.png", "1.png"]


def test_a_correction_that_could_not_be_recorded_bears_no_mark(qtbot: QtBot, alive: Models, pictures: Path) -> None:
    model, recorder = alive.predictions, alive.corrections
    row = Predicted(name="0.png", given=Given(path=str(pictures / "0.png")), top=(Guess("clock", 1.0),))
    failure = Failure("user", "The disk is full.", "Make room.", "")

    def refuse(*_said: object) -> None:
        recorder.failed.emit(failure)

    recorder.add = refuse  # type: ignore[method-assign]
    model.add(row, "heart")
    qtbot.waitUntil(lambda: not model.busy("add"), timeout=WAIT_MS)
    assert model.added == {}
