"""A library that comes along keeps to the program's own folders, and is quiet."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import sys
from pathlib import Path
from kt_gui.session import plotting
from kt_gui.store.folders import Home
plotting.settle(Home.under(Path(sys.argv[1])))
import matplotlib.pyplot
print(matplotlib.get_backend().lower())
"""


@pytest.mark.parametrize("is_open", [True, False])
def test_matplotlib_writes_only_into_the_cache_and_says_nothing(tmp_path: Path, is_open: bool) -> None:
    own, users = tmp_path / "own", tmp_path / "users"
    users.mkdir()
    if not is_open:
        own.write_text("")  # a file in its place: no folder can be made there, not even by an administrator
    unsettled = {name: value for name, value in os.environ.items() if name != "MPLCONFIGDIR"}
    told = subprocess.run(
        [sys.executable, "-c", CODE, str(own)],
        env={**unsettled, "HOME": str(users), "MPLBACKEND": "module://of.a.notebook"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (told.stdout, told.stderr) == ("agg\n", "")
    assert list(users.iterdir()) == []
    assert (own / "cache" / "matplotlib").is_dir() == is_open
