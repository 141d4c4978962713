"""The terminal, as a person or a program calls it."""

import gettext
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kt_gui import cli, session
from kt_gui.cli import listing
from kt_gui.schema import texts
from kt_gui.schema.codec import decode_event, dump_experiment, parse_experiment
from kt_gui.schema.events import EpochEnded, RunEnded, RunStarted
from kt_gui.store import folders, runs
from kt_gui.store.folders import Home
from tests.session.conftest import tiny

Kt = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The system speaks English, and so do all tests afterwards."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    yield
    texts.use(gettext.NullTranslations())


@pytest.fixture
def kt(capsys: pytest.CaptureFixture[str]) -> Kt:
    """Call it with words; gives exit code, standard output, standard error."""

    def call(*words: str) -> tuple[int, str, str]:
        code = cli.main(words)
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


@pytest.fixture
def file(tmp_path: Path) -> str:
    """The experiment file of a run that takes a second."""
    path = tmp_path / "tiny.toml"
    path.write_text(dump_experiment(tiny()), encoding="utf-8")
    return str(path)


# --- run -------------------------------------------------------------------------------------------------------------


def test_json_is_events_and_nothing_else_and_ends_with_the_result(kt: Kt, file: str) -> None:
    code, out, err = kt("run", file, "--json", "--set", "seed=3", "--name", "大小")
    events = [decode_event(line) for line in out.splitlines()]
    assert (code, err) == (0, "")
    started, ended = events[0], events[-1]
    assert isinstance(started, RunStarted)
    assert started.name == "大小"
    assert isinstance(ended, RunEnded)
    last = json.loads(out.splitlines()[-1])
    assert last["event"] == "run_ended"
    assert {"run", "folder", "stopped"} <= last.keys()
    assert {
        "source_accuracy",
        "target_accuracy",
        "best_epoch",
        "drift",
        "trainable_parameters",
        "total_parameters",
        "seconds",
    } <= last["result"].keys()
    assert runs.read_experiment(Path(ended.folder)).seed == 3


def test_a_person_is_told_the_phases_and_the_result_with_its_interval(kt: Kt, file: str) -> None:
    code, out, _ = kt("run", file)
    assert code == 0
    for part in ("Pretraining on", "Fine-tuning on", "test pictures are right (95 % interval", "Folder: "):
        assert part in out


def test_the_experiment_can_be_printed_instead(kt: Kt) -> None:
    code, out, _ = kt("run", "--example", "--print", "--set", "target.per_class=5")
    assert code == 0
    printed = parse_experiment(out, "printed")
    assert printed.target.per_class == 5
    assert not folders.home().runs.exists()


@pytest.mark.parametrize("name", ["emoji", "fashion"])
def test_both_examples_are_there(kt: Kt, name: str) -> None:
    code, out, _ = kt("run", "--example", name, "--print")
    assert code == 0
    assert parse_experiment(out, name) == session.example(name)


def test_every_field_is_listed_with_default_and_meaning(kt: Kt) -> None:
    code, out, _ = kt("run", "--fields")
    assert code == 0
    assert "transfer.lambda  [a number ≥ 0, ≤ 1000]  default 0.005" in out
    assert "Pull back to the source" in out


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["run"], ["Name an experiment file"]),
        (["run", "nowhere.toml"], ["nowhere.toml", "Check the name"]),
        (["run", "--example", "nothing"], ["nothing", "emoji"]),
        (["run", "--example", "--set", "transfer.lamda=1"], ["--set, transfer.lamda", "Did you mean “lambda”?"]),
        (["run", "--exmple"], ["--exmple", "kt --help"]),
        (["sing"], ["sing", "kt --help"]),
        (["resume", "nothing"], ["nothing", "kt runs"]),
        (["show", "nothing"], ["nothing", "kt runs"]),
        (["run", "--example", "--set", "training.device=tpu"], ["tpu", "training.device"]),
        (["run", "--example", "--set", "source.network=big_cnn"], ["big_cnn"]),
        (["run", "--example", "--set", "target.data={kind='folder',path='nowhere'}"], ["nowhere"]),
        (["run", "--example", "--set", "target.data.name=emoji-apple"], ["emoji-apple", "emoji-noto"]),
    ],
)
def test_what_a_person_can_mend_is_one_line_and_exit_code_2(kt: Kt, words: list[str], parts: list[str]) -> None:
    code, out, err = kt(*words, *(["--json"] if words[0] == "run" else []))
    assert code == 2
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert " - " in err
    assert all(part in err for part in parts), err
    assert "RunEnded" not in out


