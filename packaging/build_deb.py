"""Build the Linux package: everything in one folder, ready offline, for the processor alone.

    python3.11 packaging/build_deb.py [--torch REQUIREMENT] [--output FOLDER] [--work FOLDER]

torch for the processor is taken from wherever this machine's pip finds REQUIREMENT (torch==2.13.0, or the path of a
wheel): the public index has only the one with CUDA, which is refused. Everything else is pinned with hashes. Needs
Python 3.11, dpkg-deb, readelf and strip; takes about eight minutes.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import linux_package

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PYTHON = (3, 11)
FORMS = ("safetensors", "torchscript", "torch_export", "onnx", "card", "script", "report")


def main() -> None:
    """Build it, step by step; the first step that fails ends it."""
    options = read_options()
    if sys.version_info[:2] != PYTHON:
        sys.exit(
            f"build_deb.py: the bundle is pinned for Python 3.11, this is {sys.version.split()[0]} - call that one."
        )
    work = options.work.resolve()
    python = make_environment(work / "environment", options.torch)
    bundle = freeze(python, work)
    slim(bundle)
    linux_package.check_libraries(bundle)
    try_out(bundle, work / "trial")
    package = linux_package.write(bundle, python, work / "package", options.output.resolve(), read_version())
    print(f"{package}: {package.stat().st_size / 1e6:.0f} MB, {size(bundle) / 1e6:.0f} MB installed")


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--torch", default="torch==2.13.0", help="what pip shall install as torch")
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="where the package is written")
    parser.add_argument(
        "--work", type=Path, default=ROOT / "build" / "deb", help="where it is built; kept for the next time"
    )
    return parser.parse_args()


def read_version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])


def run(*command: str | Path, **variables: str) -> None:
    """Run a command, say which, and end the build where it fails."""
    print("+", *command, flush=True)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([str(part) for part in command], check=True, env={**environment, **variables}, cwd=HERE / "linux")


def make_environment(folder: Path, torch: str) -> Path:
    """Install what the bundle is made of; return the environment's Python."""
    python = folder / "bin" / "python"
    if not python.exists():
        run(sys.executable, "-m", "venv", folder)
    pip = (python, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:")
    run(*pip, "--require-hashes", "-r", HERE / "bundle-requirements.txt")
    run(*pip, torch)
    run(
        python,
        "-c",
        "import sys, torch; sys.exit(torch.version.cuda and f'{torch.__version__} is not for the processor')",
    )
    run(python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--force-reinstall", ROOT)
    return python


def freeze(python: Path, work: Path) -> Path:
    """Gather everything into one folder."""
    folders = ("--distpath", work / "frozen", "--workpath", work / "freezing")
    run(python, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", *folders, "kt-gui.spec")
    return work / "frozen" / "kt-gui"


def slim(bundle: Path) -> None:
    """Drop the symbols for debugging of torch and Python: a fifth of their size. Others' libraries may not bear it."""
    inside = bundle / "_internal"
    for library in (*inside.glob("torch/lib/*.so*"), *inside.glob("libpython3*.so*")):
        if not library.is_symlink():
            run("strip", "--strip-unneeded", library)


def try_out(bundle: Path, home: Path) -> None:
    """Run the bundled example to its end with what was frozen, and use it: an import that was missed shows here."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    (home / "kt").symlink_to(bundle / "kt-gui")
    picture = ROOT / "resources" / "pictures" / "emoji-styles.png"
    for call in (
        ("run", "--example"),
        ("evaluate", "emoji"),
        ("changes", "emoji"),
        ("suspects", "emoji"),
        ("embed", "emoji", "--method", "tsne", "--csv", home / "map.csv"),
        ("explain", "emoji", picture, "--out", home / "why"),
        ("predict", "emoji", picture, "--csv", home / "answers.csv"),
        ("verify", "emoji"),
        *(("export", "emoji", "--format", form) for form in FORMS),
        ("rank", "emoji", "bundled/efficientnet_lite0", "--target", "emoji-noto"),
        ("domains", "emoji", "--target", "emoji-noto"),
        ("diagnose", "emoji"),
        ("study", write_study(home / "kt", home / "study.toml")),
    ):
        run(home / "kt", *call, KT_HOME=str(home), OMP_WAIT_POLICY="PASSIVE")


def write_study(program: Path, file: Path) -> Path:
    """Let the program write a study that asks Optuna, and make it a small one."""
    drafted = subprocess.run([program, "study", "--print", "tune"], check=True, capture_output=True, encoding="utf-8")
    small = drafted.stdout.replace("tries = 16", "tries = 5").replace("folds = 5", "folds = 2")
    file.write_text(small, encoding="utf-8")
    return file


def size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


if __name__ == "__main__":
    main()
