"""Settings are kept; a broken file is set aside."""

from pathlib import Path

import pytest

from kt_gui.schema.settings import RECENT, Settings, remember
from kt_gui.store import folders, preferences


def test_settings_come_back() -> None:
    settings = remember(Settings(language="zh_CN", theme="dark"), "/data/数据")
    preferences.save(folders.home(), settings)
    assert preferences.load(folders.home()) == (settings, None)


def test_without_a_file_the_defaults_hold_and_nothing_is_said() -> None:
    assert preferences.load(folders.home()) == (Settings(), None)


@pytest.mark.parametrize("content", [b"language = ", b'language = "klingon"', b"colour = 1", b"\xff\xfe"])
def test_a_broken_file_is_set_aside_and_said_once(content: bytes) -> None:
    path: Path = folders.home().settings
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    settings, notice = preferences.load(folders.home())
    assert settings == Settings()
    assert notice is not None
    assert str(path) in str(notice.message)
    assert path.with_name("settings.toml.broken").read_bytes() == content
    assert preferences.load(folders.home()) == (Settings(), None)


def test_recent_folders_are_few_and_the_newest_is_first() -> None:
    settings = Settings()
    for number in [*range(20), 15]:
        settings = remember(settings, f"/{number}")
    assert settings.recent[:3] == ("/15", "/19", "/18")
    assert len(settings.recent) == RECENT
