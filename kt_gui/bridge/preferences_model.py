"""What a person chose once for all runs: language, theme, device, recent folders; kept in a file."""

import msgspec
from PySide6.QtCore import QObject, Signal

from kt_gui.bridge.failures import describe
from kt_gui.schema.errors import UserError
from kt_gui.schema.settings import Settings, remember
from kt_gui.store import preferences
from kt_gui.store.folders import Home


class PreferencesModel(QObject):
    """Holds the settings and writes them at each change.

    Signals:
        changed(): a setting changed.
        failed(Failure): the settings could not be written.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self, home: Home, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(parent)
        self._home = home
        self._is_enabled = is_enabled
        self.settings, self.notice = preferences.load(home) if is_enabled else (Settings(), None)

    def edit(self, **changes: object) -> None:
        """Change settings by their names."""
        self._set(msgspec.structs.replace(self.settings, **changes))

    def remember(self, folder: str) -> None:
        """Put a folder in front of the recent ones."""
        self._set(remember(self.settings, folder))

    def _set(self, settings: Settings) -> None:
        if settings == self.settings:
            return
        self.settings = settings
        self.changed.emit()
        if not self._is_enabled:
            return
        try:
            preferences.save(self._home, settings)
        except UserError as error:
            self.failed.emit(describe(error))
