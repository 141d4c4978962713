"""A run taken along in every form: read back, compared, and never half there."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import torch

from kt_gui import session
from kt_gui.engine import exporting as engine
from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.exports import Exported, Format
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.session import samples, shelf
from kt_gui.session.opening import open_run
from kt_gui.store.folders import Home, home
from tests.session.conftest import run, tiny


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that all tests here only read, and export from."""
    place = Home.under(tmp_path_factory.mktemp("exports"))
    return run(tiny(), place)


def export(folder: Path, form: Format, **asked: object) -> Exported:
    *_, last = session.export(folder, form, StopToken(), home(), **asked)  # type: ignore[arg-type]
    assert isinstance(last, Exported)
    return last


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("form", ["safetensors", "torchscript", "torch_export", "onnx"])
def test_a_network_is_compared_on_the_runs_test_pictures(finished: Path, tmp_path: Path, form: Format) -> None:
    found = export(finished, form, out=tmp_path)
    assert found.compared_on == "test"
    assert found.compared > 20
    assert found.largest_difference is not None
    assert found.largest_difference < 1e-5
    assert sum(Path(path).stat().st_size for path in found.paths) == found.bytes
    assert left_in(tmp_path) == sorted(Path(path).name for path in found.paths)


def test_what_was_written_is_the_checkpoint_asked_for(finished: Path, tmp_path: Path) -> None:
    checkpoints: tuple[Checkpoint, ...] = ("best", "source")
    best, source = (export(finished, "safetensors", out=tmp_path, checkpoint=each) for each in checkpoints)
    card = json.loads(Path(best.paths[1]).read_text("utf-8"))
    network = open_run(finished, "best").network
    names = {"net": None}
    how = card["how_to_load"].replace("FILE.safetensors", best.paths[0])
    exec(how, names)
    shown = torch.randn(2, *card["input"]["shape"][1:])
    assert names["net"](shown).equal(network.module(shown))  # type: ignore[misc]
    assert card["classes"] == list(network.classes)
    assert Path(source.paths[0]).read_bytes() != Path(best.paths[0]).read_bytes()
    assert json.loads(Path(source.paths[1]).read_text("utf-8"))["test"] is None


def test_a_graph_may_prepare_pictures_itself(finished: Path) -> None:
    found = export(finished, "onnx", with_preprocessing=True)
    assert found.preprocessing_difference is not None
    assert found.preprocessing_difference < 0.05
    assert Path(found.paths[0]).parent == finished / "exports"


def test_an_export_that_differs_is_thrown_away(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decode = engine.decode
    monkeypatch.setattr(engine, "decode", lambda *asked: lambda some: decode(*asked)(some) + 0.01)
    with pytest.raises(UserError, match="other answers than the run"):
        export(finished, "torchscript", out=tmp_path)
    assert left_in(tmp_path) == []


def test_where_the_data_has_gone_noise_is_asked_and_said(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> Iterator[None]:
        raise UserError("gone", "put it back")
        yield

    monkeypatch.setattr(samples, "read_dealt", gone)
    found = export(finished, "onnx", out=tmp_path, with_preprocessing=True)
    assert found.compared_on == "noise"
    assert found.compared == samples.NOISY


def test_a_cancelled_export_leaves_nothing(finished: Path, tmp_path: Path) -> None:
    forms: tuple[Format, ...] = ("onnx", "script")
    for form in forms:
        stop = StopToken()
        events = session.export(finished, form, stop, home(), out=tmp_path)
        next(events)
        stop.stop("discard")
        with pytest.raises(Stopped):
            list(events)
    assert left_in(tmp_path) == []


def test_a_run_without_the_checkpoint_says_so(finished: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    for name in ("run.json", "experiment.toml"):
        (bare / name).write_bytes((finished / name).read_bytes())
    with pytest.raises(UserError, match="no checkpoint"):
        export(bare, "safetensors")


def test_a_damaged_checkpoint_is_not_taken_along(tmp_path: Path, place: Home) -> None:
    folder = run(tiny(), place)
    weights = folder / "checkpoints" / "best.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\1")
    for form in ("onnx", "card"):
        with pytest.raises(UserError, match="damaged"):
            export(folder, form, out=tmp_path)  # type: ignore[arg-type]
    assert left_in(tmp_path) == []


# --- words -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def odd(place: Home) -> Path:
    """A run whose name would be a danger to a page that believed it."""
    shelf._shelf.clear()
    name = "<script>alert('x')</script> | *bees* & \"ants\""
    return run(msgspec.structs.replace(tiny(), name=name), place)


def test_a_report_stands_alone_and_escapes_every_text(odd: Path) -> None:
    found = export(odd, "report")
    page = Path(found.paths[0]).read_text("utf-8")
    assert found.compared > 5
    assert "<script" not in page
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;" in page
    assert "prefers-color-scheme: dark" in page
    assert page.count("<svg") == 4  # the interval, loss, accuracy, drift
    assert not any(word in page for word in ("http://", "https://", "src=", "href="))


def test_a_card_says_what_the_network_is_worth_and_what_it_is_not_for(odd: Path) -> None:
    found = export(odd, "card")
    text = Path(found.paths[0]).read_text("utf-8")
    assert text.startswith("# \\<script\\>")
    assert "95 % interval" in text
    assert "| clock |" in text
    assert "Fewer than ten test pictures" in text or "of none of them" in text
    assert open_run(odd).experiment.source.network in text  # type: ignore[union-attr]


def test_a_report_of_a_run_whose_data_has_gone_tells_what_the_run_found(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kt_gui.session import story

    def gone(*_: object) -> Iterator[None]:
        raise UserError("gone", "put it back")
        yield

    monkeypatch.setattr(story, "evaluate", gone)
    page = Path(export(finished, "report", out=tmp_path).paths[0]).read_text("utf-8")
    assert "test pictures are right" in page
    assert 'class="matrix"' not in page
