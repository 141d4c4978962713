"""The section of suspicious labels, as a person works through it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from kt_gui.bridge.experiment_model import blank
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models, build
from kt_gui.pages.evaluate import EvaluatePage
from kt_gui.pages.target import TargetPage
from kt_gui.samples import labels as samples_labels
from kt_gui.scenes import evaluation as evaluation_scenes
from kt_gui.scenes import preparing as preparing_scenes
from kt_gui.schema.corrections import Move
from kt_gui.schema.datasets import ImageFolder
from kt_gui.schema.evaluations import Picture
from kt_gui.schema.experiment import Target
from kt_gui.store.folders import home
from kt_gui.widgets.corrections_dialog import CorrectionsDialog
from kt_gui.widgets.evaluation.labels import ROWS, Labels
from kt_gui.widgets.evaluation.viewer import Viewer
from tests.session.conftest import run, tiny


@pytest.fixture
def said(empty: Models, monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What was asked of the model of corrections."""
    heard: list[tuple[object, ...]] = []
    for name in ("confirm", "move", "exclude", "take_back"):
        monkeypatch.setattr(
            empty.corrections, name, lambda data, what, *more, name=name: heard.append((name, data, what[0], *more))
        )
    return heard


@pytest.fixture
def section(qtbot: QtBot, empty: Models, said: list[tuple[object, ...]]) -> Labels:
    evaluation_scenes.show_suspects(empty)
    return opened(qtbot, empty)


def opened(qtbot: QtBot, models: Models) -> Labels:
    page = EvaluatePage(models)
    qtbot.addWidget(page)
    page.resize(1080, 688)
    page.show()
    page.sections.go("labels")
    made = page.sections.made["labels"]
    assert isinstance(made, Labels)
    made.page_kept = page  # type: ignore[attr-defined]
    return made


def first(models: Models) -> Picture:
    return models.suspects.waiting[0].picture


def test_the_most_suspicious_label_is_first_and_its_picture_is_shown(section: Labels, empty: Models) -> None:
    assert section.page == "list"
    assert section.sentence.text() == "23 of 628 labels are probably wrong"
    top = section.rows[0]
    assert (top.given.text(), top.suggested.text()) == (first(empty).label, first(empty).predicted)
    assert top.move_there.text() == f"Move to {first(empty).predicted}"
    assert not top.picture._pixmap.isNull()


@pytest.mark.parametrize("answer", ["confirm", "move", "exclude"])
def test_an_answer_is_recorded_and_the_next_label_moves_up(
    section: Labels, empty: Models, said: list[tuple[object, ...]], answer: str
) -> None:
    picture, second = first(empty), empty.suspects.waiting[1].picture
    top = section.rows[0]
    {"confirm": top.confirm, "move": top.move_there, "exclude": top.exclude}[answer].click()
    more = (picture.predicted,) if answer == "move" else ()
    assert said == [(answer, samples_labels.NOTO, picture, *more)]
    assert top.suspect is not None
    assert top.suspect.picture == second
    assert section.sentence.text().startswith("22 of 628")
    section.undo.click()
    assert said[1:] == [("take_back", samples_labels.NOTO, picture.digest)]
    assert not section.undo.isVisible()


def test_a_long_list_is_turned_page_by_page(section: Labels) -> None:
    assert section.position.text() == "1 to 20"
    assert not section.previous.isEnabled()
    section.next.click()
    assert section.position.text() == "21 to 23"
    assert [each.isVisibleTo(section) for each in section.rows] == [True] * 3 + [False] * (ROWS - 3)
    assert not section.next.isEnabled()
    for _ in range(3):
        section.rows[0].confirm.click()
    assert section.rows[0].isVisibleTo(section)  # back on the first page, for the last is empty
    assert len([each for each in section.rows if each.isVisibleTo(section)]) == ROWS


def test_when_all_are_decided_on_it_says_so(qtbot: QtBot, empty: Models, said: list[tuple[object, ...]]) -> None:
    evaluation_scenes.show_suspects(empty, issues=1)
    section = opened(qtbot, empty)
    section.rows[0].exclude.click()
    assert section.page == "list"
    assert section.sentence.text() == "All of them are decided on"
    assert section.undo.isVisible()


