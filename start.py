#!/usr/bin/env python3
"""Set up a private environment from pinned, hashed packages, then start the program. Standard library only.

    python3 start.py                open the window with the bundled example running; without a display, the terminal
    python3 start.py test [ARGS]    run all checks and tests; --pictures FOLDER says where to draw every page,
                                    further arguments go to pytest
    python3 start.py kt ARGS        the terminal's program, as in: python3 start.py kt doctor
    python3 start.py kt-gui [ARGS]  the window's program

The environment is .venv beside this file, or what KT_ENVIRONMENT names. It is set up once and again when pins change.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 14)
ROOT = Path(__file__).resolve().parent
ENVIRONMENT = Path(os.environ.get("KT_ENVIRONMENT") or ROOT / ".venv").absolute()
REQUIREMENTS = ROOT / "packaging" / "requirements.txt"
BOOTSTRAP = ROOT / "packaging" / "bootstrap.txt"
STAMP = ENVIRONMENT / "set-up-from"
PROGRAMS = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
PYTHON = PROGRAMS / ("python.exe" if os.name == "nt" else "python")
PINNED = ["--require-hashes", "--only-binary", ":all:", "-r"]
GIGABYTES = {"Linux": (3.5, 9), "Darwin": (0.5, 2), "Windows": (0.5, 2)}
"""What is downloaded, and what is needed on disk with the download's cache. Linux brings CUDA along."""


def main(arguments: list[str]) -> int:
    """Set up where needed, then do what the arguments ask for; return the exit code."""
    action = arguments[0] if arguments else ""
    if action not in ("", "test", "kt", "kt-gui"):
        print(__doc__.strip())
        return 0 if action in ("-h", "--help") else 2
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        return hand_over(arguments)
    if not is_set_up():
        set_up()
    if action == "test":
        return check(arguments[1:])
    return call([str(PROGRAMS / action), *arguments[1:]] if action else example())


def say(text: str) -> None:
    """Tell the person what is going on, apart from what the programs print."""
    print(f"start.py: {text}", file=sys.stderr, flush=True)


def hand_over(arguments: list[str]) -> int:
    """Go on with another Python of this machine that is neither too old nor too new."""
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        other = shutil.which(f"python3.{minor}")
        if other and subprocess.run([other, "-c", ""], capture_output=True).returncode == 0:  # a shim may lead nowhere
            return subprocess.run([other, str(ROOT / "start.py"), *arguments]).returncode
    sys.exit(
        f"start.py: Python 3.{OLDEST[1]} to 3.{NEWEST[1]} is needed, this is {platform.python_version()} "
        f"({sys.executable}) - install one of them and run the same command with it."
    )


def example() -> list[str]:
    """Choose the window for the bundled example, or the terminal where there is no display."""
    has_display = not sys.platform.startswith("linux") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
    if has_display:
        return [str(PROGRAMS / "kt-gui"), "--example"]
    say("no display was found (DISPLAY and WAYLAND_DISPLAY are empty), so the example runs here in the terminal.")
    return [str(PROGRAMS / "kt"), "run", "--example"]


# --- setting up --------------------------------------------------------------------------------------------------


def wanted_stamp() -> str:
    """What an environment must have been made from to be of use: these pins, this Python, this folder."""
    pins = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    return f"{pins} {platform.python_version()} {ROOT}"


def is_set_up() -> bool:
    """Whether the environment stands and fits."""
    return PYTHON.exists() and STAMP.exists() and STAMP.read_text(encoding="utf-8") == wanted_stamp()


def set_up() -> None:
    """Make the environment anew. Ends the program with a remedy where that fails; a second try uses the cache."""
    began = time.monotonic()
    announce()
    if ENVIRONMENT.exists():
        remove_environment()
    uv = shutil.which("uv")
    installer = make_with_uv(uv) if uv else None
    install_everything(installer or make_with_pip())
    STAMP.write_text(wanted_stamp(), encoding="utf-8")
    say(f"set up in {time.monotonic() - began:.0f} s.")


def announce() -> None:
    """Say before anything is fetched where the environment comes to lie and how much is downloaded."""
    download, disk = GIGABYTES.get(platform.system(), GIGABYTES["Linux"])
    reason = ", most of it for graphics cards" if download > 1 else ""
    say(f"setting up {ENVIRONMENT}, once. Up to {download} GB are downloaded{reason}; {disk} GB of disk are needed.")
    ENVIRONMENT.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(ENVIRONMENT.parent).free / 1e9
    if free < disk:
        say(f"only {free:.1f} GB are free there. If the set-up fails, free some space and run the same command again.")


def remove_environment() -> None:
    """Remove an environment of an earlier set-up, and nothing that is not one."""
    if not (ENVIRONMENT / "pyvenv.cfg").exists() and any(ENVIRONMENT.iterdir()):
        sys.exit(f"start.py: {ENVIRONMENT} is not an environment of Python's - move it away or set KT_ENVIRONMENT.")
    shutil.rmtree(ENVIRONMENT)


