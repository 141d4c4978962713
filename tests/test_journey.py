"""One way through the real window, with the real session behind it: own pictures, and what is kept of them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from kt_gui import session
from kt_gui.bridge.album import LARGE
from kt_gui.bridge.experiment_model import blank
from kt_gui.bridge.models import Models, build
from kt_gui.bridge.phase_curves import PhaseCurves
from kt_gui.schema.experiment import EarlierRun, Pretrain
from kt_gui.schema.quantities import percent
from kt_gui.store.folders import Home
from kt_gui.store.runs import change
from kt_gui.store.translations import speak
from kt_gui.widgets import theme
from kt_gui.widgets.notices import Notice
from kt_gui.window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")
PATIENCE_MS = 60_000
EPOCHS = 400
"""More than anyone waits for: the run goes on until it is stopped."""


class Journey:
    """A window over a home, and the waiting for what it shows."""

    def __init__(self, qtbot: QtBot, home: Path) -> None:
        self._qtbot = qtbot
        self.models: Models = build(Home.under(home), blank(session.example("emoji"), "cpu"))
        self.window = MainWindow(self.models, speak)
        qtbot.addWidget(self.window)
        with qtbot.waitExposed(self.window):
            self.window.show()
        with qtbot.waitSignal(self.models.runs.listed, timeout=PATIENCE_MS):
            self.models.runs.refresh()

    def page(self, name: str) -> Any:
        """The page of this name, which must be the one shown."""
        assert self.window.page == name
        return self.window.pages[name]

    def press(self, button: QPushButton) -> None:
        """Press a button as soon as it can be pressed."""
        self.wait(button.isEnabled)
        button.click()

    def wait(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so."""
        self._qtbot.waitUntil(is_so, timeout=PATIENCE_MS)

    def edit(self, path: str, value: object) -> None:
        """Change a setting."""
        self.models.experiment.edit(path, value)

    def close(self) -> None:
        """Close the window; it does so once every thread has ended."""
        with self._qtbot.waitSignal(self.window.closed, timeout=PATIENCE_MS):
            self.window.close()


