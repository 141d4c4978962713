"""Checks, before Qt is imported, that it can start here, and says what is missing in plain words.

Qt's own answer to a missing library or display is an abort that no Python code can catch. Only on Linux can anything
be missing: the packages for macOS and Windows carry it all. Imports nothing of Qt.
"""

import ctypes
import os
import sys
from dataclasses import dataclass
from importlib.util import find_spec

from kt_gui.schema.texts import tr

# the name in memory: (the package of Debian and Ubuntu, the package of Fedora)
BASE = {
    "libEGL.so.1": ("libegl1", "libglvnd-egl"),
    "libGL.so.1": ("libgl1", "libglvnd-glx"),
    "libX11.so.6": ("libx11-6", "libX11"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig"),
    "libfreetype.so.6": ("libfreetype6", "freetype"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2"),
}
XCB = {
    "libX11-xcb.so.1": ("libx11-xcb1", "libX11-xcb"),
    "libxcb.so.1": ("libxcb1", "libxcb"),
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms"),
    "libxcb-randr.so.0": ("libxcb-randr0", "libxcb"),
    "libxcb-render-util.so.0": ("libxcb-render-util0", "xcb-util-renderutil"),
    "libxcb-render.so.0": ("libxcb-render0", "libxcb"),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb"),
    "libxcb-shm.so.0": ("libxcb-shm0", "libxcb"),
    "libxcb-sync.so.1": ("libxcb-sync1", "libxcb"),
    "libxcb-util.so.1": ("libxcb-util1", "xcb-util"),
    "libxcb-xfixes.so.0": ("libxcb-xfixes0", "libxcb"),
    "libxcb-xkb.so.1": ("libxcb-xkb1", "libxcb"),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11"),
}


@dataclass(frozen=True)
class Obstacle:
    """What keeps the window from opening, and what to do."""

    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.message} - {self.remedy}"


def find_obstacles() -> tuple[Obstacle, ...]:
    """Tell what keeps Qt from starting here; nothing on a machine that is ready."""
    if find_spec("PySide6") is None:
        remedy = tr("Set the program up again, or use kt in the terminal.")
        return (Obstacle(tr("Qt (PySide6) is not installed in this Python."), remedy),)
    if not sys.platform.startswith("linux"):
        return ()
    platform = platform_name()
    missing = missing_libraries(BASE | XCB if platform == "xcb" else BASE)
    found = (_libraries(missing) if missing else None, _display() if platform == "xcb" else None)
    return tuple(obstacle for obstacle in found if obstacle is not None)


def platform_name() -> str:
    """Name what Qt will draw on: what is asked for, else X11 (PySide6 falls back to it under Wayland, too)."""
    return os.environ.get("QT_QPA_PLATFORM", "").split(";")[0].split(":")[0] or "xcb"


def missing_libraries(needed: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Tell which libraries the system does not have."""
    return {name: packages for name, packages in needed.items() if not _loads(name)}


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _libraries(missing: dict[str, tuple[str, str]]) -> Obstacle:
    debian, fedora = (" ".join(sorted({packages[which] for packages in missing.values()})) for which in (0, 1))
    return Obstacle(
        tr("These system libraries are missing: {names}.", names=", ".join(missing)),
        tr(
            "Debian, Ubuntu: sudo apt-get install -y {debian}; Fedora: sudo dnf install -y {fedora}.",
            debian=debian,
            fedora=fedora,
        ),
    )


def _display() -> Obstacle | None:
    display, wayland = os.environ.get("DISPLAY"), os.environ.get("WAYLAND_DISPLAY")
    remedy = tr("Start it from a desktop session, or use kt in the terminal, as in kt run --example.")
    if not display and not wayland:
        return Obstacle(tr("There is no display: neither DISPLAY nor WAYLAND_DISPLAY is set."), remedy)
    if display and not wayland and _loads("libxcb.so.1") and not _answers():
        return Obstacle(tr("The display {display} does not answer.", display=display), remedy)
    return None


def _answers() -> bool:
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    for function in (xcb.xcb_connection_has_error, xcb.xcb_disconnect):
        function.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    has_error = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not has_error
