"""What was taken along from a run is known later on, as long as it lies there as it was written."""

import shutil
from pathlib import Path

import pytest

from kt_gui import session
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.exports import Exported, Format
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.store.folders import Home, home
from tests.session.conftest import run, tiny


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(tiny(), Home.under(tmp_path_factory.mktemp("taken")))


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    return shutil.copytree(finished, tmp_path / finished.name)


def export(folder: Path, form: Format, **asked: object) -> Exported:
    *_, last = session.export(folder, form, StopToken(), home(), **asked)  # type: ignore[arg-type]
    assert isinstance(last, Exported)
    return last


def known(folder: Path, checkpoint: Checkpoint = "best") -> list[Exported]:
    return list(session.known_exports(folder, checkpoint, StopToken()))


def test_the_newest_of_each_form_is_known_with_what_its_check_found(folder: Path, tmp_path: Path) -> None:
    assert known(folder) == []
    export(folder, "safetensors")
    newest = export(folder, "safetensors")
    card = export(folder, "card", out=tmp_path)
    assert known(folder) == [newest, card]
    assert known(folder, "source") == []


def test_it_goes_along_with_the_runs_folder(folder: Path, tmp_path: Path) -> None:
    export(folder, "safetensors")
    moved = folder.rename(tmp_path / "moved")
    (found,) = known(moved)
    assert found.run == str(moved)
    assert all(Path(path).is_relative_to(moved) and Path(path).is_file() for path in found.paths)


@pytest.mark.parametrize("deed", ["gone", "changed"])
def test_what_lies_there_no_more_as_it_was_written_is_not_told(folder: Path, deed: str) -> None:
    path = Path(export(folder, "safetensors").paths[-1])
    path.unlink() if deed == "gone" else path.write_bytes(b"{}")
    assert known(folder) == []


def test_it_stops_when_asked(folder: Path) -> None:
    stop = StopToken()
    stop.stop("discard")
    with pytest.raises(Stopped):
        list(session.known_exports(folder, "best", stop))
