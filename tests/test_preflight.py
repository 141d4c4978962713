"""What keeps Qt from starting is found before Qt aborts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kt_gui import preflight

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only on Linux can anything be missing")


@pytest.fixture(autouse=True)
def nothing_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "_loads", lambda name: True)


@LINUX
def test_without_a_display_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    (obstacle,) = preflight.find_obstacles()
    assert "no display" in obstacle.message
    assert "kt run --example" in obstacle.remedy


@LINUX
def test_a_display_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":987")
    monkeypatch.setattr(preflight, "_answers", lambda: False)
    (obstacle,) = preflight.find_obstacles()
    assert ":987" in obstacle.message


@LINUX
def test_missing_libraries_are_told_with_the_packages_that_hold_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    monkeypatch.setattr(preflight, "_loads", lambda name: name not in ("libEGL.so.1", "libxcb-cursor.so.0"))
    (obstacle,) = preflight.find_obstacles()
    assert "libEGL.so.1, libxcb-cursor.so.0" in obstacle.message
    assert "apt-get install -y libegl1 libxcb-cursor0" in obstacle.remedy
    assert "dnf install -y libglvnd-egl xcb-util-cursor" in obstacle.remedy
    assert "\n" not in str(obstacle)


@LINUX
def test_without_a_screen_to_draw_on_only_the_base_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr(preflight, "_loads", lambda name: name not in preflight.XCB)
    assert preflight.find_obstacles() == ()


def test_a_python_without_qt_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "find_spec", lambda name: None)
    (obstacle,) = preflight.find_obstacles()
    assert "PySide6" in obstacle.message


@LINUX
def test_the_window_says_so_in_one_line_and_does_not_abort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    done = subprocess.run([sys.executable, "-m", "kt_gui"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert all(line.startswith("error: ") for line in lines)
    assert any("display" in line for line in lines)


def test_threads_are_told_how_to_wait_before_anything_loads_torch() -> None:
    script = (
        "import os, sys; [os.environ.pop(name, '') for name in ('OMP_WAIT_POLICY', 'GOMP_SPINCOUNT')]; "
        "import kt_gui.__main__; "
        "print(os.environ['OMP_WAIT_POLICY'], os.environ['GOMP_SPINCOUNT'], 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "PASSIVE 10000 False"


def test_what_the_environment_says_of_threads_stays() -> None:
    script = "import kt_gui.__main__, os; print(os.environ['GOMP_SPINCOUNT'])"
    there = {**os.environ, "GOMP_SPINCOUNT": "7"}
    done = subprocess.run([sys.executable, "-c", script], env=there, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "7"
