"""The translations that come with the program, and the language to speak."""

import gettext
import locale
import os

from kt_gui.schema import texts
from kt_gui.store.folders import resources

DOMAIN = "kt_gui"


def speak(language: str) -> str:
    """Speak a language of `texts.LANGUAGES`, or the system's for "system"; return which one it became."""
    chosen = system_language() if language == "system" else language
    folder = resources() / "translations"
    texts.use(gettext.translation(DOMAIN, folder, [chosen], fallback=True))
    return chosen


def system_language() -> str:
    """Chinese where the system speaks Chinese, else English."""
    named = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), None)
    return "zh_CN" if (named or locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"
