"""Where things lie: the user's folders, and what comes with the program."""

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

NAME = "kt-gui"


@dataclass(frozen=True)
class Home:
    """The user's folders: data to keep, a cache to lose, settings, logs. Nothing is made before it is needed."""

    data: Path
    cache: Path
    config: Path
    log: Path

    @classmethod
    def under(cls, folder: Path) -> "Home":
        """All of them under one folder."""
        return cls(folder / "data", folder / "cache", folder / "config", folder / "log")

    @property
    def runs(self) -> Path:
        """One folder a run."""
        return self.data / "runs"

    @property
    def studies(self) -> Path:
        """One folder a study, with its runs in it."""
        return self.data / "studies"

    @property
    def models(self) -> Path:
        """Downloaded weights."""
        return self.data / "models"

    @property
    def datasets(self) -> Path:
        """Downloaded data sets, unpacked, one folder each."""
        return self.data / "datasets"

    @property
    def arrays(self) -> Path:
        """What was computed once and can be computed again."""
        return self.cache / "arrays"

    @property
    def index(self) -> Path:
        """The list of runs, which can be made again from their folders."""
        return self.data / "runs.sqlite"

    @property
    def settings(self) -> Path:
        """The settings' file."""
        return self.config / "settings.toml"


def home() -> Home:
    """Give the user's folders: all under `KT_HOME` where that is set, else where the system wants them."""
    chosen = os.environ.get("KT_HOME")
    if chosen:
        return Home.under(Path(chosen).expanduser().absolute())
    found = platformdirs.PlatformDirs(NAME, appauthor=False)
    return Home(
        Path(found.user_data_dir), Path(found.user_cache_dir), Path(found.user_config_dir), Path(found.user_log_dir)
    )


def resources() -> Path:
    """Give the folder of what comes with the program: in the package where it was installed, else in the checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "resources"
    return installed if installed.is_dir() else package.parent / "resources"
