"""Starting the window, each time in a process of its own."""

import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from kt_gui import screenshots
from kt_gui.schema.texts import LANGUAGES
from kt_gui.widgets import theme

LATER = ("msgspec", "psutil", "kt_gui.session", "kt_gui.store.runs", "kt_gui.pages", "kt_gui.widgets.parts")
HEAVY = ("torch", "torchvision", "timm", "numpy", "pyqtgraph", "scipy", "sklearn")


def run(program: str, patience_s: int = 100) -> str:
    answer = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=patience_s,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_the_first_frame_stands_before_anything_heavy_is_loaded() -> None:
    program = f"""
import sys
from PySide6.QtCore import QTimer
from kt_gui import app

def look(made, window, asked):
    assert window.isVisible()
    print([name for name in {(*LATER, *HEAVY)!r} if name in sys.modules])
    QTimer.singleShot(0, window.close)

app.begin = look
sys.exit(app.main([]))
"""
    assert run(program) == "[]\n"


def test_the_start_page_stands_before_anything_heavy_is_loaded() -> None:
    program = f"""
import sys
from PySide6.QtCore import QTimer
from kt_gui import app

def look(models, window, asked):
    assert window.pages["start"].isVisible()
    print([name for name in {HEAVY!r} if name in sys.modules])
    QTimer.singleShot(0, window.close)

app.draw = look
sys.exit(app.main([]))
"""
    assert run(program) == "[]\n"


def test_the_first_frame_is_in_the_colours_that_were_chosen(home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text('theme = "dark"\n', encoding="utf-8")
    program = """
import sys
from PySide6.QtCore import QTimer
from kt_gui import app

def look(made, window, asked):
    print(window.grab().toImage().pixelColor(600, 300).name().upper())
    QTimer.singleShot(0, window.close)

app.begin = look
sys.exit(app.main([]))
"""
    assert run(program) == f"{theme.DARK.background}\n"


def test_a_window_closed_before_its_models_are_there_ends_the_program() -> None:
    program = """
import sys
from kt_gui import app
app.begin = lambda made, window, asked: print(window.close())
sys.exit(app.main([]))
"""
    assert run(program) == "True\n"


def test_the_start_page_loads_nothing_heavy_once_it_rests() -> None:
    program = f"""
import sys
from kt_gui import app, scenes
from kt_gui.widgets import theme
from kt_gui.window import MainWindow
made = app.make_app()
theme.apply(made, "light")
window = MainWindow(scenes.sample_models(), str)
window.show()
scenes.settle()
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    assert run(program) == "[]\n"


def test_what_nobody_caught_is_shown_and_written_down(home: Path) -> None:
    program = """
import sys
from PySide6.QtCore import QTimer
from kt_gui import app
from kt_gui.widgets.messages import FailureDialog

def draw(models, window, asked):
    def fail():
        raise ValueError("nobody caught this")
    def look():
        found = window.findChildren(FailureDialog)
        print([each.isVisible() for each in found])
        found[0].accept()
        window.close()
    QTimer.singleShot(0, fail)
    QTimer.singleShot(50, look)

app.draw = draw
sys.exit(app.main([]))
"""
    assert run(program) == "[True]\n"
    assert "ValueError: nobody caught this" in (home / "log" / "kt-gui.log").read_text("utf-8")


def test_broken_settings_are_told_and_do_not_keep_the_window_from_opening(home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text("theme = 3\n", encoding="utf-8")
    program = """
import sys
from kt_gui import app
from PySide6.QtCore import QTimer
from kt_gui.widgets.messages import FailureDialog

def look(models, window, asked):
    print([each.title.text() for each in window.findChildren(FailureDialog)])
    QTimer.singleShot(0, window.close)

app.draw = look
sys.exit(app.main([]))
"""
    assert "The settings could not be read" in run(program)


def test_help_names_the_examples() -> None:
    assert "--example" in run("from kt_gui import app; import sys; sys.exit(app.main(['--help']))")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_scene_is_drawn(tmp_path: Path) -> None:
    """Each once, looks and languages in turn: all of them are what the check command draws."""
    program = f"""
from itertools import product
from pathlib import Path
from kt_gui import app, screenshots

made, folder = app.make_app(), Path({str(tmp_path)!r})
turns = list(product(screenshots.LANGUAGES, screenshots.LOOKS))
for place, (language, look) in enumerate(turns):
    screenshots.draw_some(made, folder, screenshots.SCENES[place :: len(turns)], language, look)
print(*(scene.name for scene in screenshots.SCENES))
"""
    drawn = run(program, patience_s=290)
    assert sorted(path.stem.rsplit("-", 2)[0] for path in tmp_path.glob("*.png")) == sorted(drawn.split())


def test_scenes_are_drawn_in_each_look_and_language(monkeypatch, qapp, tmp_path: Path) -> None:
    asked = []
    monkeypatch.setattr(screenshots, "draw_some", lambda _app, _folder, scenes, *turn: asked.append((scenes, *turn)))
    assert screenshots.draw_all(qapp, tmp_path) == 0
    assert asked == [(screenshots.SCENES, *turn) for turn in product(LANGUAGES, ("light", "dark"))]