@pytest.fixture
def dressed(qapp: QApplication) -> Iterator[None]:
    theme.apply(qapp, "light")
    yield
    theme.apply(qapp, "light")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Twenty pictures of two classes, in folders whose names not every system can spell."""
    chance = np.random.default_rng(0)
    for place, name in enumerate(("rötlich", "蓝色")):
        folder = tmp_path / "Bilder äöü 图片" / name
        folder.mkdir(parents=True)
        for each in range(10):
            pixels = chance.integers(0, 120, (16, 16, 3), dtype=np.uint8)
            pixels[..., 2 * place] += 130
            Image.fromarray(pixels).save(folder / f"{each}.png")
    return tmp_path / "Bilder äöü 图片"


def test_own_pictures_from_the_first_click_to_the_run_that_is_taken_up_again(
    qtbot: QtBot, dressed: None, home: Path, pictures: Path
) -> None:
    first = Journey(qtbot, home)
    choose(first, pictures)
    stop_on_the_way(first)
    evaluate(first)
    export(first)
    ask_about(first, pictures)
    kept, folder = curves(first.models), Path(first.models.run.folder)
    first.close()

    again = Journey(qtbot, home)
    open_from_the_list(again)
    assert curves(again.models) == kept
    use_as_source(again, folder)
    again.close()

    change(folder, state="running", result=None, process=None)  # as a power cut leaves it
    last = Journey(qtbot, home)
    resume(last, kept)
    last.close()


def choose(journey: Journey, pictures: Path) -> None:
    """Put an experiment together: three kinds of emoji as the source, a dropped folder as the target."""
    journey.page("start").new.click()
    experiment = journey.models.experiment.experiment
    assert isinstance(experiment.source, Pretrain)
    journey.edit("source.data", msgspec.structs.replace(experiment.source.data, classes=("clock", "heart", "face")))
    journey.edit("source.per_class", 8)
    for training in ("source.training", "training"):
        journey.edit(f"{training}.image_size", 16)
    journey.edit("source.training.epochs", 2)
    journey.edit("training.epochs", EPOCHS)
    journey.press(journey.page("source").next)
    target = journey.page("target")
    assert not target.next.isEnabled()
    target.pictures.zone.take(str(pictures))
    journey.press(target.next)
    transfer = journey.page("transfer")
    journey.wait(lambda: journey.models.network.described is not None)
    journey.press(transfer.rehearsal.start)


def stop_on_the_way(journey: Journey) -> None:
    """Watch the curve grow, then stop and keep the best epoch."""
    page, run = journey.page("train"), journey.models.run
    journey.wait(lambda: len(run.phases) == 2 and len(run.phases[-1].epochs) >= 3)
    lengths = [len(item.getData()[0]) for item in (page.curves.charts[0].train, page.curves.charts[0].validation)]
    assert all(length >= 2 + 3 for length in lengths)
    page.bar.keep.click()
    journey.wait(lambda: not run.is_busy)
    assert run.state == "stopped"
    assert 3 <= len(run.phases[-1].epochs) < EPOCHS
    checkpoints = {each.name for each in (Path(run.folder) / "checkpoints").iterdir()}
    assert {"best.safetensors", "last.safetensors"} <= checkpoints
    page.bar.evaluate.click()
    assert "test pictures are right" in journey.page("evaluate").sections.made["overview"].sentence.text()


def evaluate(journey: Journey) -> None:
    """Read the numbers, go to the pictures behind one of them, and look at one."""
    sections, evaluation = journey.page("evaluate").sections, journey.models.evaluation
    findings = sections.made["overview"].findings
    journey.wait(lambda: evaluation.answer is not None and findings.isVisible())
    answer = evaluation.answer
    assert answer is not None
    assert findings.f1.figure.text() == percent(answer.evaluated.scores.f1 or 0)
    findings.balanced.figure.click()
    gallery = sections.made["pictures"]
    assert gallery.isVisible()
    assert gallery.grid.count() == answer.evaluated.scores.total
    viewer = gallery.open_viewer(0)
    assert viewer.picture.label in ("rötlich", "蓝色")
    large = journey.models.albums.open(Path(journey.models.run.folder), side=LARGE)
    journey.wait(lambda: bool(large.request(viewer.picture.index)))
    viewer.close()


def export(journey: Journey) -> None:
    """Take the network along in a form that other programs read."""
    journey.window.go("use")
    sections = journey.page("use").sections
    sections.go("take")
    card = sections.made["take"].cards["torchscript"]
    journey.press(card.export)
    journey.wait(lambda: "torchscript" in journey.models.exports.found)
    path = Path(journey.models.exports.found["torchscript"].paths[0])
    assert path.stat().st_size > 0
    assert path.is_relative_to(journey.models.run.folder)
    assert card.told.text().startswith("Read back and asked")
    sections.go("try")


def ask_about(journey: Journey, pictures: Path) -> None:
    """Ask the network what the pictures of one folder show."""
    journey.window.go("use")
    section, predictions = journey.page("use").sections.made["try"], journey.models.predictions
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(pictures / "蓝色"))])
    section.take(data)
    journey.wait(lambda: predictions.ended is not None and not predictions.busy())
    assert [row.name for row in predictions.rows] == [f"{each}.png" for each in range(10)]
    assert section.list.answers.rowCount() == 10


def open_from_the_list(journey: Journey) -> None:
    """Look at the run that is over."""
    journey.window.go("runs")
    runs = journey.page("runs")
    runs.table.selectRow(0)
    journey.press(runs.open)
    journey.wait(lambda: not journey.models.run.is_busy)
    assert journey.models.run.state == "stopped"
    assert journey.page("train").bar.evaluate.isVisible()


def use_as_source(journey: Journey, folder: Path) -> None:
    """Take the run as the source of the next."""
    journey.page("train").bar.use.click()
    assert journey.models.experiment.experiment.source == EarlierRun(run=str(folder))
    assert journey.models.experiment.problems("source") == []
    assert journey.page("source").next.isEnabled()


def resume(journey: Journey, kept: object) -> None:
    """Go on with a run that was interrupted, from the card of the first page, to its end."""
    page, run = journey.page("start"), journey.models.run
    journey.wait(lambda: any(notice.isVisible() for notice in page.findChildren(Notice)))
    press(page.findChild(Notice), "Resume")
    done = len(kept[-1][1])  # type: ignore[index]
    journey.wait(lambda: len(run.phases) == 2 and len(run.phases[-1].epochs) > done)
    assert curves(journey.models)[0] == kept[0]  # type: ignore[index]
    assert journey.window.page == "train"
    run.stop_and_keep()
    journey.wait(lambda: not run.is_busy)
    assert run.state == "stopped"


def press(parent: Any, text: str) -> None:
    next(each for each in parent.findChildren(QPushButton) if each.text() == text).click()


def curves(models: Models) -> list[tuple[list[float], list[tuple[float | None, ...]]]]:
    """Every dot and every epoch's point, phase by phase."""
    return [(list(phase.losses), _lines(phase)) for phase in models.run.phases]


def _lines(phase: PhaseCurves) -> list[tuple[float | None, ...]]:
    return [
        (each.train_loss, each.validation_loss, each.train_accuracy, each.validation_accuracy) for each in phase.epochs
    ]
