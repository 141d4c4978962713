"""`kt evaluate`, as a person or a program calls it."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest

from kt_gui import cli, session
from kt_gui.cli.following import INTERRUPTED
from kt_gui.schema.experiment import Scratch
from kt_gui.schema.stop import Stopped
from kt_gui.store import runs
from kt_gui.store.folders import Home, home
from tests.session.conftest import KINDS, run, tiny
from tests.session.test_helping import studied

Kt = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has ended."""
    return run(tiny(), Home.under(tmp_path_factory.mktemp("kept")))


@pytest.fixture
def kt(capsys: pytest.CaptureFixture[str]) -> Kt:
    """Call it with words; gives exit code, standard output, standard error."""

    def call(*words: str) -> tuple[int, str, str]:
        code = cli.main(words)
        told = capsys.readouterr()
        return code, told.out.replace("\N{NO-BREAK SPACE}", " "), told.err

    return call


def test_a_person_is_told_a_sentence_first_then_tables(kt: Kt, folder: Path) -> None:
    code, out, err = kt("evaluate", str(folder))
    assert (code, err) == (0, "")
    assert "test pictures are right (95 % interval" in out.splitlines()[0]
    for part in ("Balanced accuracy", "Calibration error (ECE)", "precision  recall", "Rows are the truth", *KINDS):
        assert part in out


def test_a_program_gets_one_object(kt: Kt, folder: Path) -> None:
    code, out, err = kt("evaluate", str(folder), "--json")
    told, logged = json.loads(out), runs.read_file(folder).result
    assert logged is not None
    assert (code, err, len(out.splitlines())) == (0, "", 1)
    assert told["scores"]["accuracy"] == logged.target_accuracy
    assert told["sentence"].endswith(")")


def test_other_data_is_named_with_what_does_not_fit(kt: Kt, folder: Path) -> None:
    code, out, _ = kt("evaluate", str(folder), "--data", "emoji-twemoji", "--checkpoint", "last")
    assert code == 0
    assert "pictures of Emoji as Twemoji draws them are right" in out
    assert "so 512 pictures were left out: arrow, building" in out
    assert "(last), all pictures of" in out


def test_every_pictures_answer_can_be_had_as_a_table(kt: Kt, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "答.csv"
    code, out, _ = kt("evaluate", str(folder), "--csv", str(path))
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    logged = runs.read_file(folder).result
    assert logged is not None
    assert (code, str(path) in out) == (0, True)
    assert sum(row["right"] == "yes" for row in rows) / len(rows) == logged.target_accuracy
    assert all(max(KINDS, key=lambda kind: float(row[kind])) == row["predicted"] for row in rows)
    assert all(sum(float(row[kind]) for kind in KINDS) == pytest.approx(1, abs=1e-4) for row in rows)
    code, _, err = kt("evaluate", str(folder), "--csv", str(path))
    assert (code, "already" in err) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--data", "nowhere"), "no data set"),
        (("--checkpoint", "0"), "no checkpoint"),
        (("--data", "fashion"), "no class that the network knows"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(kt: Kt, folder: Path, words: tuple[str, ...], said: str) -> None:
    code, out, err = kt("evaluate", str(folder), *words)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert err.startswith("error: ")
    assert said in err


def test_interrupted_it_ends_as_such(kt: Kt, folder: Path) -> None:
    with patch.object(session, "evaluate", side_effect=Stopped):
        code, out, _ = kt("evaluate", str(folder))
    assert (code, out) == (INTERRUPTED, "")


def test_an_empty_name_is_no_data_set_and_not_the_runs_own(kt: Kt, folder: Path) -> None:
    code, out, err = kt("evaluate", str(folder), "--data", "")
    assert (code, out) == (2, "")
    assert "no data set" in err


def test_whether_the_source_has_helped_is_told_by_a_study(kt: Kt) -> None:
    trained = run(tiny(), home())
    _, before, _ = kt("evaluate", str(trained))
    assert before.splitlines()[-1].startswith("Whether the source has helped was not measured yet: kt study")
    study = studied(home())
    _, after, _ = kt("evaluate", str(trained))
    assert after.splitlines()[-1].startswith("Transfer helps: +8.0 points against the same network from scratch (95 %")
    assert after.splitlines()[-1].endswith(f"Study “asked”, {study}")
    told = json.loads(kt("evaluate", str(trained), "--json")[1])["gain"]
    assert (told["study"], told["verdict"]["outcome"]) == (str(study), "helps")


def test_of_a_run_from_scratch_no_help_is_spoken_of(kt: Kt) -> None:
    trained = run(tiny(source=Scratch(network="small_cnn")), home())
    assert "helped" not in kt("evaluate", str(trained))[1]
