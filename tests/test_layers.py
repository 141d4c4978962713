"""The law of imports as it shows while running, and who writes files.

The import contracts are import-linter's; that the window opens without torch is tested in test_app.
"""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = ROOT / "kt_gui"

MAY_WRITE = {
    "kt_gui/app.py": "the log",
    "kt_gui/screenshots.py": "pictures of every page, into the folder named on the command line",
    "kt_gui/widgets/chart_files.py": "a chart saved where the user says",
}
"""Modules outside the store that write files, and why."""

WRITING_METHODS = {"write_text", "write_bytes", "touch", "mkdir", "unlink", "rmdir", "symlink_to", "hardlink_to"}
WRITING_NAMES = {
    "WriteOnly",
    "ReadWrite",
    "Append",
    "QSaveFile",
    "QSettings",
    "NamedTemporaryFile",
    "mkstemp",
    "mkdtemp",
}
WRITING_CALLS = {
    "os": {"remove", "rename", "replace", "makedirs", "mkdir", "unlink", "rmdir", "truncate"},
    "shutil": {"copy", "copy2", "copyfile", "copytree", "move", "rmtree", "make_archive", "unpack_archive"},
    "torch": {"save"},
    "np": {"save", "savez", "savez_compressed", "savetxt", "memmap"},
}


def modules() -> Iterator[Path]:
    return PROGRAM.rglob("*.py")


def writes(tree: ast.AST) -> list[int]:
    """The lines of a module that open, make, change or remove files."""
    return sorted({node.lineno for node in ast.walk(tree) if isinstance(node, ast.expr) and is_writing(node)})


def is_writing(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return opens_for_writing(node) or calls_writer(node)
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name in WRITING_NAMES


def opens_for_writing(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    texts = [argument.value for argument in arguments(call) if isinstance(argument, ast.Constant)]
    modes = [text for text in texts if isinstance(text, str) and text and set(text) <= set("rwaxbt+")]
    return name == "open" and any(set(mode) & set("wax+") for mode in modes)


def arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def calls_writer(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute):
        return False
    owner = call.func.value.id if isinstance(call.func.value, ast.Name) else ""
    return call.func.attr in WRITING_METHODS or call.func.attr in WRITING_CALLS.get(owner, set())


def imported(tree: ast.AST) -> set[str]:
    """The packages a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def run_python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)


def test_only_the_store_writes_files() -> None:
    found = {str(path.relative_to(ROOT)): writes(ast.parse(path.read_text("utf-8"))) for path in modules()}
    outside = {name: lines for name, lines in found.items() if lines and not name.startswith("kt_gui/store/")}
    assert sorted(outside) == sorted(MAY_WRITE), outside


@pytest.mark.parametrize(
    "code",
    [
        "open(path, 'w')",
        "path.open(mode='ab')",
        "path.write_text('')",
        "shutil.rmtree(path)",
        "torch.save(state, path)",
        "QFile(path).open(QIODevice.OpenModeFlag.WriteOnly)",
    ],
)
def test_writing_is_recognised(code: str) -> None:
    assert writes(ast.parse(code)) == [1]


@pytest.mark.parametrize("code", ["open(path)", "path.open('rb')", "zipfile.open('awards')", "text.replace('a', 'b')"])
def test_reading_is_not_taken_for_writing(code: str) -> None:
    assert writes(ast.parse(code)) == []


def test_in_the_store_only_checkpoints_knows_torch() -> None:
    knowing = {
        path.name
        for path in (PROGRAM / "store").glob("*.py")
        if "torch" in imported(ast.parse(path.read_text("utf-8")))
    }
    assert knowing == {"checkpoints.py"}
    assert imported(ast.parse((PROGRAM / "store" / "__init__.py").read_text("utf-8"))) == set()


def test_the_bridge_knows_of_qt_only_its_core() -> None:
    used = {
        node.module
        for path in (PROGRAM / "bridge").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("PySide6")
    }
    assert used == {"PySide6.QtCore"}


TERMINAL = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("PySide6", "shiboken6", "pyqtgraph"):
            raise ModuleNotFoundError(f"{name} is not there", name=name)

sys.meta_path.insert(0, Absent())
from kt_gui.__main__ import terminal
sys.argv = ["kt", *sys.argv[1:]]
sys.exit(terminal())
"""


def test_the_session_and_the_records_load_without_torch_and_without_qt() -> None:
    heavy = {"torch", "numpy", "PySide6"}
    done = run_python(f"import sys, kt_gui.session, kt_gui.schema.codec; print(sorted({heavy} & set(sys.modules)))")
    assert done.stdout.strip() == "[]", done.stderr


def test_the_terminal_runs_the_example_where_qt_is_absent() -> None:
    short = ["--set", "training.epochs=1", "--set", "source.training.epochs=1", "--json"]
    done = run_python(TERMINAL, "run", "--example", *short)
    assert done.returncode == 0, done.stderr
    ended = json.loads(done.stdout.splitlines()[-1])
    assert ended["event"] == "run_ended"
    assert 0 <= ended["result"]["target_accuracy"] <= 1