def test_a_picture_opens_large_among_the_others(section: Labels) -> None:
    section.rows[2].picture.click()
    (viewer,) = section.window().findChildren(Viewer)
    suspect = section.rows[2].suspect
    assert suspect is not None
    assert viewer.picture == suspect.picture
    viewer.close()


def test_nothing_wrong_is_said_in_so_many_words(qtbot: QtBot, empty: Models) -> None:
    evaluation_scenes.show_suspects(empty, issues=0)
    assert opened(qtbot, empty).page == "fine"


def test_a_failure_says_what_to_do_and_can_be_tried_again(qtbot: QtBot, empty: Models) -> None:
    evaluation_scenes.show_unjudged(empty)
    section = opened(qtbot, empty)
    assert section.page == "failed"
    empty.suspects.fail(Failure("user", "Another thing.", "Do this.", ""))
    assert section.failed.count() == 1
    empty.suspects.apply([samples_labels.suspected(issues=2)])
    assert section.page == "list"


def test_what_was_not_judged_yet_is_offered(qtbot: QtBot, done: Models) -> None:
    assert opened(qtbot, done).page == "unread"


def test_another_run_begins_anew(section: Labels, empty: Models) -> None:
    section.next.click()
    empty.viewing.folder = Path("/runs/other")
    empty.viewing.changed.emit()
    assert section.page == "unread"


def test_the_target_page_says_what_was_corrected_and_shows_it(qtbot: QtBot, empty: Models) -> None:
    preparing_scenes.show_corrected(empty)
    page = TargetPage(empty)
    qtbot.addWidget(page)
    page.resize(1080, 688)
    page.show()
    assert page.pictures.corrected.text() == "3 left out, 2 moved, 1 added by you"
    page.pictures.corrections.click()
    (shown,) = page.window().findChildren(CorrectionsDialog)
    assert shown.table.rowCount() == 6
    shown.close()


@pytest.fixture
def real(qtbot: QtBot, dressed: object, tmp_path: Path) -> Iterator[Models]:
    """Models with the real session behind them, that look at a run on pictures of which one lies in a wrong folder."""
    place = home()
    for name, shade in (("dark", 40), ("light", 215)):
        for number in range(12):
            level = 255 - shade if (name, number) == ("dark", 4) else shade
            pixels = np.random.default_rng([number, shade]).integers(-30, 30, (16, 16, 3)) + level
            file = tmp_path / "shades" / name / f"{number}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(file)
    experiment = tiny(target=Target(data=ImageFolder(path=str(tmp_path / "shades"))))
    folder = run(experiment, place)
    models = build(place, blank(experiment))
    models.run.replay(folder)
    yield models
    models.cancel()
    qtbot.waitUntil(lambda: not models.workers(), timeout=20_000)
    models.root.deleteLater()


def test_a_wrong_label_is_found_moved_and_taken_back_by_the_real_thing(qtbot: QtBot, real: Models) -> None:
    qtbot.waitUntil(lambda: real.viewing.folder is not None, timeout=20_000)
    section = opened(qtbot, real)
    qtbot.waitUntil(lambda: section.page == "list", timeout=30_000)
    assert [each.picture.name for each in real.suspects.waiting] == ["dark/4.png"]
    qtbot.waitUntil(lambda: not section.rows[0].picture._pixmap.isNull(), timeout=20_000)
    section.rows[0].move_there.click()
    qtbot.waitUntil(lambda: not real.corrections.busy and not real.suspects.busy, timeout=20_000)
    assert real.corrections.latest is not None
    (said,) = real.corrections.latest.corrections
    assert (type(said), said.name) == (Move, "dark/4.png")
    assert real.suspects.waiting == []
    section.undo.click()
    qtbot.waitUntil(lambda: len(real.suspects.waiting) == 1, timeout=20_000)
    assert section.page == "list"