def make_with_uv(uv: str) -> list[str] | None:
    """Make the environment with uv; return how to install into it, or None where this uv cannot."""
    made = subprocess.run([uv, "venv", "--quiet", "--no-config", "--python", sys.executable, str(ENVIRONMENT)])
    return uv_installer(uv) if made.returncode == 0 else None


def make_with_pip() -> list[str]:
    """Make the environment with Python alone, bring the pinned uv into it; return how to install into it."""
    pip = [str(PYTHON), "-m", "pip"]
    made = subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], capture_output=True)
    if made.returncode:  # Debian and Ubuntu without python3-venv have no ensurepip, but perhaps a pip
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        pip = make_without_ensurepip()
    quietly = ["--quiet", "--disable-pip-version-check"]
    brought = subprocess.run([*pip, "install", *quietly, *PINNED, str(BOOTSTRAP)], env=clean_environment())
    if brought.returncode == 0:
        return uv_installer(str(PROGRAMS / "uv"))
    say("uv is not to be had here, so pip installs everything, which takes longer.")
    return [*pip, "install", "--disable-pip-version-check"]


def make_without_ensurepip() -> list[str]:
    """Make an environment without a pip of its own, to be filled by this Python's pip; return that pip."""
    pip = [sys.executable, "-m", "pip"]
    has_venv = subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(ENVIRONMENT)], capture_output=True)
    has_pip = subprocess.run([*pip, "--version"], capture_output=True)
    if has_venv.returncode or has_pip.returncode:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        sys.exit(
            "start.py: this Python cannot make an environment - on Debian or Ubuntu run\n"
            f"    sudo apt-get install -y python{version}-venv\n"
            "and then the same command again."
        )
    return [*pip, "--python", str(PYTHON)]


def uv_installer(uv: str) -> list[str]:
    """How uv installs into the environment."""
    return [uv, "pip", "install", "--no-config", "--python", str(PYTHON), "--compile-bytecode"]


def install_everything(installer: list[str]) -> None:
    """Install what is pinned, each file only if its hash is the pinned one, then the program from this folder."""
    project = ["--no-deps", "--no-build-isolation", "--quiet", "--editable", str(ROOT)]
    for wanted in ([*PINNED, str(REQUIREMENTS)], project):
        if subprocess.run([*installer, *wanted], env=clean_environment()).returncode:
            sys.exit(
                "start.py: the set-up failed, the lines above say why - running the same command again resumes it."
            )


def clean_environment() -> dict[str, str]:
    """The variables for what is started: other modules kept out, compiled files kept (torch starts twice as fast)."""
    unwanted = ("PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def call(command: list[str], **variables: str) -> int:
    """Run a command of the environment to its end; return its exit code, 130 where it was interrupted."""
    try:
        return subprocess.run(command, env={**clean_environment(), **variables}).returncode
    except KeyboardInterrupt:
        return 130


# --- checking ----------------------------------------------------------------------------------------------------


def check(arguments: list[str]) -> int:
    """Run every check, draw every page, run the tests last; return 0 only where all of it passed."""
    os.chdir(ROOT)
    arguments, pictures = pictures_folder(arguments)
    failed = [title for title, command in checks(pictures) if not passes(title, command)]
    if failed:
        say(f"failed before the tests: {', '.join(failed)}.")
    tested = call([str(PYTHON), "-m", "pytest", *arguments], QT_QPA_PLATFORM="offscreen", OMP_WAIT_POLICY="PASSIVE")
    return tested or len(failed)


def pictures_folder(arguments: list[str]) -> tuple[list[str], str]:
    """Take `--pictures FOLDER` out of the arguments; without it the pictures go to a new temporary folder."""
    if "--pictures" not in arguments[:-1]:
        return arguments, tempfile.mkdtemp(prefix="kt-gui-pictures-")
    at = arguments.index("--pictures")
    return arguments[:at] + arguments[at + 2 :], arguments[at + 1]


def checks(pictures: str) -> list[tuple[str, list[str]]]:
    """What is run before the tests: a title and a command each."""
    module = [str(PYTHON), "-m"]
    return [
        ("format", [*module, "ruff", "format", "--check"]),
        ("lint", [*module, "ruff", "check"]),
        ("types", [*module, "mypy"]),
        ("import contracts", [str(PROGRAMS / "lint-imports"), "--no-logo"]),
        ("translations", [str(PYTHON), "packaging/translate.py", "--check"]),
        (f"pictures of every page in {pictures}", [str(PROGRAMS / "kt-gui"), "--screenshot", pictures]),
    ]


def passes(title: str, command: list[str]) -> bool:
    """Run one check under its title."""
    say(f"--- {title}")
    return call(command, QT_QPA_PLATFORM="offscreen", OMP_WAIT_POLICY="PASSIVE") == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
