"""`kt verify` and `kt reproduce`, as a person or a program calls them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import msgspec
import pytest

from kt_gui import cli
from kt_gui.schema.choices import LastBlocks
from kt_gui.schema.codec import decode_event
from kt_gui.schema.experiment import Transfer
from kt_gui.session import proving
from kt_gui.store.folders import Home
from tests.session.conftest import run, tiny

Kt = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has ended, of which a part was frozen."""
    home = Home.under(tmp_path_factory.mktemp("kept"))
    return run(tiny(transfer=Transfer(freezing=LastBlocks(blocks=1))), home)


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(finished, tmp_path / "run")


@pytest.fixture
def kt(capsys: pytest.CaptureFixture[str]) -> Kt:
    """Call it with words; gives exit code, standard output, standard error."""

    def call(*words: str) -> tuple[int, str, str]:
        code = cli.main(words)
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


def test_a_person_sees_the_badge_the_blocks_and_the_passport(kt: Kt, folder: Path) -> None:
    code, out, err = kt("verify", str(folder))
    assert (code, err) == (0, "")
    assert out.startswith("✓ Frozen blocks verified unchanged\n")
    for part in ("block 3  6        yes", "Target data", "Program code", "torch 2", "Best weights"):
        assert part in out


def test_a_program_gets_one_object_of_both(kt: Kt, folder: Path) -> None:
    code, out, _ = kt("verify", str(folder), "--json")
    told = json.loads(out)
    assert code == 0
    assert told["verified"]["outcome"] == "unchanged"
    assert told["passport"]["seeds"] == {"run": 0}


def test_what_has_changed_is_no_success(kt: Kt, folder: Path) -> None:
    real = proving._outcome
    with patch.object(proving, "_outcome", lambda blocks: "changed" if real(blocks) == "unchanged" else "no_source"):
        code, out, _ = kt("verify", str(folder))
    assert code == 2
    assert out.startswith("✗ Frozen blocks have changed\n")


def test_a_run_is_run_again_and_the_difference_is_said_last(kt: Kt, folder: Path) -> None:
    code, out, _ = kt("reproduce", str(folder))
    assert code == 0
    assert out.splitlines()[-1].startswith("It came out the same, bit for bit: 5 epochs")


def test_for_a_program_the_last_line_is_the_difference(kt: Kt, folder: Path) -> None:
    code, out, _ = kt("reproduce", str(folder), "--json")
    *before, last = out.splitlines()
    assert code == 0
    assert type(decode_event(before[-1])).__name__ == "RunEnded"
    told = msgspec.json.decode(last)
    assert (told["event"], told["weights"], told["versions"]) == ("reproduced", 0.0, [])
