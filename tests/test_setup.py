"""What people get when they set the program up: the pins, the bounds, the wheel, the menu entry."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from configparser import ConfigParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import kt_gui

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
PIN = re.compile(
    r"^([A-Za-z0-9._-]+)==(\S+)((?: ;[^\\]*)?) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)
PINNED_FILES = ("requirements.txt", "bootstrap.txt", "bundle-requirements.txt")


def pins(name: str) -> dict[str, set[str]]:
    """The versions of each pinned package: more than one where Pythons differ."""
    found: dict[str, set[str]] = {}
    for package, version, _, _ in PIN.findall((ROOT / "packaging" / name).read_text("utf-8")):
        found.setdefault(canonicalize_name(package), set()).add(version)
    return found


def start_constants() -> dict[str, object]:
    """What start.py says of itself, read without running it."""
    tree = ast.parse((ROOT / "start.py").read_text("utf-8"))
    simple = [node for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple)]
    named = [(node.targets[0], node.value) for node in simple]
    return {
        name.id: ast.literal_eval(value)
        for target, values in named
        if isinstance(target, ast.Tuple)
        for name, value in zip(target.elts, values.elts, strict=True)
        if isinstance(name, ast.Name)
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program as a wheel, built as pip builds it, but with what is installed here."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=100)
    (built,) = folder.glob("*.whl")
    return built


@pytest.mark.parametrize("name", PINNED_FILES)
def test_every_line_of_the_pins_has_hashes_and_none_an_address(name: str) -> None:
    text = (ROOT / "packaging" / name).read_text("utf-8")
    pinned = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert pinned
    assert len(pinned) == len(PIN.findall(text))
    assert not re.search(r"://|--index|--find-links|--extra|/home/|/work/|\+cpu", text)


@pytest.mark.parametrize("wanted", [*PROJECT["dependencies"], *EXTRAS["test"]])
def test_the_pins_hold_what_the_program_and_its_tests_ask_for(wanted: str) -> None:
    requirement = Requirement(wanted)
    versions = pins("requirements.txt")[canonicalize_name(requirement.name)]
    assert all(requirement.specifier.contains(version) for version in versions)


def test_the_bundle_is_pinned_but_for_torch() -> None:
    pinned = pins("bundle-requirements.txt")
    wanted = [Requirement(text) for text in PROJECT["dependencies"]]
    missing = {requirement.name for requirement in wanted if canonicalize_name(requirement.name) not in pinned}
    assert missing == {"torch"}
    assert not [name for name in pinned if name.startswith(("nvidia", "cuda", "triton"))]


def test_start_knows_the_bounds_of_python() -> None:
    constants = start_constants()
    bounds = SpecifierSet(PROJECT["requires-python"])
    (_, oldest), (_, newest) = constants["OLDEST"], constants["NEWEST"]  # type: ignore[misc]
    assert [minor for minor in range(30) if bounds.contains(f"3.{minor}.0")] == list(range(oldest, newest + 1))


def test_versions_agree() -> None:
    metainfo = ElementTree.parse(ROOT / "packaging" / "linux" / "kt-gui.metainfo.xml")
    newest = metainfo.find("releases/release")
    assert newest is not None
    assert PROJECT["version"] == kt_gui.__version__ == newest.get("version")
    assert f"\n## {kt_gui.__version__}\n" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_menu_entry_starts_a_program_that_is_installed() -> None:
    entry = ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(ROOT / "packaging" / "linux" / "kt-gui.desktop", "utf-8")
    assert entry["Desktop Entry"]["Exec"] in PROJECT["gui-scripts"]


def test_the_wheel_carries_the_resources_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {str(path.relative_to(ROOT)) for path in (ROOT / "resources").rglob("*") if path.is_file()}
    assert {f"kt_gui/{name}" for name in expected} <= names
    assert {name.split("/")[0] for name in names} == {"kt_gui", f"kt_gui-{kt_gui.__version__}.dist-info"}


def test_the_wheel_works_from_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    installed, empty = tmp_path / "installed", tmp_path / "empty"
    zipfile.ZipFile(wheel).extractall(installed)
    empty.mkdir()
    code = "import kt_gui, sys; print(kt_gui.__file__); from kt_gui.__main__ import terminal; sys.exit(terminal())"
    done = subprocess.run(
        [sys.executable, "-c", code, "run", "--example", "--print"],
        cwd=empty,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    where, _, experiment = done.stdout.partition("\n")
    assert where.startswith(str(installed))
    assert tomllib.loads(experiment)["name"] == "emoji"
    assert not list(empty.iterdir())


MENTION = re.compile(r"`([\w/.-]+\.\w+|(?:[\w-]+/)+)`(?: \(([^)]*)\))?")


def test_what_the_readme_names_is_there() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    mentions = [(path, re.findall(r"`(\w+)`", names)) for path, names in MENTION.findall(text)]
    assert len([path for path, names in mentions if names]) >= 12
    for path, names in mentions:
        if "/" in path:
            assert (ROOT / path).exists(), path
        for name in names:
            assert defines(ROOT / path, name), f"{name} in {path}"


def defines(module: Path, name: str) -> bool:
    """Whether a module defines a class, a function, a constant or a union of that name, or a method."""
    return bool(re.search(rf"^(?:class|def) {name}\b|^{name}\b.*=", module.read_text("utf-8"), re.MULTILINE))


def test_the_readme_says_how_to_add_each_kind_of_thing() -> None:
    headings = re.findall(r"^### How to add an? (.+)$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert headings == ["freezing strategy", "regulariser", "modality", "page"]


def test_the_top_level_holds_what_the_readme_says_and_no_more() -> None:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("what belongs to the project is known from git, and this is no checkout of it")
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    top = {name.split("/")[0] for name in listed if not name.startswith(".")}
    folders = {"kt_gui", "resources", "tests", "benchmarks", "packaging"}
    files = {"pyproject.toml", "README.md", "README.zh.md", "start.py", "CHANGELOG.md", "LICENSE"}
    assert {"kt_gui", "start.py"} <= top <= folders | files
