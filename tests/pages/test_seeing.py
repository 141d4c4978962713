"""The section "What it sees", clicked through: with invented answers, and once with a real run behind it."""

from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from kt_gui.bridge.failures import Failure
from kt_gui.bridge.insight_model import LookAsked, MapAsked
from kt_gui.bridge.models import Models, build
from kt_gui.samples import insight as samples_insight
from kt_gui.scenes import evaluation as evaluation_scenes
from kt_gui.schema.events import Noticed
from kt_gui.schema.texts import Message
from kt_gui.store.folders import Home
from kt_gui.widgets.evaluation.map_points import first_of, picture_of
from kt_gui.widgets.evaluation.seeing import Seeing
from kt_gui.widgets.evaluation.viewer import Viewer
from kt_gui.widgets.parts import Elided
from tests.session.conftest import run, tiny
from tests.session.test_explaining import picture

WIDTH, HEIGHT = 1032, 544
"""What a window of 1280x720 leaves for a section."""


def shown(qtbot: QtBot, models: Models) -> Seeing:
    section = Seeing(models)
    qtbot.addWidget(section)
    section.resize(WIDTH, HEIGHT)
    with qtbot.waitExposed(section):
        section.show()
    if models.insight.embedded is not None:
        qtbot.waitUntil(lambda: section.map.map is not None)
    return section


@pytest.fixture
def questions(monkeypatch: pytest.MonkeyPatch) -> list[MapAsked | LookAsked]:
    """What the section asks for."""
    from kt_gui.bridge.insight_model import InsightModel

    told: list[MapAsked | LookAsked] = []
    monkeypatch.setattr(InsightModel, "embed", lambda _, asked: told.append(asked))
    monkeypatch.setattr(InsightModel, "explain", lambda _, asked: told.append(asked))
    return told


@pytest.fixture
def full(qtbot: QtBot, done: Models) -> Seeing:
    done.insight.apply([samples_insight.embedded()])
    return shown(qtbot, done)


def click(qtbot: QtBot, section: Seeing, row: int) -> None:
    plot = section.map.map
    assert plot is not None
    x, y = plot._places[row].tolist()
    place = plot.view.mapFromScene(plot.box.mapViewToScene(QPointF(x, y)))
    qtbot.mouseClick(plot.view.viewport(), Qt.MouseButton.LeftButton, pos=place)


# --- asking ----------------------------------------------------------------------------------------------------------


def test_the_map_of_the_checkpoint_in_view_is_asked_for_when_the_section_is_shown(
    qtbot: QtBot, done: Models, questions: list[MapAsked | LookAsked]
) -> None:
    shown(qtbot, done)
    assert questions == [MapAsked(Path("/runs/emoji"), "best")]


def test_a_hidden_section_asks_for_nothing(qtbot: QtBot, done: Models, questions: list[MapAsked | LookAsked]) -> None:
    section = shown(qtbot, done)
    section.hide()
    questions.clear()
    done.viewing.choose("last")
    section.ask()
    assert not section._pause.isActive()
    assert questions == []
    section.show()
    assert questions == [MapAsked(Path("/runs/emoji"), "last")]


def test_it_follows_the_checkpoint_once_a_person_pauses(
    qtbot: QtBot, done: Models, questions: list[MapAsked | LookAsked]
) -> None:
    section = shown(qtbot, done)
    questions.clear()
    for epoch in range(5):
        done.viewing.choose(epoch)
    assert section._pause.isActive()
    qtbot.waitUntil(lambda: bool(questions))
    assert questions == [MapAsked(Path("/runs/emoji"), 4)]


def test_kind_of_map_and_pictures_are_asked_for(
    qtbot: QtBot, done: Models, questions: list[MapAsked | LookAsked]
) -> None:
    section = shown(qtbot, done)
    qtbot.mouseClick(section.map.method._buttons["tsne"], Qt.MouseButton.LeftButton)
    section.map.part.setCurrentIndex(2)
    section.map.part.activated.emit(2)
    asked = [each for each in questions if isinstance(each, MapAsked)]
    assert (asked[-2].method, asked[-2].part) == ("tsne", "test")
    assert (asked[-1].method, asked[-1].part) == ("tsne", "train")


# --- the map ---------------------------------------------------------------------------------------------------------


def test_it_begins_with_the_surest_mistake(full: Seeing) -> None:
    embedded = samples_insight.embedded()
    begun = picture_of(embedded, first_of(embedded))
    assert begun.predicted != begun.label
    assert full.panel.name.text() == begun.name
    assert f"{begun.label}, taken for {begun.predicted}" in full.panel.verdict.text()


