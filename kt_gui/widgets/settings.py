"""Settings and help in one dialog: language, look, device, where things lie, and the keys."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QComboBox, QDialog, QGridLayout, QVBoxLayout, QWidget

from kt_gui import __version__
from kt_gui.bridge.models import Models
from kt_gui.schema.quantities import gigabytes
from kt_gui.schema.settings import Settings
from kt_gui.schema.texts import LANGUAGES, mark, tr
from kt_gui.session import cache
from kt_gui.store.translations import system_language
from kt_gui.widgets.form import Form
from kt_gui.widgets.parts import Elided, Part, label, line, link, primary, row
from kt_gui.widgets.theme import GAP, GRID, MARGIN

THEMES = {"system": mark("Follow system"), "light": mark("Light"), "dark": mark("Dark")}
LABELS = 168
"""Width of the left column in pixels."""
_KEYS = (
    ("Ctrl+1 … Ctrl+6", mark("Go to a step")),
    ("Ctrl+R", mark("Go to the runs")),
    ("Ctrl+D", mark("Go to the studies")),
    ("Ctrl+,", mark("Open these settings")),
    ("Tab", mark("Go to the next control")),
)


def languages() -> dict[str, str]:
    """The languages there are, each by its own name."""
    return {"system": tr("Follow system"), **LANGUAGES}


def language_name(chosen: str) -> str:
    """The name of the language that is spoken."""
    return LANGUAGES[system_language() if chosen == "system" else chosen]


class SettingsDialog(QDialog):
    """Every change holds at once and is kept."""

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self.setWindowTitle(tr("Settings and help"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(520)
        self._build()
        self._lay_out()

    def _build(self) -> None:
        settings = self._models.preferences.settings
        themes = {value: tr(text) for value, text in THEMES.items()}
        devices = dict.fromkeys(["auto", "cpu", *self._models.machine.devices, settings.device])
        self.language = _choice("language", languages(), settings.language)
        self.theme = _choice("theme", themes, settings.theme)
        self.device = _choice("device", {each: each for each in devices} | {"auto": tr("automatic")}, settings.device)
        self.close_button = primary(tr("Close"), self.accept)
        self.room = Form(Settings, only=("cache_gb", "memory_gb"), label_width=LABELS + GAP - GRID)
        self.room.show_record(settings)
        self.used = label("", "muted")
        self.empty = link(tr("Empty"), self._empty_cache)
        for made in (self.language, self.theme, self.device):
            made.activated.connect(self._edit)
        self.room.edited.connect(self._edit_room)
        self._show_used()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, GAP)
        layout.setSpacing(12)
        layout.addWidget(label(tr("Settings"), "title"))
        layout.addLayout(self._settings_grid())
        layout.addWidget(line())
        layout.addLayout(row(label(tr("Room"), "strong"), None, self.used, self.empty))
        layout.addWidget(self.room)
        layout.addWidget(line())
        layout.addWidget(label(tr("Keys"), "strong"))
        layout.addLayout(_grid([(keys, label(tr(text))) for keys, text in _KEYS]))
        layout.addLayout(row(label(f"Knowledge Transfer {__version__}", "tiny"), None, self.close_button))

    def _settings_grid(self) -> QGridLayout:
        folder = Elided(str(self._models.home.data))
        shown = link(tr("Show"), self._show_folder)
        place = row(folder, shown)
        place.setStretch(0, 1)
        return _grid(
            [
                (tr("Language"), self.language),
                (tr("Look"), self.theme),
                (tr("Device of new experiments"), self.device),
                (tr("Runs and downloads"), place),
            ]
        )

    @Slot()
    def _edit(self) -> None:
        made = self.sender()
        if isinstance(made, QComboBox):
            self._models.preferences.edit(**{made.objectName(): made.currentData()})

    @Slot(str, object)
    def _edit_room(self, name: str, value: object) -> None:
        self._models.preferences.edit(**{name: value})
        self.room.show_record(self._models.preferences.settings)

    def _empty_cache(self) -> None:
        cache.empty(self._models.home)
        self._show_used()

    def _show_used(self) -> None:
        used = cache.used(self._models.home)
        self.used.setText(tr("{size} of the cache are used", size=gigabytes(used)))
        self.empty.setEnabled(used > 0)

    def _show_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._models.home.data)))


def _choice(name: str, texts: Mapping[str, str], value: str) -> QComboBox:
    made = QComboBox()
    made.setObjectName(name)
    for each, text in texts.items():
        made.addItem(text, each)
    made.setCurrentIndex(made.findData(value))
    return made


def _grid(rows: list[tuple[str, Part]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(GAP)
    grid.setVerticalSpacing(8)
    grid.setColumnMinimumWidth(0, LABELS)
    grid.setColumnStretch(1, 1)
    for place, (text, part) in enumerate(rows):
        name = label(text, "muted")
        grid.addWidget(name, place, 0)
        if isinstance(part, QWidget):
            name.setBuddy(part)
            part.setAccessibleName(text) if isinstance(part, QComboBox) else None
            grid.addWidget(part, place, 1)
        elif part is not None:
            grid.addLayout(part, place, 1)
    return grid
