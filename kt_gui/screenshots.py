"""Draws every page to pictures, light and dark, in each language, with invented events: to be looked at by a person."""

from collections.abc import Iterable
from itertools import product
from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget

from kt_gui.bridge.models import Models
from kt_gui.scenes import Scene, evaluation, listing, preparing, sample_models, settle, using
from kt_gui.schema.texts import LANGUAGES
from kt_gui.store.translations import speak
from kt_gui.widgets import theme
from kt_gui.window import MainWindow

LOOKS: tuple[theme.Mode, ...] = ("light", "dark")
SCENES: tuple[Scene, ...] = (*preparing.SCENES, *evaluation.SCENES, *using.SCENES, *listing.SCENES)


def draw_all(app: QApplication, folder: Path) -> int:
    """Draw every scene in each look and language; return the exit code."""
    folder.mkdir(parents=True, exist_ok=True)
    for language, look in product(LANGUAGES, LOOKS):
        draw_some(app, folder, SCENES, language, look)
    return 0


def draw_some(app: QApplication, folder: Path, scenes: Iterable[Scene], language: str, look: theme.Mode) -> None:
    """Draw these scenes in one look and language."""
    speak(language)
    theme.apply(app, look)
    for scene in scenes:
        models = sample_models(language, look)
        scene.prepare(models)
        draw(models, scene, folder / f"{scene.name}-{look}-{language}.png")


def draw(models: Models, scene: Scene, file: Path) -> None:
    """Draw a window that shows a scene, and let go of it and its models."""
    window = MainWindow(models, speak)
    window.go(scene.page)
    window.show()
    settle()
    drawn: QWidget = window
    if scene.then is not None:
        drawn = scene.then(models, window)
        settle()
    drawn.grab().save(str(file))
    window.close()
    window.deleteLater()
    models.root.deleteLater()
