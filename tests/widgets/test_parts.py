import sys

import pytest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from kt_gui.store.folders import resources
from kt_gui.widgets import theme
from kt_gui.widgets.icons import pixmap
from kt_gui.widgets.notices import Bar, Fold, Reason
from kt_gui.widgets.parts import Chip, Elided, Segmented

ICONS = sorted(path.stem for path in (resources() / "icons").glob("*.svg"))


def contrast(first: str, second: str) -> float:
    """WCAG 2.1's ratio of two colours, by its formula of relative luminance."""

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("look", [theme.LIGHT, theme.DARK])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("ink", "card"),
        ("ink", "background"),
        ("muted", "card"),
        ("muted", "background"),
        ("on_accent", "accent"),
        ("good", "card"),
        ("bad", "card"),
        ("warning", "card"),
        ("ink", "bad_soft"),
        ("ink", "warning_soft"),
    ],
)
def test_text_can_be_read_on_its_ground(look: theme.Theme, ink: str, ground: str) -> None:
    assert contrast(getattr(look, ink), getattr(look, ground)) >= 4.5


def test_the_style_sheet_names_only_tokens_there_are() -> None:
    assert "$" not in theme.style_sheet(theme.LIGHT)


def test_following_the_system_and_choosing_a_look(qapp: QApplication) -> None:
    theme.apply(qapp, "dark")
    assert theme.current() is theme.DARK
    theme.apply(qapp, "light")
    assert theme.current() is theme.LIGHT


def test_a_change_of_look_is_told_once(qtbot: QtBot, qapp: QApplication) -> None:
    theme.apply(qapp, "light")
    told: list[str] = []
    theme.themed.changed.connect(lambda: told.append(theme.current().name))
    theme.apply(qapp, "dark")
    theme.apply(qapp, "dark")
    theme.apply(qapp, "light")
    assert told == ["dark", "light"]


@pytest.mark.parametrize("name", ICONS)
def test_every_icon_draws_something(qapp: QApplication, name: str) -> None:
    image = pixmap(name, "#000000", 16, 2.0).toImage()
    assert any(image.pixelColor(x, y).alpha() > 100 for x in range(32) for y in range(32))


def test_a_long_text_is_cut_and_told_whole_as_a_tooltip(qtbot: QtBot) -> None:
    made = Elided("a sentence that is far too long for so little room")
    qtbot.addWidget(made)
    made.resize(80, 20)
    made.show()
    assert made.text() == made.toolTip() == "a sentence that is far too long for so little room"
    made.resize(600, 20)
    assert made.toolTip() == ""


def test_a_chip_without_a_word_hides(qtbot: QtBot) -> None:
    made = Chip("from block 2")
    qtbot.addWidget(made)
    made.write("")
    assert made.isHidden()


def test_reasons_are_shown_while_there_are_any(qtbot: QtBot) -> None:
    made = Reason()
    qtbot.addWidget(made)
    made.explain(["Class moth has 1 picture.", "Class bee has 2 pictures."])
    assert made.text() == "Class moth has 1 picture."
    assert "bee" in made.toolTip()
    made.explain([])
    assert made.isHidden()


def test_a_choice_is_told_only_when_a_person_makes_it(qtbot: QtBot) -> None:
    made = Segmented([("a", "Alpha"), ("b", "Beta")])
    qtbot.addWidget(made)
    with qtbot.assertNotEmitted(made.chosen):
        made.choose("a")
    with qtbot.waitSignal(made.chosen) as told:
        next(each for each in made.findChildren(QPushButton) if each.text() == "Beta").click()
    assert told.args == ["b"]
    assert made.value == "b"


def test_a_fold_opens_and_closes(qtbot: QtBot) -> None:
    made = Fold("Optimiser", "SGD")
    qtbot.addWidget(made)
    made.show()
    made.button.click()
    assert made.inside.isVisible()
    made.button.click()
    assert not made.inside.isVisible()


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="from Python 3.12 on True and None are immortal")
def test_redrawing_does_not_lose_references_to_true_and_none(qtbot: QtBot) -> None:
    made = QWidget()
    bar = Bar()
    QHBoxLayout(made).addWidget(bar)
    qtbot.addWidget(made)
    made.show()
    bar.grab()
    before = sys.getrefcount(True), sys.getrefcount(None)
    for number in range(100):
        bar.write(number / 100)
        bar.grab()
    after = sys.getrefcount(True), sys.getrefcount(None)
    assert abs(after[0] - before[0]) < 20
    assert abs(after[1] - before[1]) < 20
