"""What is left out of a data set by now."""

from pathlib import Path

import msgspec
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kt_gui.bridge.corrections_model import CorrectionsModel
from kt_gui.bridge.left_out import LeftOut
from kt_gui.schema.corrections import Confirmation, Corrected, Corrections, Exclusion
from kt_gui.schema.datasets import ImageFolder
from kt_gui.store import corrections as store
from kt_gui.store.folders import home

BUGS = ImageFolder(path="/data/bugs")
OUT, RIGHT = Exclusion(digest="a", name="a.png"), Confirmation(digest="b", name="b.png", label="ant")


def test_what_is_said_here_counts_for_that_set_alone(qapp: QApplication) -> None:
    corrections = CorrectionsModel(home(), qapp, is_enabled=False)
    known = LeftOut(home(), corrections, qapp, is_enabled=False)
    corrections.apply([Corrected(data=BUGS, corrections=(OUT, RIGHT), file="", beside=True)])
    assert known.of(BUGS) == {"a"}
    assert known.of(msgspec.structs.replace(BUGS, classes=("ant", "bee"))) == {"a"}
    assert known.of(ImageFolder(path="/data/birds")) == frozenset()
    corrections.apply([Corrected(data=BUGS, corrections=(), file="", beside=True)])
    assert known.of(BUGS) == frozenset()


def test_what_was_said_before_is_read_when_it_is_asked_for(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    data = ImageFolder(path=str(tmp_path / "bugs"))
    (tmp_path / "bugs").mkdir()
    store.change(data, home(), lambda _: Corrections(corrections=(OUT,)))
    known = LeftOut(home(), CorrectionsModel(home(), qapp), qapp)
    with qtbot.waitSignal(known.changed, timeout=20_000):
        known.ask(data)
    assert known.of(data) == {"a"}
    store.file_of(data, home()).write_text("nonsense", encoding="utf-8")
    known.ask(data)
    qtbot.waitUntil(lambda: not known._tasks.busy(), timeout=20_000)
    assert known.of(data) == {"a"}  # what is damaged is told elsewhere
