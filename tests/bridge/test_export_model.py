"""Exports in the window's models: of the checkpoint in view, one at a time, never stale."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from kt_gui import samples, session
from kt_gui.bridge.export_model import ExportModel
from kt_gui.bridge.run_model import RunModel
from kt_gui.bridge.viewing import Viewing
from kt_gui.samples import exports as samples_exports
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event, Progressed
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.store.folders import Home

RUN = Path(samples_exports.RUN)


@pytest.fixture
def exports(qtbot: QtBot, tmp_path: Path) -> Iterator[ExportModel]:
    root = QObject()
    run = RunModel(Home.under(tmp_path), root, is_enabled=False)
    run.apply(samples.finished())
    viewing = Viewing(run, root)
    viewing.follow()
    made = ExportModel(Home.under(tmp_path), viewing, root)
    made.root = root  # type: ignore[attr-defined]  # owns them
    yield made
    made.cancel()
    qtbot.waitUntil(lambda: made.current is None)


def answer(monkeypatch: pytest.MonkeyPatch, *events: Event, error: Exception | None = None) -> list[dict[str, object]]:
    """Let an export tell these events; give what was asked."""
    asked: list[dict[str, object]] = []

    def export(folder: Path, form: str, stop: StopToken, **more: object) -> Iterator[Event]:
        asked.append({"folder": folder, "form": form, **more})
        yield from events
        if error is not None:
            raise error

    monkeypatch.setattr(session, "export", export)
    return asked


def test_an_export_is_of_the_checkpoint_in_view(
    qtbot: QtBot, exports: ExportModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = samples_exports.exported("onnx", 5)
    asked = answer(monkeypatch, found)
    exports.export("onnx", Path("/tmp/net.onnx"), with_preprocessing=True)
    assert exports.current == "onnx"
    qtbot.waitUntil(lambda: exports.current is None)
    assert exports.found == {"onnx": found}
    (one,) = asked
    assert (one["folder"], one["form"], one["checkpoint"]) == (RUN, "onnx", "best")
    assert (one["out"], one["with_preprocessing"]) == (Path("/tmp/net.onnx"), True)


def test_a_failure_is_the_forms_own_until_it_is_tried_again(
    qtbot: QtBot, exports: ExportModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, error=UserError("too large", "take another"))
    exports.export("onnx")
    qtbot.waitUntil(lambda: exports.failure("onnx") is not None)
    failure = exports.failure("onnx")
    assert failure is not None
    assert failure.message == "too large"
    assert exports.failure("card") is None
    answer(monkeypatch, samples_exports.exported("onnx", 5))
    exports.export("onnx")
    assert exports.failure("onnx") is None
    qtbot.waitUntil(lambda: "onnx" in exports.found)


def test_only_one_is_written_at_a_time_and_it_can_be_broken_off(
    qtbot: QtBot, exports: ExportModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(folder: Path, form: str, stop: StopToken, **_: object) -> Iterator[Event]:
        while not stop.requested():
            yield Progressed(activity="testing", done=1, total=2)
        raise Stopped

    monkeypatch.setattr(session, "export", endless)
    exports.export("onnx")
    exports.export("card")
    qtbot.waitUntil(lambda: exports.progress is not None)
    assert exports.current == "onnx"
    exports.cancel()
    qtbot.waitUntil(lambda: exports.current is None)
    assert not exports.found
    assert exports.failure("onnx") is None


def test_another_checkpoint_in_view_forgets_what_was_exported(exports: ExportModel) -> None:
    exports.apply(list(samples_exports.EXPORTED))
    assert set(exports.found) == {"script", "report", "onnx"}
    exports._viewing.choose("last")
    assert not exports.found
    exports.apply([samples_exports.exported("card", 1)])  # of the best, told too late
    assert not exports.found


def test_nothing_is_exported_where_no_run_is_in_view(exports: ExportModel, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answer(monkeypatch)
    exports._viewing.folder = None
    exports.export("card")
    assert exports.current is None
    assert not asked


def test_what_was_taken_along_before_is_found_and_what_is_newer_stays(
    qtbot: QtBot, exports: ExportModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = [samples_exports.exported(form, 1) for form in ("onnx", "card")]
    asked: list[object] = []

    def known(folder: Path, checkpoint: str, stop: StopToken) -> Iterator[Event]:
        asked.append((folder, checkpoint))
        yield from older

    monkeypatch.setattr(session, "known_exports", known)
    newer = samples_exports.exported("onnx", 5)
    exports.apply([newer])
    exports.look()
    exports.look()
    qtbot.waitUntil(lambda: "card" in exports.found)
    assert exports.found == {"onnx": newer, "card": older[1]}
    assert asked == [(RUN, "best")]
    exports._viewing.choose("last")
    exports.look()
    qtbot.waitUntil(lambda: len(asked) == 2)
    assert exports.found == {}
