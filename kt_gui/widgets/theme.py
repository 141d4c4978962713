"""How everything looks: the tokens of light and dark, the style sheet made of them, fonts, and who is told of a change.

A widget that paints itself reads `current()` in its paint event and needs nothing else; one that holds coloured
pixmaps redraws them on `themed.changed`.
"""

from dataclasses import asdict, dataclass
from string import Template
from typing import Literal

from PySide6.QtCore import QDir, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from kt_gui.store.folders import resources
from kt_gui.widgets.style_sheet import STYLE_SHEET

Mode = Literal["system", "light", "dark"]

TITLE, TEXT, SMALL, TINY = 20, 13, 12, 11
"""Type sizes in pixels."""
GRID, GAP, MARGIN, RADIUS = 8, 16, 24, 8
"""Distances in pixels: the grid, between cards and inside them, around a page, of corners."""
RAIL, FOOT = 200, 32
"""Width of the rail and height of the status bar in pixels."""


@dataclass(frozen=True)
class Theme:
    """The colours of one look, as `#RRGGBB`."""

    name: Literal["light", "dark"]
    background: str
    card: str
    line: str
    ink: str
    muted: str
    faint: str
    accent: str
    accent_hover: str
    accent_soft: str
    on_accent: str
    good: str
    good_soft: str
    warning: str
    warning_soft: str
    bad: str
    bad_soft: str
    validation: str
    dots: str
    rail: str
    inset: str
    hover: str
    lines: tuple[str, ...]
    """Of several runs in one chart, or of classes on a map: eight that people with any colour vision tell apart."""

    def colour(self, token: str) -> QColor:
        """A token as a colour."""
        return QColor(getattr(self, token))


LIGHT = Theme(
    name="light",
    background="#F6F7F9",
    card="#FFFFFF",
    line="#E4E7EC",
    ink="#1B1F27",
    muted="#667085",
    faint="#98A1B2",
    accent="#2F6FED",
    accent_hover="#2560D6",
    accent_soft="#E7F0FE",
    on_accent="#FFFFFF",
    good="#12805C",
    good_soft="#E3F3EC",
    warning="#A15C07",
    warning_soft="#FDF1DF",
    bad="#C4320A",
    bad_soft="#FCEBE6",
    validation="#E07A1F",
    dots="#A9C3F7",
    rail="#EEF0F4",
    inset="#EEF0F4",
    hover="#F3F5F8",
    lines=("#2F6FED", "#E95C24", "#04A56D", "#B0209E", "#6C2F0D", "#230085", "#574954", "#C578AA"),
)
DARK = Theme(
    name="dark",
    background="#14161B",
    card="#1C1F26",
    line="#2B303B",
    ink="#E8EAEE",
    muted="#98A2B3",
    faint="#6B7484",
    accent="#6B9BFF",
    accent_hover="#83ABFF",
    accent_soft="#22304F",
    on_accent="#0E1420",
    good="#4CC38A",
    good_soft="#17302A",
    warning="#F5A524",
    warning_soft="#33291A",
    bad="#FF7A5C",
    bad_soft="#38221F",
    validation="#F5A524",
    dots="#3B4F7C",
    rail="#101217",
    inset="#101217",
    hover="#23272F",
    lines=("#6B9BFF", "#ED5A1A", "#2EE08A", "#E07BAE", "#FBE04A", "#8644F5", "#D9F7E4", "#8A644A"),
)


class Notifier(QObject):
    """Tells widgets that the look has changed.

    Signals:
        changed: light became dark or dark light.
    """

    changed = Signal()


themed = Notifier()
_current = LIGHT
_mode: Mode = "system"


def current() -> Theme:
    """The look in use."""
    return _current


def mode() -> Mode:
    """What was asked for: one look, or to follow the system."""
    return _mode


def apply(app: QApplication, wanted: Mode) -> None:
    """Dress the application, at once and for all windows. `system` follows the desktop from now on."""
    global _mode
    if not app.property("dressed"):
        _prepare(app)
    _mode = wanted
    foresee(wanted)
    _dress()


def foresee(wanted: Mode) -> Theme:
    """Tell which look it will be, before fonts and style sheet are loaded."""
    schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark, "system": Qt.ColorScheme.Unknown}
    QGuiApplication.styleHints().setColorScheme(schemes[wanted])
    is_dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return DARK if wanted == "dark" or (wanted == "system" and is_dark) else LIGHT


def font(size: int = TEXT, *, bold: bool = False) -> QFont:
    """The application's type at a size in pixels, for widgets that paint text themselves."""
    made = QFont(QApplication.font())
    made.setPixelSize(size)
    made.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return made


def style_sheet(theme: Theme) -> str:
    """The style sheet of a look."""
    return Template(STYLE_SHEET).substitute(asdict(theme))


def _prepare(app: QApplication) -> None:
    app.setStyle("Fusion")
    QDir.addSearchPath("icons", str(resources() / "icons"))
    app.setFont(_load_font())
    QGuiApplication.styleHints().colorSchemeChanged.connect(_follow)
    app.setProperty("dressed", True)


def _follow() -> None:
    if _mode == "system":
        _dress()


def _dress() -> None:
    global _current
    wanted = foresee(_mode)
    app = QApplication.instance()
    if not isinstance(app, QApplication) or (_current is wanted and app.styleSheet()):
        return
    _current = wanted
    app.setPalette(_palette(wanted))
    app.setStyleSheet(style_sheet(wanted))
    themed.changed.emit()


def _load_font() -> QFont:
    files = sorted(path for path in (resources() / "fonts").glob("*.[to]tf"))
    loaded = [QFontDatabase.addApplicationFont(str(path)) for path in files]
    families = [family for made in loaded if made >= 0 for family in QFontDatabase.applicationFontFamilies(made)]
    families.sort(key=lambda family: not family.startswith("Inter"))
    system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).families()
    chosen = QFont([*dict.fromkeys([*families, *system, "Noto Sans CJK SC"])])
    chosen.setPixelSize(TEXT)
    return chosen


def _palette(theme: Theme) -> QPalette:
    role = QPalette.ColorRole
    colours = {
        role.Window: theme.background,
        role.WindowText: theme.ink,
        role.Base: theme.card,
        role.AlternateBase: theme.background,
        role.Text: theme.ink,
        role.Button: theme.card,
        role.ButtonText: theme.ink,
        role.ToolTipBase: theme.card,
        role.ToolTipText: theme.ink,
        role.PlaceholderText: theme.faint,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.Link: theme.accent,
        role.Mid: theme.line,
    }
    palette = QPalette(QColor(theme.background))
    for key, colour in colours.items():
        palette.setColor(key, QColor(colour))
    for key in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, key, QColor(theme.faint))
    return palette
