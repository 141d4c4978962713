"""Pin what the program is set up with: every version and the sums of its public files, for all systems at once.

    uv run --no-project packaging/pin.py        or        python3 packaging/pin.py, with uv on the PATH

Writes requirements.txt (the program and its tests) and bootstrap.txt (uv itself). Neither names an address: any index
with the same files will do. Settings of this machine's uv and pip are ignored, so that no private file is pinned.
"""

import os
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent / "pyproject.toml"
COMMAND = "python3 packaging/pin.py"


def compile_pins(source: str, target: str, *options: str, stdin: str | None = None) -> None:
    """Let uv resolve `source` for every system and Python, and write pins and hashes to `target`."""
    command = ["uv", "pip", "compile", source, *options, "--universal", "--python-version", "3.11", "--upgrade"]
    command += ["--generate-hashes", "--no-config", "--quiet", "--custom-compile-command", COMMAND]
    command += ["--output-file", str(HERE / target)]
    private = ("UV_", "PIP_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(private)}
    subprocess.run(command, check=True, env=environment, input=stdin, text=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    compile_pins(str(PROJECT), "requirements.txt", "--extra", "test")
    compile_pins("-", "bootstrap.txt", stdin="uv")