def test_a_click_on_a_point_asks_what_is_looked_at_there(
    qtbot: QtBot, full: Seeing, questions: list[MapAsked | LookAsked]
) -> None:
    row = int(full.map.map._places[:, 0].argmin())  # type: ignore[union-attr]  # it stands alone at the left
    click(qtbot, full, row)
    assert full.panel.name.text() == samples_insight.embedded().names[row]
    assert questions == [LookAsked(Path("/runs/emoji"), "best", row)]


def test_a_picture_that_was_chosen_stays_so_on_the_next_map(full: Seeing, done: Models) -> None:
    full.choose(17)
    done.insight.apply([samples_insight.embedded(method="tsne", checkpoint="last")])
    assert full.panel.name.text() == samples_insight.embedded().names[17]


def test_the_pretrained_networks_map_is_a_click_away(qtbot: QtBot, full: Seeing) -> None:
    after = full.map.map._places  # type: ignore[union-attr]
    qtbot.mouseClick(full.map.side._buttons["before"], Qt.MouseButton.LeftButton)
    assert (full.map.map._places != after).any()  # type: ignore[union-attr]
    assert "39" in full.map.note.text()


def test_without_a_pretrained_network_there_is_nothing_to_switch(qtbot: QtBot, done: Models) -> None:
    done.insight.apply([samples_insight.embedded(has_before=False)])
    section = shown(qtbot, done)
    assert not section.map.side.isVisible()
    assert "before" not in section.map.apart.text()


def test_a_sentence_says_how_well_the_classes_lie_apart(full: Seeing) -> None:
    said = full.map.apart.text().replace("\N{NO-BREAK SPACE}", " ")
    assert said == "Of the 10 pictures nearest to each, 71 % are of its class; before 44 %, by chance 8 %."
    assert "Silhouette 0.22, before 0.05" in full.map.apart.toolTip()


def test_the_table_behind_the_map_holds_every_picture_and_chooses(qtbot: QtBot, full: Seeing) -> None:
    qtbot.mouseClick(full.map.switch, Qt.MouseButton.LeftButton)
    table = full.map.table
    assert table.isVisible()
    assert table.model().rowCount() == 207
    assert table.chosen_name == str(first_of(samples_insight.embedded()))
    table.setCurrentIndex(table.model().index(3, 0))
    assert full.panel.name.text() == samples_insight.embedded().names[3]


def test_beside_the_pointer_stands_what_the_picture_is(full: Seeing) -> None:
    full.map._point(5)
    begun = picture_of(samples_insight.embedded(), 5)
    assert full.map.tip.isVisible()
    assert full.map.tip.words[0] == begun.name
    assert full.map.rect().contains(full.map.tip.geometry())
    full.map._point(-1)
    assert not full.map.tip.isVisible()


def test_those_who_listen_are_told_which_picture_is_chosen(full: Seeing) -> None:
    full.choose(5)
    begun = picture_of(samples_insight.embedded(), 5)
    assert full.map.map.accessibleDescription().startswith(f"{begun.name}: {begun.label}")  # type: ignore[union-attr]


def test_a_class_of_the_key_stands_out(qtbot: QtBot, full: Seeing) -> None:
    full.map.key.setCurrentIndex(full.map.key.model().index(3, 0))
    bright = {label for label, _, item in full.map.map._layers if item.opacity() == 1}  # type: ignore[union-attr]
    assert bright == {3}


# --- what is looked at -----------------------------------------------------------------------------------------------


def test_an_answer_shows_three_pictures_and_how_they_were_found(full: Seeing, done: Models) -> None:
    done.insight.apply([samples_insight.explained(picture(), full._index)])
    panel = full.panel
    assert not any(place.is_empty for place in (panel.picture, panel.before, panel.after))
    assert (panel.before.line, panel.after.line) == ("heart 31\N{NO-BREAK SPACE}%", "heart 87\N{NO-BREAK SPACE}%")
    assert panel.words.text().startswith("Grad-CAM on a map of 4 × 4 places (block4)")


def test_without_a_pretrained_network_there_are_two_pictures(full: Seeing, done: Models) -> None:
    both = samples_insight.explained(picture(), full._index)
    alone = msgspec.structs.replace(both, before=None, before_map=None, question=None, before_probability=None)
    done.insight.apply([alone])
    assert not full.panel.before.isVisible()
    done.insight.apply([both])
    assert full.panel.before.isVisible()


def test_an_answer_to_another_picture_is_not_shown(full: Seeing, done: Models) -> None:
    done.insight.apply([samples_insight.explained(picture(), full._index + 1)])
    assert full.panel.after.is_empty


