"""Pin what the program is set up with: every version and the sums of its public files.

    python3 packaging/pin.py        needs uv on the PATH

Writes requirements.txt (the program and its tests, all systems and Pythons), bootstrap.txt (uv itself) and
bundle-requirements.txt (the Linux bundle, without torch, see build_deb.py). None names an address: any index with the
same files will do. The settings of this machine's uv and pip are ignored, so that no private file is pinned.
"""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECT = "pyproject.toml"  # relative, so that no folder of this machine gets into the comments
UNIVERSAL = ("--universal", "--python-version", "3.11")
BUNDLE = ("--python-platform", "x86_64-manylinux_2_34", "--python-version", "3.11")


def compile_pins(target: str, *wanted: str, stdin: str | None = None) -> None:
    """Let uv resolve what is wanted and write pins and hashes to `target`, all of them renewed."""
    command = ["uv", "pip", "compile", *wanted, "--upgrade", "--generate-hashes", "--no-config", "--quiet"]
    command += ["--custom-compile-command", "python3 packaging/pin.py", "--output-file", f"packaging/{target}"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "PIP_"))}
    subprocess.run(command, check=True, env=environment, cwd=ROOT, input=stdin, text=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    compile_pins("requirements.txt", PROJECT, "--extra", "test", *UNIVERSAL)
    compile_pins("bootstrap.txt", "-", *UNIVERSAL, stdin="uv")
    without_cuda = ("--override", "packaging/bundle-overrides.txt", "--no-emit-package", "torch")
    compile_pins("bundle-requirements.txt", PROJECT, "packaging/bundle.in", *without_cuda, *BUNDLE)
