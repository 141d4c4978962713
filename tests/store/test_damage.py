"""Files whose bytes have changed, down to what is no text at all: told, or done without, never a crash."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from kt_gui.schema.datasets import ImageFolder
from kt_gui.schema.errors import UserError
from kt_gui.store import contents, corrections, environment, history, reports, runs
from kt_gui.store.environment import Deal
from kt_gui.store.folders import Home

NO_TEXT = b'{"id":"\xff","code":"\xff","sums":{"a":"\xff"},"target":{"train":["\xff"]},"corrections":[{"name":"\xff"}]}'
Read = Callable[[Path], object]


@pytest.mark.parametrize(
    ("file", "read"),
    [
        ("environment.json", environment.read),
        ("split.json", lambda run: environment.read_deal(run, "target")),
        ("checkpoints/contents.json", contents.read_contents),
        ("corrections.json", lambda run: corrections.read_in_run(run, "target")),
        (
            "pets.corrections.json",
            lambda run: corrections.read(ImageFolder(path=str(run / "pets")), Home.under(run / "home")),
        ),
    ],
)
@pytest.mark.parametrize("content", [NO_TEXT, b"", b"[]", b"{"])
def test_a_damaged_file_is_named(tmp_path: Path, file: str, read: Read, content: bytes) -> None:
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / file).write_bytes(content)
    with pytest.raises(UserError, match=Path(file).name):
        read(tmp_path)


def test_a_run_whose_file_is_no_text_is_still_listed(tmp_path: Path) -> None:
    (tmp_path / runs.FILE).write_bytes(NO_TEXT)
    assert "damaged" in runs.read_record(tmp_path).reason


def test_a_history_ends_before_what_is_no_text(tmp_path: Path) -> None:
    (tmp_path / history.FILE).write_bytes(b'{"event":"stopped","verb":"\xff"}\n')
    assert list(history.read(tmp_path)) == []
    assert list(history.read_back(tmp_path)) == []


def test_an_answer_that_is_no_text_is_computed_again(tmp_path: Path) -> None:
    reports.keep(tmp_path, "seen", "key", {"name": "a"})
    (file,) = (tmp_path / reports.FOLDER).iterdir()
    file.write_bytes(file.read_bytes()[:-1] + b"\xff")
    assert reports.recall(tmp_path, "seen", "key", dict[str, str]) is None


def test_a_deal_that_was_changed_afterwards_is_noticed(tmp_path: Path) -> None:
    deal = Deal(train=["a"], validation=["b"], test=["c"], indexes={"train": [0], "validation": [1], "test": [2]})
    environment.save_deal(tmp_path, "target", deal)
    assert environment.read_deal(tmp_path, "target") == deal
    changed = msgspec.structs.replace(deal, indexes={"train": [0], "validation": [2], "test": [1]})
    (tmp_path / environment.SPLIT).write_bytes(msgspec.json.encode({"target": changed}))
    with pytest.raises(UserError, match=r"split\.json is damaged"):
        environment.read_deal(tmp_path, "target")