def test_class_and_method_are_asked_for(full: Seeing, questions: list[MapAsked | LookAsked]) -> None:
    full.panel.target.setCurrentIndex(full.panel.target.findData("clock"))
    full.panel.target.activated.emit(1)
    full.panel.method.setCurrentIndex(full.panel.method.findData("integrated-gradients"))
    full.panel.method.activated.emit(2)
    last = questions[-1]
    assert isinstance(last, LookAsked)
    assert (last.target, last.method) == ("clock", "integrated-gradients")


def test_next_and_previous_walk_around(qtbot: QtBot, full: Seeing) -> None:
    names = samples_insight.embedded().names
    full.choose(0)
    qtbot.mouseClick(full.panel.previous, Qt.MouseButton.LeftButton)
    assert full.panel.name.text() == names[-1]
    qtbot.mouseClick(full.panel.next, Qt.MouseButton.LeftButton)
    assert full.panel.name.text() == names[0]


def test_a_picture_opens_large_among_the_others(qtbot: QtBot, full: Seeing) -> None:
    full.choose(4)
    qtbot.mouseClick(full.panel.open, Qt.MouseButton.LeftButton)
    (viewer,) = [each for each in QApplication.topLevelWidgets() if isinstance(each, Viewer) and each.isVisible()]
    viewer.close()


# --- when something is the matter ------------------------------------------------------------------------------------


def test_a_map_that_failed_says_why_and_is_tried_again(
    qtbot: QtBot, done: Models, questions: list[MapAsked | LookAsked]
) -> None:
    section = shown(qtbot, done)
    done.insight._tasks.fail("map", Failure("user", "The pictures have gone.", "Put them back.", ""))
    assert section.waiting.trouble.isVisible()
    assert section.waiting.trouble.text.text() == "The pictures have gone."
    questions.clear()
    qtbot.mouseClick(section.waiting.again, Qt.MouseButton.LeftButton)
    assert questions == [MapAsked(Path("/runs/emoji"), "best")]


def test_a_picture_that_cannot_be_read_is_told_beside_the_map(full: Seeing, done: Models) -> None:
    done.insight.apply([samples_insight.explained(picture(), full._index)])
    done.insight.apply([Noticed(level="warning", message=Message("It has gone."), remedy=Message("Put it back."))])
    assert full.panel.trouble.isVisible()
    assert full.panel.trouble.text.text() == "It has gone."
    assert full.panel.after.is_empty
    assert full.map.isVisible()


def test_nothing_is_shown_where_nothing_is_known(qtbot: QtBot, done: Models) -> None:
    section = shown(qtbot, done)
    assert section.waiting.empty.isVisible()
    assert not section.map.isVisible()


def test_no_label_is_clipped_and_every_control_has_a_name(full: Seeing) -> None:
    labels = [each for each in full.findChildren(QLabel) if each.isVisibleTo(full) and not isinstance(each, Elided)]
    for each in labels:
        width = each.fontMetrics().horizontalAdvance(each.text())
        assert each.wordWrap() or not each.pixmap().isNull() or each.width() >= width, each.text()
    for control in full.findChildren(QWidget):
        if isinstance(control, QAbstractButton | QComboBox) and control.isVisibleTo(full):
            text = control.text() if isinstance(control, QAbstractButton) else ""
            assert control.accessibleName() or text
            assert control.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_it_fits_the_smallest_window_with_long_names(qtbot: QtBot, done: Models) -> None:
    classes = [f"a class of a very long name, number {place}" for place in range(120)]
    done.insight.apply([samples_insight.embedded(classes, 600)])
    section = shown(qtbot, done)
    assert section.size().toTuple() == (WIDTH, HEIGHT)
    assert section.minimumSizeHint().width() <= WIDTH
    assert section.minimumSizeHint().height() <= HEIGHT


# --- with a real run -------------------------------------------------------------------------------------------------


def test_a_real_run_is_mapped_and_explained(qtbot: QtBot, dressed: QApplication, home: Path) -> None:
    place = Home.under(home)
    folder = run(tiny(), place)
    models = build(place, tiny())
    models.run.replay(folder)
    qtbot.waitUntil(lambda: models.viewing.folder == folder)
    section = shown(qtbot, models)
    qtbot.waitUntil(lambda: not section.panel.after.is_empty, timeout=30_000)
    assert len(section._embedded.names) > 3  # type: ignore[union-attr]
    assert not section.panel.before.is_empty
    first = models.insight.explained
    qtbot.mouseClick(section.panel.next, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: models.insight.explained is not first and not section.panel.after.is_empty)
    section.close()
    models.cancel()
    qtbot.waitUntil(lambda: not any(worker.isRunning() for worker in models.workers()))
    models.root.deleteLater()


def test_the_screen_is_drawn_with_it(done: Models) -> None:
    evaluation_scenes.show_seen(done)
    assert done.insight.embedded is not None
    assert done.insight.explained is not None