def test_a_bug_is_told_with_a_report_and_exit_code_1(kt: Kt, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(home: Home) -> None:
        raise ZeroDivisionError("once")

    monkeypatch.setattr(listing, "Runs", broken)
    code, out, err = kt("runs")
    assert (code, out) == (1, "")
    assert "ZeroDivisionError: once" in err
    assert "Copy the report" in err


def test_an_unwritable_home_is_told_with_the_remedy(
    kt: Kt, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").write_text("a file")
    monkeypatch.setenv("KT_HOME", str(tmp_path / "home"))
    code, _, err = kt("run", file)
    assert code == 2
    assert "KT_HOME" in err


# --- stopped ---------------------------------------------------------------------------------------------------------


def started(*words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "kt_gui", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_an_interrupted_run_keeps_its_state_and_goes_on_to_its_end(kt: Kt, file: str) -> None:
    with started("run", file, "--json", "--set", "training.epochs=500") as process:
        assert process.stdout is not None
        for line in process.stdout:
            event = decode_event(line)
            if isinstance(event, EpochEnded) and event.phase == "finetuning":
                os.kill(process.pid, signal.SIGINT)
                break
        last = process.stdout.read().splitlines()[-1]
    ended = decode_event(last)
    assert process.returncode == 130
    assert isinstance(ended, RunEnded)
    assert ended.ended == "stopped"
    assert ended.result.target_accuracy is not None
    folder = Path(ended.folder)
    text = (folder / "experiment.toml").read_text().replace("epochs = 500", "epochs = 3")
    (folder / "experiment.toml").write_text(text)
    code, out, _ = kt("resume", ended.run, "--json")
    assert code == 0
    assert json.loads(out.splitlines()[-1])["ended"] == "finished"


# --- runs, show, doctor ----------------------------------------------------------------------------------------------


def test_without_runs_the_way_to_one_is_told(kt: Kt) -> None:
    assert "kt run --example" in kt("runs")[1]


def test_runs_are_listed_and_shown_to_people_and_programs(kt: Kt, file: str) -> None:
    kt("run", file)
    code, out, _ = kt("runs")
    assert code == 0
    assert all(part in out for part in ("tiny", "finished", "emoji-twemoji", "emoji-noto", "%"))
    _, out, _ = kt("runs", "--json")
    (line,) = out.splitlines()
    told = json.loads(line)
    assert (told["name"], told["state"]) == ("tiny", "finished")
    code, out, _ = kt("show", told["id"])
    assert code == 0
    assert "test pictures are right" in out
    assert 'kind = "pretrain"' in out
    _, out, _ = kt("show", "tiny", "--json")
    assert json.loads(out)["experiment"]["transfer"]["lambda"] == 0.01


def test_the_doctor_says_what_this_machine_can_do(kt: Kt) -> None:
    code, out, _ = kt("doctor")
    assert code == 0
    for part in ("Python", "torch", "Half precision", "Window", "Data folder", "Disk", "Bundled model"):
        assert part in out


def test_the_doctor_finds_a_folder_that_cannot_be_written_to(
    kt: Kt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").write_text("a file")
    monkeypatch.setenv("KT_HOME", str(tmp_path / "home"))
    code, out, _ = kt("doctor", "--json")
    told = json.loads(out)
    assert (code, told["ok"]) == (2, False)
    assert any(check["state"] == "missing" and "KT_HOME" in check["remedy"] for check in told["checks"])


# --- alone -----------------------------------------------------------------------------------------------------------


def alone(script: str, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=False)


def test_the_terminal_runs_where_qt_cannot_be_imported(file: str) -> None:
    script = (
        "import sys\n"
        "sys.modules.update({name: None for name in ('PySide6', 'shiboken6', 'pyqtgraph')})\n"
        "from kt_gui.__main__ import terminal\n"
        "sys.exit(terminal())"
    )
    done = alone(script, "run", file, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["event"] == "run_ended"


def test_help_loads_neither_torch_nor_numpy_nor_rich(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from kt_gui import cli\n"
        "try:\n    cli.main(['--help'])\n"
        "except SystemExit:\n    pass\n"
        "print(sorted({'torch', 'numpy', 'rich', 'PySide6'} & sys.modules.keys()))"
    )
    assert alone(script).stdout.splitlines()[-1] == "[]"


def test_chinese_is_spoken_where_the_system_speaks_it(kt: Kt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    _, out, _ = kt("runs")
    assert "kt run --example" in out
    chinese = any("一" <= letter <= "鿿" for letter in out)
    assert chinese, "the terminal's texts are not translated"


# --- what is strange --------------------------------------------------------------------------------------------------


def test_an_error_stays_on_one_line_whatever_a_name_holds(kt: Kt) -> None:
    code, out, err = kt("evaluate", "two\nlines\x1b[2J")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("error: There is no run “two\\nlines\\x1b[2J”")


def test_a_name_that_is_too_long_is_told_without_a_report(kt: Kt) -> None:
    code, _, err = kt("show", "x" * 5000)
    assert (code, err.count("\n")) == (2, 1)


def test_an_empty_name_is_no_run(kt: Kt, home: Path) -> None:
    runs.Runs(Home.under(home)).create(tiny())
    assert kt("show", "t")[0] == 0
    assert kt("show", "")[0] == 2


def test_json_is_utf_8_and_text_is_legible_where_the_console_knows_few_letters(file: str) -> None:
    command = [sys.executable, "-m", "kt_gui", "run", file, "--print", "--name", "θ 😀"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    text = subprocess.run(command, env=environment, capture_output=True, check=True).stdout
    assert b'name = "\\u03b8 \\U0001f600"' in text
    json_lines = subprocess.run(
        [sys.executable, "-c", NARROW, file], env=environment, capture_output=True, check=True
    ).stdout
    assert json.loads(json_lines)["name"] == "θ 😀"


NARROW = """
import sys
from kt_gui import cli, session
from kt_gui.store.folders import home
from kt_gui.store.runs import Runs
from kt_gui.schema.codec import load_experiment
from pathlib import Path
import msgspec
experiment = msgspec.structs.replace(load_experiment(Path(sys.argv[1])), name="θ 😀")
sys.exit(cli.main(["show", str(Runs(home()).create(experiment)), "--json"]))
"""
